"""The list of the findings. Each has a page that is written by hand."""

from __future__ import annotations

from pathlib import Path

from tools.codes import codes

_INTRODUCTION = """# Findings

A finding is what Crossway has to say about a configuration: where, what, what was expected, and a hint. An error keeps
something from going live, a warning does not. A broken policy closes its route, which answers 503 and names the code;
what is wrong with an object of a foreign dialect closes what that object makes; any other error keeps the whole change
from going live, and what was live stays."""


def page(directory: Path) -> str:
    """Return the list, with the first sentence of each page in *directory*."""
    rows = [f"- [`{code}`]({code}.md): {_first_sentence(directory / f'{code}.md')}" for code in codes()]
    return f"{_INTRODUCTION}\n\n" + "\n".join(rows) + "\n"


def _first_sentence(page: Path) -> str:
    if not page.exists():
        return "(no page yet)"
    text = " ".join(page.read_text().split("\n\n")[1].split())
    return text.partition(". ")[2].partition(". ")[0].rstrip(".") + "."
