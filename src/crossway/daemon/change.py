"""Change with proof: from what somebody wants to a revision that is live on every proxy, or to nothing at all.

Read, compile, validate, propose, push, wait, settle: each step is reported, and a change that fails in one of them has
changed nothing. The store knows of a revision before a proxy does, and says so of it only after all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from crossway.admin.desk import Applied, Apply, State, Step, StepName, Tell
from crossway.daemon.attempt import Attempt, Standing
from crossway.daemon.control import ControlPlane, crash
from crossway.daemon.quarantine import quarantined
from crossway.daemon.registry import installed_dialects
from crossway.daemon.stored import Stored, changed
from crossway.daemon.tenancy import claims, veil
from crossway.dialects.native.rows import split
from crossway.dialects.translator import Translator
from crossway.errors import CrosswayError, Unavailable
from crossway.model import REDACTED, Finding, Findings, Ref, errors
from crossway.model.access import Identity
from crossway.model.revision import Change, Changeset, Difference, RevisionState, Row

HIDDEN: Final = f"{REDACTED} stands for a secret that is not shown, and would be written in its place"
WRITE: Final = "write the secret itself, or leave the resource as it is"
VALIDATED_WITHIN: Final = 30.0
"""Seconds that Envoy may take to say what it thinks of a change."""


class Changer:
    """Makes changes, one at a time."""

    def __init__(self, control: ControlPlane, stored: Stored) -> None:
        self._control = control
        self._stored = stored
        self._dialects = installed_dialects()

    async def make(self, request: Apply, who: Identity, tell: Tell) -> Applied:
        """Make the change that *request* asks for in the name of *who*.

        Raises `Conflict` if somebody else was quicker, `Unavailable` while the store is away.
        """
        began = time.monotonic()

        def say(name: StepName, text: str) -> None:
            tell(Step(name, text, time.monotonic() - began))

        async with self._control.changing:
            change = _Making(self._control, self._stored, request, who, say, Translator(self._dialects))
            return await change.make()


class _Making:
    """One change while it is made."""

    def __init__(
        self,
        control: ControlPlane,
        stored: Stored,
        request: Apply,
        who: Identity,
        say: Callable[[StepName, str], None],
        translator: Translator,
    ) -> None:
        self._control = control
        self._stored = stored
        self._request = request
        self._who = who
        self._say = say
        self._translator = translator
        self._differences: tuple[Difference, ...] = ()

    async def make(self) -> Applied:
        changes, findings = await asyncio.to_thread(self._changes)
        if errors(findings):
            return self._ended(State.REFUSED, findings)
        changeset = Changeset(changes, self._who.name, self._request.message, self._request.base, self._request.strict)
        rows = changed(self._stored.rows, changes, self._stored.head.number + 1)
        self._differences = tuple(_differences(self._stored.rows, rows, changes))
        self._say(StepName.READ, _count(len(changes), "resource differs", "resources differ"))
        if not changes:
            return self._ended(State.UNCHANGED, findings)
        before = self._control.views.loaded
        loaded = await self._control.views.read(self._stored.documents(rows))
        findings = (*loaded.findings, *claims(before.resources, loaded.resources, self._who))
        if errors(findings):
            return self._ended(State.REFUSED, findings)
        touched = {change.ref for change in changes} if self._request.guard else ()
        try:
            async with Attempt(self._control, loaded, strict=self._request.strict, watched=touched) as attempt:
                return await self._prove(attempt, changeset, rows)
        except Unavailable:
            self._stored.leave_pending()
            raise
        except CrosswayError:
            raise
        except Exception as error:  # noqa: BLE001 - the supervisor of the compiler
            return self._ended(State.REFUSED, (crash(error),))

    def _changes(self) -> tuple[tuple[Change, ...], Findings]:
        """Return what the request changes: nothing is in it that is there already."""
        given, findings = self._given()
        changes = {row.ref: Change(row.ref, row.text, row.origin) for row in given}
        if self._request.prune:
            gone = (row for ref, row in self._stored.rows.items() if self._who.reaches(ref) and ref not in changes)
            changes.update({row.ref: Change(row.ref, None, row.origin) for row in list(gone)})
        changes.update({change.ref: change for change in self._request.changes})
        shown = (change for change in changes.values() if change.text is not None and REDACTED in change.text)
        findings += tuple(
            Finding("secret.redacted", HIDDEN, about=change.ref, hint=WRITE).at(change.origin) for change in shown
        )
        return tuple(change for change in changes.values() if self._differs(change)), findings

    def _given(self) -> tuple[tuple[Row, ...], Findings]:
        """Return the resources in the documents of the request, in whatever language they are, and what is wrong."""
        said = self._translator.read(self._request.documents)
        rows, findings = split((document for document in said.documents if not document.fallback), self._stored.rows)
        standing = {row.ref for row in rows} | (set() if self._request.prune else self._stored.rows.keys())
        fallbacks, others = split(
            document
            for document in said.documents
            if document.fallback and not any(_stands_for(ref, document.about) for ref in standing)
        )
        return (*rows, *fallbacks), (*said.refusals, *said.findings, *findings, *others)

    def _differs(self, change: Change) -> bool:
        row = self._stored.rows.get(change.ref)
        return change.if_match is not None or change.text != (row.text if row else None)

    async def _prove(self, attempt: Attempt, changeset: Changeset, rows: dict[Ref, Row]) -> Applied:
        known = set(self._control.state.findings)
        touched = await attempt.compile()
        found = await self._control.views.findings()
        new = tuple(finding for finding in errors(found) if finding not in known)
        if new:
            return self._ended(State.REFUSED, found)
        self._say(
            StepName.COMPILE, _count(touched, "resource of the proxies differs", "resources of the proxies differ")
        )
        refused = await attempt.validate(VALIDATED_WITHIN)
        if refused:
            return self._ended(State.REFUSED, refused)
        aside = quarantined(found := await self._control.views.findings())
        told = [ref for ref in aside if self._who.reaches(ref)]
        self._say(StepName.VALIDATE, f"Envoy accepts it{f' without {_names(told)}' if told else ''}")
        if self._request.dry_run:
            return self._ended(State.VALID, found, aside)
        return await self._try(attempt, changeset, rows)

    async def _try(self, attempt: Attempt, changeset: Changeset, rows: dict[Ref, Row]) -> Applied:
        """Propose the change, push it, and settle it one way or the other."""
        store = self._stored.store
        number = (await store.propose(changeset, self._stored.plane)).number
        self._say(StepName.PROPOSE, f"it is revision {number}")
        try:
            standing = await self._push(attempt, number)
        except BaseException:
            await asyncio.shield(store.settle(number, RevisionState.REFUSED, "it was interrupted"))
            raise
        if standing.done:
            settled = await store.settle(number, RevisionState.LIVE)
            await attempt.keep(number)
            self._stored.take(settled, rows)
            found = self._control.state.findings
            return self._ended(State.LIVE, found, quarantined(found), standing)
        reason = "; ".join(finding.message for finding in standing.refused)
        await store.settle(number, RevisionState.REFUSED, reason)
        why = "" if self._who.namespaces else f": {reason}"
        self._say(StepName.ROLLBACK, f"revision {self._stored.head.number} is back{why}")
        return self._ended(State.ROLLED_BACK, standing.refused, standing=standing)

    async def _push(self, attempt: Attempt, number: int) -> Standing:
        """Push, here and by the other control planes on the store, and wait for all; return how that ended."""
        within = self._request.timeout.total_seconds()
        deadline = time.monotonic() + within
        attempt.push()
        self._say(StepName.PUSH, "clusters first, then listeners and routes, removals last")
        standing = Standing(0, 0)
        async with aclosing(attempt.wait(within)) as standings:
            async for standing in standings:
                self._tell(standing)
        others = {plane.name for plane in await self._stored.store.planes()} - {self._stored.plane}
        if standing.done and others:
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    return await self._elsewhere(standing, number, others)
            except TimeoutError:
                late = Finding("change.late", f"another control plane has not reported after {within:g} s")
                return replace(standing, done=False, refused=(late,))
        return standing

    async def _elsewhere(self, here: Standing, number: int, others: AbstractSet[str]) -> Standing:
        """Wait for the last word of the *others*, and return the sum of all."""
        told = here
        async with aclosing(self._stored.store.announcements()) as words:
            async for _ in words:
                reports = [report for report in await self._stored.store.reports(number) if report.plane in others]
                live = here.live + sum(report.live for report in reports)
                proxies = here.proxies + sum(report.proxies for report in reports)
                refused = tuple(finding for report in reports for finding in report.refused)
                done = not refused and others <= {report.plane for report in reports if report.done}
                standing = Standing(live, proxies, (), refused, done)
                if standing != told:
                    self._tell(standing)
                    told = standing
                if standing.done or standing.refused:
                    return standing
        raise Unavailable("the store announces nothing any more")

    def _tell(self, standing: Standing) -> None:
        """Say how far the proxies are: what they wait for may be another namespace's."""
        self._say(StepName.WAIT, standing.counts if self._who.namespaces else str(standing))

    def _ended(
        self, state: State, findings: Findings, aside: tuple[Ref, ...] = (), standing: Standing | None = None
    ) -> Applied:
        number = self._stored.head.number
        standing = standing or Standing(0, 0)
        findings = veil(findings, self._who, self._control.views.loaded.resources)
        aside = tuple(ref for ref in aside if self._who.reaches(ref))
        return Applied(state, number, self._differences, findings, aside, standing.live, standing.proxies)


def _stands_for(ref: Ref, fallback: Ref | None) -> bool:
    """Return whether there needs no *fallback*, because of another resource of its kind in its namespace."""
    return fallback is not None and ref != fallback and ref[::2] == fallback[::2]


def _differences(
    before: Mapping[Ref, Row], after: Mapping[Ref, Row], changes: Iterable[Change]
) -> Iterable[Difference]:
    for change in sorted(changes, key=lambda change: change.ref):
        old, new = before.get(change.ref), after.get(change.ref)
        if (old.text if old else None) != (new.text if new else None):
            yield Difference(change.ref, old, new)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _names(refs: Iterable[Ref]) -> str:
    return ", ".join(map(str, refs))
