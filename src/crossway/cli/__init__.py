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
    try:
        sentences = _run(arguments)
    except KeyboardInterrupt:  # while a verb is imported; later on it is the verb's
        sys.exit(130)
    for sentence in sentences:
        say(sentence)
    sys.exit(2 if sentences else 0)


def _run(arguments: Sequence[str] | None) -> list[str]:
    """Run the command line, and return a sentence for each thing that could not be done."""
    sentences: list[str] = []
    try:
        app(arguments)
    except* CrosswayError as group:
        sentences.extend(dict.fromkeys(map(str, _leaves(group))))
    return sentences


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Yield the exceptions in *group* and in the groups inside it."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
