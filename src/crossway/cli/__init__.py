"""The command line: one module for each verb.

A verb returns its exit status: 0, or 1 where what it looked at is wrong. What it was asked to do and could not is an
exception of `crossway.errors`: one sentence, and exit status 2.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from crossway.cli.app import app
from crossway.cli.terminal import say
from crossway.errors import CrosswayError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line with *arguments*, those of the process without them, and exit."""
    sentences: list[str] = []
    try:
        app(arguments)
    except* CrosswayError as group:
        sentences.extend(dict.fromkeys(map(str, _leaves(group))))
    for sentence in sentences:
        say(sentence)
    sys.exit(2 if sentences else 0)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Yield the exceptions in *group* and in the groups inside it."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
