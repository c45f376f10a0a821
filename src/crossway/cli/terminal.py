"""Where the command line writes. The answer goes to standard output, everything said about it to standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

T = TypeVar("T")
Listing = Literal["table", "json"]
"""How a list is written."""
NARROW: Final = 120
"""Columns below which a table has fewer of them."""


def say(line: str) -> None:
    """Write one line about what is going on."""
    sys.stderr.write(f"crossway: {line}\n")
    sys.stderr.flush()


def answer(text: str) -> None:
    """Write the answer, or a part of it, with a line break."""
    sys.stdout.write(f"{text}\n")


def answer_json(value: object) -> None:
    """Write *value* as JSON."""
    answer(json.dumps(value, indent=2, ensure_ascii=False))


def answer_list(items: Sequence[T], style: Listing, heads: Sequence[str], row: Callable[[T], Sequence[str]]) -> None:
    """Write *items* as JSON, or as a table with a *row* for each."""
    if style == "json":
        answer_json(items)
    else:
        answer_table(heads, [row(item) for item in items])


def to_the_second(time: str) -> str:
    """Return a time (RFC 3339) without its fraction and its zone: what the API says is in UTC."""
    return time[:19]


def is_narrow() -> bool:
    """Return whether the answer goes to a terminal with few columns."""
    return sys.stdout.isatty() and shutil.get_terminal_size().columns < NARROW


def is_coloured() -> bool:
    """Return whether the answer goes to a terminal, and its owner does not mind colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def answer_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table: at a terminal as wide as that, elsewhere one line for each row, for ``grep`` and ``awk``."""
    if sys.stdout.isatty():
        _draw(heads, rows)
        return
    cells = [[head.upper().replace(" ", "_") for head in heads], *([cell or "-" for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        answer("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console  # at a terminal only: it takes longer to import than most answers take
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)
