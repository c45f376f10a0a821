"""The last word on a snapshot: the real Envoy, asked whether it would take it, without serving.

Law: whoever is blamed is refused alone, and what could not be proven in time is never called proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof.cut import content
from crossway.daemon.proof.hunt import Hunt
from crossway.daemon.proof.suspects import TABLES, Surroundings, Suspects, suspects
from crossway.model import Finding
from crossway.xds.snapshot import EMPTY, Snapshot

WITHIN: Final = 60.0
"""Seconds after which the rest counts as not proven."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that Envoy would refuse, or that is not proven."""

    resource: Resource | None
    """The resource, or the one that the route stands in; `None` if nobody can be blamed, or for want of time."""
    route: str | None
    """The guilty Envoy route in it, by name; `None` if it is the resource itself."""
    reason: str
    """What Envoy says."""

    @property
    def finding(self) -> Finding:
        """What to say to whoever wrote it."""
        if self.resource is None:
            return Finding("proxy.refused", self.reason)
        if self.route is None:
            message = f"the proxy refuses {self.resource.name}: {self.reason}"
            return Finding("proxy.refused", message, about=self.resource.about)
        return Finding("proxy.refused", f"the proxy refuses it: {self.reason}", about=names.route_ref(self.route))


def prove(snapshot: Snapshot, since: Snapshot | None = None, within: float = WITHIN) -> tuple[Refusal, ...]:
    """Return what Envoy would refuse of *snapshot* if it takes *since*: each guilty resource and route once.

    With nothing to refuse it is one process: 0.05 s, and more with the size of what differs. What Envoy has not said
    in *within* seconds is one refusal without a resource. Raises `RemoteError` if Envoy crashes or hangs.
    """
    found = suspects(snapshot, since or EMPTY)
    everything = tuple(found)
    if not everything:
        return ()
    with Hunt(within) as hunt:
        whole = hunt.refusal(everything)
        refusals = [] if whole is None else list(_refusals(hunt, found))
        if left := len(hunt.unproven):
            refusals.append(Refusal(None, None, f"not proven in {within:.3g} s: {left:,} resources or routes are left"))
    if whole is not None and not refusals:
        refusals.append(Refusal(None, None, f"the proxy refuses the configuration as a whole: {whole}"))
    return tuple(refusals)


def guilty_routes(resource: Resource, reason: str, within: float = WITHIN) -> tuple[Refusal, ...]:
    """Return the routes in *resource*, which a proxy refused with *reason*, that Envoy refuses by themselves.

    There is none if it is no table, or the reason is not in one of its routes or shows in a running proxy only.
    """
    if resource.type_url not in TABLES:
        return ()
    with Hunt(within) as hunt:
        suspected = Surroundings(EMPTY).table(resource, None, set()).routes
        return tuple(Refusal(resource, route.name, why) for route, why in hunt.guilty(suspected, reason))


def _refusals(hunt: Hunt, found: Suspects) -> Iterator[Refusal]:
    """Yield what is refused alone, kind by kind; of a table its routes, and then what else is wrong with it."""
    for kind in (found.secrets, found.clusters, found.extensions, found.listeners):
        for suspect, reason in hunt.guilty(kind):
            yield Refusal(suspect.resource, None, reason)
    guilty: set[bytes] = set()
    for suspect, reason in hunt.guilty([route for held in found.tables for route in held.routes]):
        guilty.add(content(suspect.message))
        yield Refusal(suspect.resource, suspect.name, reason)
    for suspect, reason in hunt.guilty([held.without(guilty) for held in found.tables]):
        yield Refusal(suspect.resource, None, reason)
