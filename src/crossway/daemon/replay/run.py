"""The run of a replay: from lines to verdicts, each distinct request judged once as long as there is room for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Final

from crossway.daemon.replay.judge import Judge, LogJudge
from crossway.daemon.replay.side import Side
from crossway.daemon.replay.tally import Doubt, Tally, Verdict
from crossway.daemon.replay.treatment import Change
from crossway.telemetry.access_log import HEADER, QUERY, AccessLog, Record

REMEMBERED: Final = 1 << 15
"""Verdicts that are kept in each of two generations."""

Key = tuple[object, ...]


class Replay:
    """A log against a configuration: *after*, and *before* it the one that ran, or else what the log says itself."""

    def __init__(self, before: Side | None, after: Side) -> None:
        self.tally: Final = Tally()
        self.log: Final = AccessLog((before or after).fields)
        """The reader of the log, which knows the fields that the configuration adds to it."""
        self._judge = Judge(before, after) if before else LogJudge(after)
        self._key = _key(self.log, before, after)
        self._young: dict[Key, Verdict] = {}
        self._old: dict[Key, Verdict] = {}

    def run(self, records: Iterable[Record]) -> None:
        """Judge each of *records* and count it."""
        tally, key_of = self.tally, self._key
        for record in records:
            if not record.was_routed:
                tally.unrouted += record.is_http
                tally.sessions += not record.is_http
                continue
            key = key_of(record)
            verdict = self._young.get(key)
            if verdict is None:
                verdict = self._remember(key, self._old.get(key) or self._verdict(record))
            tally.add(record, verdict)

    def _remember(self, key: Key, verdict: Verdict) -> Verdict:
        if len(self._young) >= REMEMBERED:
            self._old, self._young = self._young, {}
        self._young[key] = verdict
        return verdict

    def _verdict(self, record: Record) -> Verdict:
        found, mismatch = self._judge.judge(record, self.log.variables(record))
        tally = self.tally
        return Verdict(
            change=tally.changes.of(found) if isinstance(found, Change) else None,
            doubt=tally.doubts.of(found) if isinstance(found, Doubt) else None,
            mismatch=tally.mismatches.of(mismatch) if mismatch else None,
        )


def _key(log: AccessLog, before: Side | None, after: Side) -> Callable[[Record], Key]:
    """Return the function from a record to what the verdict on it depends on: what any route asks for, and no more."""
    matches = [*after.matches, *(before.matches if before else ())]
    headers = {name for match in matches for name in match.headers}
    queries = {name for match in matches for name in match.queries}
    asked = ["route", "host", "method", "path", "tls_version", "sni", "port"]
    if before is None:
        asked += ["status", "details", "service"]
    if any(match.source_ips for match in matches):
        asked.append("client_ip")
    if "user-agent" in headers:
        asked.append("user_agent")
    if "content-type" in headers or any(match.grpc for match in matches):
        asked.append("grpc_status")
    wanted = {f"{HEADER}{name}" for name in headers} | {f"{QUERY}{name}" for name in queries}
    if any(match.cookies for match in matches):
        wanted.add(f"{HEADER}cookie")
    asked += [attribute for variable, attribute in log.attributes.items() if variable in wanted]
    return attrgetter(*asked)
