"""The desk of a control plane: what the admin API asks, answered from what is live and what the store remembers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from crossway.admin.desk import Applied, Apply, Guard, Purged, Question, Running, State, Step, StepName, Tell
from crossway.compile.contract import Policies
from crossway.compile.envoy.fragments import described
from crossway.compile.program import Purge
from crossway.daemon.change import Changer
from crossway.daemon.control import ControlPlane
from crossway.daemon.costs import Costs, no_costs, routes_by_plugin
from crossway.daemon.describe import describe_control, describe_proxy, describe_routes, describe_snapshot
from crossway.daemon.explaining import effective_policies, explain_request, past_pipeline
from crossway.daemon.guarding import Counts, watch
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.purging import Purging, route_of
from crossway.daemon.showing import Showing
from crossway.daemon.stored import Stored
from crossway.daemon.tenancy import veil
from crossway.errors import NotFound, UserError
from crossway.model import DEFAULT_NAMESPACE, Finding, Findings, Ref
from crossway.model.access import Identity, Role
from crossway.model.revision import Change, Difference, Revision, Row

NO_STORE: Final = "this control plane follows files, whose history is where they are kept: change the files"


EVERYBODY: Final = Identity("crossway", Role.ADMIN)
"""Who we are when we look at everything ourselves."""


class Book(Protocol):
    """What a control plane follows: the newest live revision, and what it says."""

    @property
    def head(self) -> Revision:
        """The newest live revision."""
        ...

    @property
    def rows(self) -> Mapping[Ref, Row]:
        """What it says."""
        ...


class ControlDesk:
    """The desk of a control plane that follows files: everything can be seen, and nothing be changed."""

    def __init__(
        self, control: ControlPlane, book: Book, policies: Policies, purging: Purging, costs: Costs = no_costs
    ) -> None:
        self._control = control
        self._purging = purging
        self._costs = costs
        self._book = book
        self._policies = policies
        showing = Showing(policies)
        self.value, self.text = showing.value, showing.text

    async def revision(self, number: int | None = None) -> Revision:
        """Return one revision; the newest live one without a number."""
        if number not in {None, self._book.head.number}:
            raise NotFound(f"there is no revision {number} here: {NO_STORE}")
        return self._book.head

    async def revisions(self, before: int | None, limit: int) -> Sequence[Revision]:
        """Return the one revision that is known here."""
        head = self._book.head
        return [head] if limit and (before is None or head.number < before) else []

    async def rows(self, who: Identity, number: int | None = None) -> Sequence[Row]:
        """Return every resource that exists for *who*, in ascending order."""
        await self.revision(number)
        return _seen(who, self._book.rows.values())

    async def row(self, who: Identity, ref: Ref) -> Row:
        """Return one resource of the newest live revision."""
        row = self._book.rows.get(ref)
        if row is None or not who.reaches(ref):
            raise NotFound(f"there is no {ref}")
        return row

    async def difference(self, who: Identity, old: int, new: int) -> Sequence[Difference]:
        """Return what two revisions say differently: nothing, since there is but one."""
        await self.rows(who, old)
        await self.rows(who, new)
        return []

    async def apply(self, request: Apply, who: Identity, tell: Tell) -> Applied:  # noqa: ARG002
        """Refuse: files are changed where they are."""
        raise UserError(NO_STORE)

    async def rollback(self, number: int, request: Apply, who: Identity, tell: Tell) -> Applied:  # noqa: ARG002
        """Refuse: files are changed where they are."""
        raise UserError(NO_STORE)

    async def findings(self, who: Identity) -> Findings:
        """Return what is wrong now."""
        return veil(self._control.state.findings, who, self._control.views.loaded.resources)

    async def status(self, who: Identity) -> Mapping[str, object]:
        """Return the state of the control plane and its proxies as plain data."""
        return {
            **describe_control(self._control),
            "findings": [item.as_dict() for item in await self.findings(who)],
            "proxies": await self.proxies(who),
        }

    async def proxies(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return every connected proxy: its revision, what it acknowledged and refused, what is still warming."""
        shown = [describe_proxy(self._control, proxy) for proxy in self._control.server.proxies]
        if who.namespaces:  # the names of resources of others
            return [{**proxy, "view": "", "refused": [], "warming": []} for proxy in shown]
        return shown

    async def routes(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return the inventory of routes."""
        rows = describe_routes(await self._control.ask(Pipeline.routes))
        return [row for row in rows if who.reaches(Ref.parse("routes", str(row["route"]), DEFAULT_NAMESPACE))]

    async def xds(self, view: str) -> Sequence[object]:
        """Return what the proxies of a view are given, redacted."""
        snapshots = self._control.server.snapshots
        if view not in snapshots:
            raise NotFound(f"no proxy has this view; there are: {', '.join(sorted(snapshots))}")
        return await asyncio.to_thread(describe_snapshot, snapshots[view])

    async def effective(self, who: Identity, ref: Ref) -> Sequence[Mapping[str, object]]:
        """Return each policy that holds for a resource: its name, its values, and where each comes from."""
        await self.row(who, ref)
        return await self._control.ask(lambda pipeline: effective_policies(pipeline, ref, who))

    async def explain(self, who: Identity, question: Question) -> Mapping[str, object]:
        """Return what would become of a request, and why."""
        if question.revision in {None, self._book.head.number}:
            return await self._control.ask(lambda pipeline: explain_request(pipeline, question, who))
        rows = await self.rows(EVERYBODY, question.revision)
        past = await asyncio.to_thread(past_pipeline, self._policies, rows)
        return await asyncio.to_thread(explain_request, past, question, who)

    async def put_secret(self, who: Identity, ref: Ref, value: str) -> None:  # noqa: ARG002
        """Refuse: there is no store to keep it in."""
        raise UserError(NO_STORE)

    async def delete_secret(self, who: Identity, ref: Ref) -> None:  # noqa: ARG002
        """Refuse: there is no store that has one."""
        raise UserError(NO_STORE)

    async def secrets(self, who: Identity) -> Sequence[Mapping[str, object]]:  # noqa: ARG002
        """Return no secrets: there is no store that has one."""
        return []

    async def purge(self, who: Identity, wanted: Purge) -> Purged:
        """Have no cache give any more what *wanted* means, and return the purge when it is live, or after a while."""
        if wanted.route:
            await self.row(who, route_of(wanted))
        return await self._purging.make(wanted)

    async def purges(self, who: Identity) -> Sequence[Purge]:
        """Return the purges that hold, the oldest first; to whoever is bound, those of their routes."""
        held = await self._purging.purges()
        return [one for one in held if not who.namespaces or (one.route and who.reaches(route_of(one)))]

    async def plugins(self, who: Identity) -> Sequence[Running]:
        """Return the plugins, in ascending order."""
        known = await self._control.ask(lambda pipeline: (pipeline.ask(described), pipeline.ask(routes_by_plugin)))
        costs = await self._costs()
        return [
            Running(ref, one, tuple(filter(who.reaches, known[1].get(ref, ()))), costs.get(ref))
            for ref, one in sorted(known[0].items())
            if who.reaches(ref)
        ]


class StoreDesk(ControlDesk):
    """The desk of a control plane that follows a store."""

    def __init__(
        self,
        control: ControlPlane,
        stored: Stored,
        policies: Policies,
        purging: Purging,
        counts: Counts,
        costs: Costs = no_costs,
    ) -> None:
        super().__init__(control, stored, policies, purging, costs)
        self._stored = stored
        self._changer = Changer(control, stored)
        self._counts = counts

    async def revision(self, number: int | None = None) -> Revision:
        """Return one revision; the newest live one without a number."""
        return self._stored.head if number is None else await self._stored.store.revision(number)

    async def revisions(self, before: int | None, limit: int) -> Sequence[Revision]:
        """Return at most *limit* revisions, the newest first, those before a number."""
        return await self._stored.store.history(before, limit)

    async def rows(self, who: Identity, number: int | None = None) -> Sequence[Row]:
        """Return every resource that exists for *who*, in ascending order; those of a revision, or the newest."""
        if number in {None, self._stored.head.number}:
            return await super().rows(who)
        return _seen(who, await self._stored.store.rows(number))

    async def difference(self, who: Identity, old: int, new: int) -> Sequence[Difference]:
        """Return what two revisions say differently."""
        found = await self._stored.store.difference(old, new)
        return [difference for difference in found if who.reaches(difference.ref)]

    async def apply(self, request: Apply, who: Identity, tell: Tell) -> Applied:
        """Make a change, tell its steps, and return what became of it. `Conflict` if somebody else was quicker."""
        applied = await self._changer.make(request, who, tell)
        if applied.state is State.LIVE and request.guard is not None:
            return await self._guarded(applied, request.guard, who, tell)
        return applied

    async def rollback(self, number: int, request: Apply, who: Identity, tell: Tell) -> Applied:
        """Do as `apply`, with the changes that lead back to the revision *number*; *request* says the rest."""
        base = self._stored.head
        back = await self._back(number, who)
        message = request.message or f"back to revision {number}"
        return await self.apply(replace(request, changes=back, base=base.number, message=message), who, tell)

    async def put_secret(self, who: Identity, ref: Ref, value: str) -> None:
        """Keep a secret, which nobody can read again."""
        _reach(who, ref)
        await self._stored.store.put_secret(ref, self._stored.vault.seal(ref, value))

    async def delete_secret(self, who: Identity, ref: Ref) -> None:
        """Forget a secret; `NotFound` if there is none."""
        _reach(who, ref)
        await self._stored.store.delete_secret(ref)

    async def secrets(self, who: Identity) -> Sequence[Mapping[str, object]]:
        """Return the names of the secrets, and when each was put."""
        return [
            {"namespace": secret.ref.namespace, "name": secret.ref.name, "time": secret.time.isoformat()}
            for secret in await self._stored.store.secrets()
            if who.reaches(secret.ref)
        ]

    async def _back(self, number: int, who: Identity) -> tuple[Change, ...]:
        """Return the changes that lead back to the revision *number*, as far as its resources exist for *who*."""
        then = {row.ref: row for row in await self.rows(who, number)}
        now = {row.ref: row for row in await self.rows(who)}
        put = (Change(row.ref, row.text, row.origin) for row in then.values())
        removed = (Change(ref, None, row.origin) for ref, row in now.items() if ref not in then)
        return (*put, *removed)

    async def _guarded(self, applied: Applied, guard: Guard, who: Identity, tell: Tell) -> Applied:
        """Watch what the change touched; take it back if requests fail more than *guard* allows."""
        began = time.monotonic()
        trouble = await watch(
            self._counts, guard, lambda text: tell(Step(StepName.GUARD, text, time.monotonic() - began))
        )
        if trouble is None:
            return applied
        finding = Finding("change.errors", trouble, hint="look at the access log of these routes")
        if applied.revision is None or self._stored.head.number != applied.revision:
            kept = replace(finding, hint="another revision followed meanwhile, so nothing was taken back")
            return replace(applied, findings=(kept, *applied.findings))
        parent = (await self.revision(applied.revision)).parent
        back = await self._back(parent, EVERYBODY)
        undo = Apply(changes=back, base=applied.revision, message=f"take back revision {applied.revision}: {trouble}")
        undone = await self._changer.make(undo, who, tell)
        state = State.ROLLED_BACK if undone.state is State.LIVE else applied.state
        return replace(applied, state=state, revision=undone.revision, findings=(finding, *undone.findings))


def _reach(who: Identity, ref: Ref) -> None:
    if not who.reaches(ref):
        raise NotFound(f"there is no {ref}")


def _seen(who: Identity, rows: Iterable[Row]) -> list[Row]:
    return sorted((row for row in rows if who.reaches(row.ref)), key=lambda row: row.ref)
