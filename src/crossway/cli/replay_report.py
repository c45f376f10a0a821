"""The report of a replay: what changes, how often, for whom, and a few examples; bounded, whatever the log was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from crossway.cli.remote import Plain
from crossway.daemon.replay.tally import NOBODY, Consumer, Group, Tally
from crossway.daemon.replay.treatment import Change, Kind
from crossway.telemetry.access_log import AccessLog

SHOWN: Final = 20
"""Rows of a table that are shown; the rest of them is summed."""

T = TypeVar("T")


def account(log: AccessLog, tally: Tally, *, compared: bool) -> dict[str, object]:
    """Return the report as plain data; *compared* tells whether there was a configuration before, or only the log."""
    changes, other_changes = _first(list(tally.changes))
    doubts, other_doubts = _first(list(tally.doubts))
    mismatches, other_mismatches = _first(list(tally.mismatches))
    consumers, other_consumers = _first(tally.consumers)
    return {
        "lines": log.lines,
        "unparsed": {"lines": log.unparsed, "examples": log.examples},
        "troubles": log.troubles,
        "sessions": tally.sessions,
        "unrouted": tally.unrouted,
        "requests": tally.requests,
        "before": "configuration" if compared else "log",
        "unchanged": tally.unchanged,
        "changed": tally.changed,
        "undecided": tally.undecided,
        "kinds": {str(kind): tally.kinds[kind] for kind in Kind if tally.kinds[kind]},
        "changes": [_change(group) for group in changes],
        "other_changes": _summed(other_changes),
        "doubts": [{**_named(group, ("conditions", "hint")), **_counted(group)} for group in doubts],
        "other_doubts": _summed(other_doubts),
        "unlike_the_log": tally.mismatches.requests,
        "mismatches": [{**_named(group, ("logged", "simulated")), **_counted(group)} for group in mismatches],
        "other_mismatches": _summed(other_mismatches),
        "consumers": [_consumer(consumer) for consumer in consumers],
        "other_consumers": {
            "consumers": len(other_consumers),
            "requests": sum(consumer.requests for consumer in other_consumers),
            "changed": sum(consumer.changed for consumer in other_consumers),
        },
    }


def _first(rows: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    return rows[:SHOWN], rows[SHOWN:]


def _change(group: Group[Change]) -> dict[str, object]:
    change = group.what
    told: dict[str, object] = {"before": None, "after": None, "kinds": [], "details": []}
    if change is not None:
        told = {
            "before": change.before,
            "after": change.after,
            "kinds": [str(kind) for kind in change.kinds],
            "details": list(change.details),
        }
    return {**told, **_counted(group)}


def _named(group: Group[Any], fields: Sequence[str]) -> dict[str, object]:
    return dict(zip(fields, group.what, strict=True)) if group.what is not None else dict.fromkeys(fields)


def _counted(group: Group[Any]) -> dict[str, object]:
    return {"requests": group.requests, "examples": [example._asdict() for example in group.examples]}


def _summed(groups: Sequence[Group[Any]]) -> dict[str, int]:
    return {"groups": len(groups), "requests": sum(group.requests for group in groups)}


def _consumer(consumer: Consumer) -> dict[str, object]:
    return {
        "consumer": consumer.name,
        "requests": consumer.requests,
        "changed": consumer.changed,
        "kinds": {str(kind): consumer.kinds[kind] for kind in Kind if consumer.kinds[kind]},
    }


def render(said: Plain) -> Iterator[str]:
    """Yield the lines of a report, which is what `account` returns, as text."""
    yield from _read(said)
    yield ""
    yield from _totals(said)
    yield from _changes(said)
    yield from _doubts(said)
    yield from _mismatches(said)
    yield from _consumers(said)


def _read(said: Plain) -> Iterator[str]:
    others = (
        (said["sessions"], "about TCP and UDP sessions"),
        (said["unrouted"], "about requests that were refused before a route was looked for"),
        (said["unparsed"]["lines"], "that are none of an access log"),
    )
    told = [f"{count:,} {what}" for count, what in others if count]
    yield f"{said['lines']:,} lines: {', '.join([_requests(said['requests']), *told])}"
    for line in said["unparsed"]["examples"]:
        yield f"  none of an access log: {line}"
    for trouble in said["troubles"]:
        yield f"  {trouble}"


def _totals(said: Plain) -> Iterator[str]:
    for word in ("unchanged", "changed"):
        yield _total(word, said[word], said["requests"])
    for kind, count in said["kinds"].items():
        yield _total(f"  {kind}", count, said["requests"])
    if said["undecided"]:
        yield _total("undecided", said["undecided"], said["requests"])
    if said["unlike_the_log"]:
        yield _total("unlike the log", said["unlike_the_log"], said["requests"])
    if said["before"] == "log":
        yield "only routes and statuses are compared: --base names the configuration that made the log"


def _total(word: str, count: int, requests: int) -> str:
    return f"{word:<16}{count:>12,}  {_share(count, requests)}".rstrip()


def _share(count: int, requests: int) -> str:
    return f"{100 * count / requests:6.2f} %" if requests else ""


def _changes(said: Plain) -> Iterator[str]:
    for change in said["changes"]:
        yield ""
        if change["before"] is None:
            yield f"other changes: {_requests(change['requests'])}"
        else:
            same = change["before"] == change["after"]
            route = change["after"] if same else f"{change['before']} -> {change['after']}"
            yield f"{route}: {_requests(change['requests'])}"
        yield from (f"  {detail}" for detail in change["details"])
        yield from _examples(change)
    yield from _rest(said["other_changes"], "more changes")


def _doubts(said: Plain) -> Iterator[str]:
    for doubt in said["doubts"]:
        yield ""
        conditions = " and ".join(doubt["conditions"] or ["other conditions"])
        yield f"undecided, hangs on {conditions}: {_requests(doubt['requests'])}"
        if doubt["hint"]:
            yield f"  it is known with access_log: {{fields: {{{doubt['hint']}}}}}"
        yield from _examples(doubt)
    yield from _rest(said["other_doubts"], "more conditions")


def _mismatches(said: Plain) -> Iterator[str]:
    for mismatch in said["mismatches"]:
        yield ""
        if mismatch["logged"] is None:
            yield f"others unlike the log: {_requests(mismatch['requests'])}"
        else:
            routes = f"took {mismatch['logged']}, and the configuration before says {mismatch['simulated']}"
            yield f"unlike the log: {_requests(mismatch['requests'])} {routes}"
        yield from _examples(mismatch)
    yield from _rest(said["other_mismatches"], "more routes unlike the log")
    if said["mismatches"]:
        yield "  a sign that the configuration before is not the one that made the log"


def _consumers(said: Plain) -> Iterator[str]:
    rows = said["consumers"]
    if not any(row["consumer"] != NOBODY for row in rows):
        return
    kinds = list(said["kinds"])
    cells = [["consumer", "requests", "changed", *kinds]]
    cells += [
        [
            row["consumer"],
            f"{row['requests']:,}",
            f"{row['changed']:,}",
            *(f"{row['kinds'].get(k, 0):,}" for k in kinds),
        ]
        for row in rows
    ]
    yield ""
    yield from _table(cells)
    others = said["other_consumers"]
    if others["consumers"]:
        yield f"and {others['consumers']:,} more: {_requests(others['requests'])}, {others['changed']:,} changed"


def _table(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for first, *others in cells:
        numbers = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((first.ljust(widths[0]), *numbers))


def _examples(group: Plain) -> Iterator[str]:
    for example in group["examples"]:
        status, consumer, request_id = example["status"], example["consumer"], example["request_id"]
        known = [f"{status}" if status else "", consumer if consumer != NOBODY else "", request_id]
        yield f"  {example['method']} {example['host']}{example['path']}  ({', '.join(filter(None, known))})"


def _rest(others: Plain, what: str) -> Iterator[str]:
    if others["groups"]:
        yield ""
        yield f"and {others['groups']:,} {what}: {_requests(others['requests'])}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"
