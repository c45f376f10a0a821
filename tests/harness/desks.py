"""A desk and a ledger in memory: a control plane without proxies, for tests of what stands in front of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import yaml
from msgspec.structs import replace

from crossway.admin.desk import Applied, Apply, Purged, Question, Running, State, Step, StepName, Tell
from crossway.compile.program import Purge
from crossway.errors import Conflict, NotFound, Unavailable
from crossway.model import KINDS, REDACTED, Finding, Findings, Origin, Ref
from crossway.model.access import GENESIS, AuditEntry, Identity, Token
from crossway.model.revision import EMPTY_DIGEST, Change, Difference, Revision, RevisionState, Row, combine

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class MemoryLedger:
    """Tokens and audit entries in lists."""

    def __init__(self) -> None:
        self.kept: dict[str, Token] = {}
        self.entries: list[AuditEntry] = []
        self.away = False
        self.reads = 0

    def _there(self) -> None:
        if self.away:
            raise Unavailable("the database cannot be reached")

    async def add_token(self, token: Token) -> None:
        self._there()
        self.kept[token.id] = token

    async def tokens(self) -> Sequence[Token]:
        self._there()
        self.reads += 1
        return tuple(self.kept.values())

    async def token(self, identifier: str) -> Token:
        self._there()
        if identifier not in self.kept:
            raise NotFound(f"there is no token {identifier}")
        return self.kept[identifier]

    async def remove_token(self, identifier: str) -> None:
        self._there()
        await self.token(identifier)
        del self.kept[identifier]

    async def audit(self, *, author: str, address: str, action: str, target: str, outcome: str) -> AuditEntry:
        self._there()
        previous = self.entries[-1].hash if self.entries else GENESIS
        entry = AuditEntry(len(self.entries) + 1, NOW, author, address, action, target, outcome, previous)
        self.entries.append(entry)
        return entry

    async def audit_log(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        self._there()
        return [entry for entry in reversed(self.entries) if before is None or entry.number < before][:limit]

    async def verify_audit(self) -> int | None:
        self._there()
        pairs = pairwise(self.entries)
        return next((after.number for before, after in pairs if after.previous != before.hash), None)

    @property
    def told(self) -> list[tuple[str, str, str, str]]:
        """Author, action, target and outcome of each entry."""
        return [(entry.author, entry.action, entry.target, entry.outcome) for entry in self.entries]


class MemoryDesk:
    """Keeps what it is told. Every change is live at once, but those of a message that says otherwise."""

    def __init__(self) -> None:
        self.states: list[dict[Ref, Row]] = [{}]
        self.history: list[Revision] = [Revision(0, EMPTY_DIGEST, 0, "nobody", NOW, "", RevisionState.LIVE)]
        self.applied: list[Apply] = []
        self.values: dict[Ref, str] = {}
        self.purged: list[Purge] = []
        self.live = 3
        """On how many of its three proxies a purge is live in time."""
        self.running: list[Running] = []
        self.hold = asyncio.Event()
        self.hold.set()
        """Cleared, a change waits in the middle."""

    @property
    def now(self) -> dict[Ref, Row]:
        return self.states[-1]

    def put(self, ref: Ref, text: str) -> Row:
        """Put a resource without a change."""
        row = self.now[ref] = Row(ref, text, Origin(str(ref), 1), len(self.history) - 1)
        return row

    async def revision(self, number: int | None = None) -> Revision:
        if number is not None and number >= len(self.history):
            raise NotFound(f"there is no revision {number}")
        return self.history[-1 if number is None else number]

    async def revisions(self, before: int | None, limit: int) -> Sequence[Revision]:
        return [one for one in reversed(self.history) if before is None or one.number < before][:limit]

    async def rows(self, who: Identity, number: int | None = None) -> Sequence[Row]:
        state = self.states[(await self.revision(number)).number]
        return sorted((row for row in state.values() if who.reaches(row.ref)), key=lambda row: row.ref)

    async def row(self, who: Identity, ref: Ref) -> Row:
        if ref not in self.now or not who.reaches(ref):
            raise NotFound(f"there is no {ref}")
        return self.now[ref]

    def text(self, row: Row) -> str:
        value = self.value(row)
        if value is None or (isinstance(value, dict) and "key" in value):
            return f"{row.ref.name}: {REDACTED}\n"
        return row.text

    def value(self, row: Row) -> object:
        try:
            read = yaml.safe_load(row.text)
        except yaml.YAMLError:
            return None
        value = read.get(row.ref.name) if isinstance(read, dict) else None
        if isinstance(value, dict) and "key" in value:
            value["key"] = REDACTED
        return value

    async def difference(self, who: Identity, old: int, new: int) -> Sequence[Difference]:
        before, after = self.states[old], self.states[new]
        refs = sorted(ref for ref in {*before, *after} if who.reaches(ref) and before.get(ref) != after.get(ref))
        return [Difference(ref, before.get(ref), after.get(ref)) for ref in refs]

    async def apply(self, request: Apply, who: Identity, tell: Tell) -> Applied:
        self.applied.append(request)
        tell(Step(StepName.READ, f"{len(request.changes)} changes", 0.001))
        if request.message == "crash":
            raise ZeroDivisionError("a secret thing went wrong")
        await self.hold.wait()
        changes = [
            *request.changes,
            *(change for item in request.documents for change in _changes(item.name, item.text)),
        ]
        state = self._changed(changes, len(self.history))
        differences = [
            Difference(ref, self.now.get(ref), state.get(ref))
            for ref in sorted({change.ref for change in changes})
            if self.now.get(ref) != state.get(ref)
        ]
        wrong = tuple(
            Finding("field.invalid", "this is wrong", about=one.ref)
            for one in differences
            if one.after and "wrong" in one.after.text
        )
        revision = len(self.history) - 1
        if wrong:
            return Applied(State.REFUSED, revision, tuple(differences), wrong)
        if not differences:
            return Applied(State.UNCHANGED, revision, (), ())
        if request.dry_run:
            return Applied(State.VALID, revision, tuple(differences), ())
        if request.message == "take back":
            return Applied(State.ROLLED_BACK, revision, tuple(differences), ())
        self._keep(state, request.message, who, len(differences))
        tell(Step(StepName.PUSH, "to nobody", 0.002))
        tell(Step(StepName.WAIT, "live on 0/0 proxies", 0.002))
        return Applied(State.LIVE, revision + 1, tuple(differences), ())

    async def rollback(self, number: int, request: Apply, who: Identity, tell: Tell) -> Applied:  # noqa: ARG002
        differences = await self.difference(who, len(self.states) - 1, number)
        if request.dry_run or not differences:
            return Applied(
                State.VALID if differences else State.UNCHANGED, len(self.history) - 1, tuple(differences), ()
            )
        self._keep(dict(self.states[number]), request.message, who, len(differences))
        return Applied(State.LIVE, len(self.history) - 1, tuple(differences), ())

    def _changed(self, changes: Sequence[Change], number: int) -> dict[Ref, Row]:
        state = dict(self.now)
        for change in changes:
            tag = state[change.ref].etag if change.ref in state else None
            if (
                change.if_match is not None
                and change.if_match != tag
                and (change.if_match, tag is None)
                not in {
                    ("*", False),
                    ("", True),
                }
            ):
                raise Conflict(f"{change.ref} was changed in revision {number - 1}")
            if change.text is None:
                state.pop(change.ref, None)
            elif change.ref not in state or state[change.ref].text != change.text:
                state[change.ref] = Row(change.ref, change.text, change.origin, number)
        return state

    def _keep(self, state: dict[Ref, Row], message: str, who: Identity, changed: int) -> None:
        number = len(self.history)
        digest = combine(EMPTY_DIGEST, [], state.values())
        self.states.append(state)
        self.history.append(
            Revision(number, digest, number - 1, who.name, NOW, message, RevisionState.LIVE, "", changed)
        )

    async def findings(self, who: Identity) -> Findings:
        return tuple(
            Finding("route.unattached", "nobody comes here", about=ref) for ref in self.now if who.reaches(ref)
        )

    async def status(self, who: Identity) -> Mapping[str, object]:
        return {"revision": len(self.history) - 1, "resources": len(await self.rows(who))}

    async def proxies(self, who: Identity) -> Sequence[Mapping[str, object]]:
        return [{"id": "edge-1", "seen_by": who.name}]

    async def routes(self, who: Identity) -> Sequence[Mapping[str, object]]:
        return [{"route": ref.local} for ref in self.now if ref.kind == "routes" and who.reaches(ref)]

    async def xds(self, view: str) -> Sequence[object]:
        if view != "*":
            raise NotFound("no proxy has this view; there are: *")
        return [{"type": "listeners"}]

    async def effective(self, who: Identity, ref: Ref) -> Sequence[Mapping[str, object]]:
        return [{"policy": "retry", "of": str((await self.row(who, ref)).ref)}]

    async def explain(self, who: Identity, question: Question) -> Mapping[str, object]:
        return {"method": question.method, "url": question.url, "who": who.name}

    async def put_secret(self, who: Identity, ref: Ref, value: str) -> None:  # noqa: ARG002
        self.values[ref] = value

    async def delete_secret(self, who: Identity, ref: Ref) -> None:  # noqa: ARG002
        if ref not in self.values:
            raise NotFound(f"there is no {ref}")
        del self.values[ref]

    async def secrets(self, who: Identity) -> Sequence[Mapping[str, object]]:
        return [{"namespace": ref.namespace, "name": ref.name} for ref in self.values if who.reaches(ref)]

    async def purge(self, who: Identity, wanted: Purge) -> Purged:
        if wanted.route:
            await self.row(who, Ref.parse(*wanted.route.split(".", 1), "default"))
        made = replace(wanted, id=f"p{len(self.purged)}", at=NOW.timestamp())
        self.purged.append(made)
        return Purged(made, self.live, 3)

    async def purges(self, who: Identity) -> Sequence[Purge]:
        return [one for one in self.purged if one.route or not who.namespaces]

    async def plugins(self, who: Identity) -> Sequence[Running]:
        return [one for one in self.running if who.reaches(one.ref)]


def _changes(name: str, text: str) -> list[Change]:
    try:
        read: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return []
    return [
        Change(Ref(kind, str(key)), yaml.safe_dump({str(key): value}), Origin(name, 1))
        for kind, section in (read if isinstance(read, dict) else {}).items()
        if kind in KINDS and isinstance(section, dict)
        for key, value in section.items()
    ]
