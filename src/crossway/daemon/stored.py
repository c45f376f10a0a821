"""A store as the source of a control plane, alone or beside other control planes on the same store.

What the store says is proven, so it is published as it is. What is pending there, proposed by another control plane, is
tried on the proxies of this one, and how they took it is reported. While the store is away the proxies stay as they
are, and what happened meanwhile is caught up with afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Final

from crossway.daemon.attempt import Attempt, Standing
from crossway.daemon.collection import without_collection
from crossway.daemon.control import BROKEN, ControlPlane, Say, crash
from crossway.dialects.native.rows import document
from crossway.errors import CrosswayError, RemoteError, Unavailable, UserError
from crossway.identity.vault import Vault
from crossway.model import Document, Ref
from crossway.model.revision import Change, Changeset, Report, Revision, RevisionState, Row
from crossway.sources.store import Store

HEARTBEAT: Final = 2.0
"""Seconds between the signs of life of a control plane on its store."""
VALIDATED_WITHIN: Final = 30.0
TRIED_WITHIN: Final = 60.0
"""Seconds after which a control plane gives its last word on what another one proposed."""


class Stored:
    """Keeps a control plane at what a store says."""

    def __init__(self, control: ControlPlane, store: Store, vault: Vault, plane: str, say: Say) -> None:
        """Follow *store*, whose secrets *vault* opens; *plane* is the name of this control plane there."""
        self.store = store
        self.vault = vault
        self.plane = plane
        self.head = Revision.none()
        """The newest live revision, as far as it is known here."""
        self.rows: dict[Ref, Row] = {}
        """What it says."""
        self._control = control
        self._say = say
        self._documents: dict[Ref, Document] = {}
        self._tried = 0
        self._known = False
        self._begun = False
        self._away = False

    async def start(self) -> None:
        """Publish what the store says, or the last good snapshot while it is away; `UserError` if there is neither."""
        trouble = BROKEN
        try:
            await self._begin()
            await self._learn()
            with without_collection():
                if await self._advance():
                    if not self.head.number:
                        self._say("the store is empty: bring a configuration in with `crossway apply gateway.yaml`")
                    return
        except Unavailable as error:
            trouble, self._away = f"the configuration cannot be read, since {error}", True
        self._control.serve_last_good(trouble)

    async def run(self) -> None:
        """Follow the store until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live())
            async with aclosing(self.store.announcements()) as words:
                async for _ in words:
                    try:
                        if await self._learn():
                            await self._control.renew_secrets()
                        await self._follow()
                        self._note(None)
                    except (Unavailable, UserError) as error:
                        self._note(error)

    async def _live(self) -> None:
        while True:
            try:
                if not self._begun:
                    async with self._control.changing:
                        await self._begin()
                await self.store.heartbeat(self.plane, len(self._control.server.proxies))
                await self.store.abandon("")
            except (Unavailable, UserError) as error:
                self._note(error)
            await asyncio.sleep(HEARTBEAT)

    def _note(self, trouble: CrosswayError | None) -> None:
        """Say that the store is away, or there again, if that is news."""
        if trouble is not None and not self._away:
            self._say(f"{trouble}; what is live stays live")
        elif trouble is None and self._away:
            self._say("the store is there again")
        self._away = trouble is not None

    def leave_pending(self) -> None:
        """Note that the store may hold something pending of ours that nobody proves any more."""
        self._begun = False

    async def _begin(self) -> None:
        """Refuse what was left pending here, in the last run for instance. No sign of life is given before that."""
        if not self._begun:
            await self.store.abandon(self.plane)
            self._begun = True

    async def _learn(self) -> bool:
        """Learn the secrets of the store; return whether any has changed."""
        try:
            return self.vault.learn({secret.ref: secret.ciphertext for secret in await self.store.secrets()})
        except Unavailable:
            raise
        except RemoteError as error:
            self._say(str(error))
            return False

    async def _follow(self) -> None:
        """Do what there is to do: try what is pending, and catch up with what is live."""
        async with self._control.changing:
            await self._begin()
            await self._advance()  # what is pending stands on what is live
            pending = await self.store.pending()
            if pending is not None and pending[0].number != self._tried and pending[1] != self.plane:
                await self._try(pending[0], pending[2])
                await self._advance()

    async def _advance(self) -> bool:
        """Publish the newest live revision, if it is not; return whether what is published can be read."""
        head = await self.store.head()
        if head.number == self.head.number and self._known:
            return True
        rows = {row.ref: row for row in await self.store.rows(head.number)}
        adopted = await self._control.adopt((tuple(self._documents_of(rows).values()), ()), head.number)
        if adopted:
            self.take(head, rows)
        return adopted

    def take(self, head: Revision, rows: dict[Ref, Row]) -> None:
        """Take in that *head* is what the store says, and that it says *rows*."""
        self._documents = self._documents_of(rows)
        self.head, self.rows, self._known = head, rows, True

    def documents(self, rows: Mapping[Ref, Row]) -> tuple[Document, ...]:
        """Return *rows* as documents: the same objects as ever where nothing changed."""
        return tuple(self._documents_of(rows).values())

    def _documents_of(self, rows: Mapping[Ref, Row]) -> dict[Ref, Document]:
        before, known = self.rows, self._documents
        return {
            ref: known[ref] if ref in known and before[ref].text == row.text else document(row)
            for ref, row in rows.items()
        }

    async def _try(self, revision: Revision, changeset: Changeset) -> None:
        """Try what another control plane proposed, report how it went, and keep it or take it back as that one says."""
        self._tried = revision.number
        rows = changed(self.rows, changeset.changes, revision.number)
        loaded = await self._control.views.read(self.documents(rows))
        try:
            async with Attempt(self._control, loaded, strict=changeset.strict) as attempt:
                await self._report_on(attempt, revision)
                settled = await self._settled(revision)
                if settled.state is RevisionState.LIVE:
                    await attempt.keep(revision.number)
                    self.take(settled, rows)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the supervisor of the compiler
            self._say(str(crash(error)))

    async def _report_on(self, attempt: Attempt, revision: Revision) -> None:
        """Try, and report how it goes, down to the last word."""
        await attempt.compile()
        refused = await attempt.validate(VALIDATED_WITHIN)
        if refused:
            await self._report(revision, Standing(0, len(self._control.server.proxies), refused=refused))
            return
        attempt.push()
        async with aclosing(attempt.wait(TRIED_WITHIN)) as standings:
            async for standing in standings:
                await self._report(revision, standing)

    async def _report(self, revision: Revision, standing: Standing) -> None:
        done = standing.done or bool(standing.refused)
        report = Report(self.plane, standing.live, standing.proxies, standing.refused, done)
        await self.store.report(revision.number, report)

    async def _settled(self, revision: Revision) -> Revision:
        """Wait until *revision* is settled, or nobody is there any more who would do it."""
        async with aclosing(self.store.announcements()) as words:
            async for _ in words:
                now = await self.store.revision(revision.number)
                if now.state is not RevisionState.PENDING:
                    return now
        raise Unavailable("the store announces nothing any more")


def changed(rows: Mapping[Ref, Row], changes: Iterable[Change], number: int) -> dict[Ref, Row]:
    """Return *rows* after *changes*, which the revision *number* makes."""
    after = dict(rows)
    for change in changes:
        if change.text is None:
            after.pop(change.ref, None)
        else:
            after[change.ref] = Row(change.ref, change.text, change.origin, number)
    return after
