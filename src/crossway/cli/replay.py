"""``crossway replay``: what a configuration would do with yesterday's requests, and what another one did."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from crossway.cli.opening import open_revision, open_told
from crossway.cli.options import HERE, Paths, Where
from crossway.cli.remote import HEAD
from crossway.cli.replay_report import account, render
from crossway.cli.terminal import answer, answer_json, say
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.replay import Replay, Side
from crossway.errors import UserError
from crossway.telemetry.access_log import AccessLog, Record

_LOOK: Final = 2_000
"""Requests between two looks at the clock."""
_OFTEN: Final = 0.2
"""Seconds between two signs of progress."""


def replay(
    *logs: Paths,
    against: str,
    base: Annotated[str, Parameter(name=["--base", "--config"])] = "",
    format: Literal["text", "json"] = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Say which requests of an access log another configuration would route, treat or answer differently.

    The exit status is 0 if nothing changes, 1 if something does, and 2 if that cannot be said.

    Parameters
    ----------
    logs
        Access logs, plain or compressed with gzip; `-` for standard input.
    against
        The configuration in question: a file, a directory, or a revision.
    base
        The configuration that made the logs: a file, a directory, or a revision. Without it, the newest that is live;
        where there is none, routes and statuses are compared with those in the logs.
    format
        `text` for people, or `json`.
    where
        Which Crossway is asked for its revisions.

    """
    if not logs:
        raise UserError("say which log to replay: crossway replay access.log --against gateway.yaml")
    after = Side(_opened(against, where))
    before = _base(base, where)
    replaying = Replay(before, after)
    gc.collect()
    gc.freeze()  # two configurations that stay, and millions of records that do not
    replaying.run(_shown(replaying.log, logs))
    said = account(replaying.log, replaying.tally, compared=before is not None)
    if format == "json":
        answer_json(said)
    else:
        for line in render(said):
            answer(line)
    if not replaying.tally.requests:
        say("there is no request in what was read, so nothing was compared")
        return 2
    return 1 if replaying.tally.changed else 0


def _base(word: str, where: Where) -> Side | None:
    """Return the configuration that made the log; `None` if nobody knows one."""
    if word:
        return Side(_opened(word, where))
    if where.admin or where.state.is_dir():
        live = open_revision(HEAD, where)
        if live.loaded.resources:
            return Side(live)
    say("no configuration is live here, and there is no --base: comparing with what the log says")
    return None


def _opened(word: str, where: Where) -> Pipeline:
    """Return the configuration that *word* means: a file or directory, or a revision."""
    if Path(word).exists():
        return open_told(Path(word)).pipeline
    if word != HEAD and not word.isdecimal():
        raise UserError(f"{word} is no file, no directory and no revision")
    return open_revision(word, where)


def _shown(log: AccessLog, paths: Iterable[Path]) -> Iterator[Record]:
    """Yield the records of a log; at a terminal, show how far it is."""
    if not sys.stderr.isatty():
        yield from log.records(paths)
        return
    shown = time.monotonic()
    for number, record in enumerate(log.records(paths)):
        if number % _LOOK == 0 and (now := time.monotonic()) - shown > _OFTEN:
            shown = now
            sys.stderr.write(f"\r{log.lines:,} lines, {log.size / 1e6:,.0f} MB")
            sys.stderr.flush()
        yield record
    sys.stderr.write("\r\x1b[K")
