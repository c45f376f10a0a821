"""A change on its way: its steps as they are done, what became of it, and the exit status that says so.

0: it is done; 1: it was refused or taken back; 3: it is live, but for a part that is in quarantine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from crossway.cli.finding import Format, render
from crossway.cli.remote import Crossway, Plain
from crossway.cli.terminal import answer, answer_json, say
from crossway.errors import Conflict, RemoteError

QUARANTINED: Final = 3
INTERRUPTED: Final = 130
"""What shells say of a process that ended by Ctrl-C."""
NAMED: Final = 5
"""How many of the resources in quarantine a sentence names."""


def make(crossway: Crossway, path: str, body: Mapping[str, object], style: Format) -> int:
    """Ask for a change, show its steps, say what became of it, and return the exit status."""
    if not crossway.runs:  # there is nobody to go on with it
        body = {**body, "wait": True}
    try:
        return conclude(outcome(crossway, path, body), style, runs=crossway.runs)
    except Conflict as error:
        return conflict(error)
    except KeyboardInterrupt:
        if not body["dry_run"]:
            goes_on = "the change goes on" if crossway.runs else "interrupted"
            say(f"{goes_on}; `crossway history` says what becomes of it, `crossway status` what is live")
        return INTERRUPTED


def outcome(crossway: Crossway, path: str, body: Mapping[str, object]) -> Plain:
    """Ask for a change, show its steps, and return what became of it: a `crossway.admin.desk.Applied`."""
    with _progress() as show:
        for line in crossway.follow(path, body):
            if "applied" in line:
                applied: Plain = line["applied"]
                return applied
            show(line["step"])
    raise RemoteError(f"{crossway.name} broke off; `crossway history` says what became of the change")


def conclude(applied: Plain, style: Format, *, runs: bool = True) -> int:
    """Say what became of a change, *runs* tells whether there are proxies to ask for, and return the exit status."""
    if style == "json":
        answer_json(applied)
    elif text := render(applied["findings"], style):
        answer(text)
    (say if style in ("json", "sarif") else answer)(summary(applied, runs=runs))
    if applied["state"] in ("refused", "rolled_back"):
        return 1
    return QUARANTINED if applied["quarantined"] else 0


def conflict(error: Conflict) -> int:
    """Say that somebody else was quicker, and return the exit status."""
    say(str(error))
    return 1


def summary(applied: Plain, *, runs: bool = True) -> str:
    """Return what became of a change in one sentence."""
    state, revision = applied["state"], applied["revision"]
    if state == "live":
        told = _live(applied) if runs else f"kept as revision {revision}; it goes live with `crossway run`"
    elif state == "unchanged":
        told = f"nothing to change: revision {revision} says the same"
    elif state == "valid":
        told = f"valid, and not applied: {counts(applied['differences'])}"
    elif state == "pending":
        told = "the change is on its way; `crossway history` says what becomes of it"
    elif state == "refused":
        told = "refused: nothing was changed"
    else:
        told = f"rolled back: revision {revision} is live"
    if names := applied["quarantined"]:
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        told += f"; in quarantine: {', '.join(names[:NAMED])}{more}"
    return told


def counts(differences: Sequence[Plain]) -> str:
    """Return how many resources a change adds, changes and removes."""
    added = sum(one["before"] is None for one in differences)
    removed = sum(one["after"] is None for one in differences)
    return f"{added:,} to add, {len(differences) - added - removed:,} to change, {removed:,} to remove"


def _live(applied: Plain) -> str:
    if not applied["proxies"]:
        return f"live at revision {applied['revision']}; no proxy is connected"
    return f"live on {applied['live']}/{applied['proxies']} proxies at revision {applied['revision']}"


@contextmanager
def _progress() -> Iterator[Callable[[Plain], None]]:
    """Yield what shows a step: at a terminal in place, elsewhere a line for each."""
    if not sys.stderr.isatty():
        yield lambda step: say(_line(step))
        return
    from rich.console import Console, Group  # at a terminal only: it takes long to import
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    console = Console(stderr=True, highlight=False, markup=False)
    done: dict[str, Text] = {}
    spinner = Spinner("dots")
    with Live(spinner, console=console, transient=False) as live:

        def show(step: Plain) -> None:
            done[step["name"]] = Text(f"✓ {_line(step)}")
            live.update(Group(*done.values(), spinner), refresh=True)

        try:
            yield show
        finally:
            live.update(Group(*done.values()), refresh=True)


def _line(step: Plain) -> str:
    return f"{step['text']} ({step['seconds']:.2f} s)"
