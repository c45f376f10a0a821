"""One attempt to bring a configuration to the proxies of this control plane, and to take it back if it fails.

Law: at every moment the proxies have the state from before, or the one that is tried, and whichever way the attempt
ends, they have one of the two. What a proxy refuses is put aside and the rest is tried again, unless the attempt is
strict.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Final, Self

from crossway.daemon.control import ControlPlane
from crossway.daemon.proof import Refusal
from crossway.daemon.views import Snapshots
from crossway.dialects.native import Loaded
from crossway.model import Finding, Findings, Ref
from crossway.xds.protocol import LISTENER
from crossway.xds.proxies import Outcome, Proxy
from crossway.xds.snapshot import EMPTY, Snapshot, difference

ROUNDS: Final = 5
"""How often something may be put aside: what stands in for the refused may be refused too, down to leaving it out."""

PAUSE: Final = 50e-6
"""Seconds between two looks, for each proxy: a look at a thousand takes a moment, and each of them says many things."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the proxies are."""

    live: int
    proxies: int
    waits: tuple[str, ...] = ()
    """What is waited for, in words."""
    refused: Findings = ()
    """What proxies refuse, and cannot be put aside."""
    done: bool = False
    """Whether it is live on all of them."""

    @property
    def counts(self) -> str:
        """On how many proxies it is live, in words."""
        return f"live on {self.live}/{self.proxies} proxies"

    def __str__(self) -> str:
        return "; ".join((self.counts, *self.waits[:3], *(finding.message for finding in self.refused[:3])))


class Attempt:
    """One attempt, inside ``async with``: unless it is kept, it is taken back at the end, whatever ended it.

    The caller holds `ControlPlane.changing` meanwhile.
    """

    def __init__(
        self, control: ControlPlane, loaded: Loaded, *, strict: bool = False, watched: Iterable[Ref] = ()
    ) -> None:
        """Make an attempt at *loaded*; a *strict* one fails if any part of it is refused.

        Routes among *watched*, and those to services among it, are counted one by one from then on.
        """
        self._control = control
        self._views = control.views
        self._server = control.server
        self._loaded = loaded
        self._before = control.views.loaded
        self._strict = strict
        self._watched = frozenset(watched)
        self._pushed = self._kept = False
        self._snapshots: Snapshots = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._kept:
            await self._take_back()

    async def compile(self) -> int:
        """Compute what the proxies are to have; return how many resources of Envoy differ from what they have."""
        self._snapshots = await self._views.adopt(self._loaded, self._watched)
        return sum(
            len(names)
            for view, snapshot in self._snapshots.items()
            if view in self._used()
            for names in difference(self._server.snapshots.get(view, EMPTY), snapshot).upserted.values()
        )

    async def validate(self, within: float) -> Findings:
        """Ask Envoy about what differs, and put aside what it refuses; return what stands against pushing the rest."""
        for _ in range(ROUNDS):
            refusals = await self._views.prove(self._snapshots, self._used(), within)
            if not refusals:
                return ()
            if not await self._put_aside(refusals):
                break
        return tuple(refusal.finding for refusal in refusals)

    def push(self) -> None:
        """Give it to the proxies that are connected; those that come meanwhile are given what was proven last."""
        self._pushed = True
        for view, snapshot in self._snapshots.items():
            self._server.trial(view, snapshot)

    async def wait(self, within: float) -> AsyncGenerator[Standing, None]:
        """Yield how far the proxies are, each time that this changes, and last when they are done or the time is up."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        rounds = 0
        told = None
        proxies = self._server.proxies
        while True:
            outcomes = [proxies.outcome(view, snapshot.version) for view, snapshot in self._snapshots.items()]
            refused = [proxy for outcome in outcomes for proxy in outcome.refused]
            waiting = [proxy for outcome in outcomes for proxy in outcome.waiting]
            if refused and not waiting:
                rounds += 1
                refusals = await self._views.guilty(item for proxy in refused for item in proxy.refused)
                if rounds <= ROUNDS and await self._put_aside(refusals):
                    self.push()
                    continue
                yield _standing(outcomes, tuple(_by_proxy(refused)))
                return
            lost = tuple(_lost(outcomes))
            standing = _standing(outcomes, lost)
            if standing != told:
                yield standing
                told = standing
                if standing.done or lost:
                    return
                continue  # whoever was told may have taken their time
            try:
                async with asyncio.timeout_at(deadline):
                    await proxies.change()
                    await asyncio.sleep(len(proxies) * PAUSE)
            except TimeoutError:
                yield _standing(outcomes, (_late(standing, within),))
                return

    async def keep(self, revision: int) -> None:
        """Make it what every proxy is given, under the number *revision*."""
        for view, snapshot in self._snapshots.items():
            self._views.prove_good(view, snapshot)
        await self._control.keep(self._loaded, self._snapshots, revision)
        self._kept = True
        for view, snapshot in self._snapshots.items():
            await self._control.archive(view, snapshot)

    async def _take_back(self) -> None:
        """Go back to the state from before."""
        await self._views.adopt(self._before)
        if self._pushed:
            for view, snapshot in self._server.snapshots.items():
                self._server.publish(view, snapshot)

    async def _put_aside(self, refusals: tuple[Refusal, ...]) -> bool:
        if self._strict or not await self._views.put_aside(refusals):
            return False
        self._snapshots = await self._views.compile()
        return not any(self._silenced(view, snapshot) for view, snapshot in self._snapshots.items())

    def _silenced(self, view: str, snapshot: Snapshot) -> bool:
        """Return whether a gateway that is still wanted would be left without any listener."""
        before = {item.about for item in self._server.snapshots.get(view, EMPTY).of_type(LISTENER).values()}
        after = {item.about for item in snapshot.of_type(LISTENER).values()}
        return any(gateway in self._loaded.resources for gateway in before - after)

    def _used(self) -> set[str]:
        return {proxy.view for proxy in self._server.proxies}


def _standing(outcomes: Iterable[Outcome], refused: Findings) -> Standing:
    live = waiting = others = 0
    waits: list[str] = []
    for outcome in outcomes:
        live += len(outcome.live)
        others += len(outcome.refused)
        waiting += len(outcome.waiting)
        waits += [_waits_for(proxy) for proxy in outcome.waiting]
    proxies = live + waiting + others
    return Standing(live, proxies, tuple(waits), refused, done=not refused and live == proxies)


def _lost(outcomes: Iterable[Outcome]) -> Iterable[Finding]:
    """Yield a finding for each proxy that went away, if hardly any stayed: it may be the change that ends them."""
    for outcome in outcomes:
        if len(outcome.gone) > len(outcome.live) + len(outcome.waiting):
            for proxy in outcome.gone:
                yield Finding("proxy.lost", f"proxy {proxy.node.id} went away in the middle of the change")


def _waits_for(proxy: Proxy) -> str:
    if proxy.warming:
        return f"proxy {proxy.node.id} waits for {', '.join(proxy.warming[:3])} to warm"
    return f"proxy {proxy.node.id} has not answered"


def _by_proxy(refused: Iterable[Proxy]) -> Iterable[Finding]:
    for proxy in refused:
        for item in proxy.refused:
            what = item.resource.name if item.resource else "a removal"
            about = item.resource.about if item.resource else None
            yield Finding("proxy.refused", f"proxy {proxy.node.id} refuses {what}: {item.message}", about=about)


def _late(standing: Standing, within: float) -> Finding:
    what = "; ".join(standing.waits[:5]) or "a proxy has not answered"
    hint = "a longer --timeout waits longer"
    return Finding("change.late", f"it is not live everywhere after {within:g} s: {what}", hint=hint)
