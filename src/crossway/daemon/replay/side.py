"""One side of a replay: a configuration, and what it does with a request."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.table import table_hosts
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.replay.evidence import Evidence, Weighing
from crossway.daemon.replay.original import Original, as_shown, original, unknown
from crossway.daemon.replay.treatment import Treatment, route_treatment
from crossway.model import Ref, Route
from crossway.plan.gateway import ListenerPlan, RouteTable
from crossway.plan.host import Candidate, candidates
from crossway.plan.route import Door, Place, plan_route
from crossway.policies.access_log import AccessLog as Logging
from crossway.simulation.condition import Condition
from crossway.simulation.entrance import Answered, hostname_of
from crossway.simulation.index import Undecided
from crossway.simulation.request import Request
from crossway.simulation.router import Gate, Routed, Unheard, router
from crossway.telemetry.access_log import printable

REDIRECT: Final = "redirect_to_https"
"""The name in the log of the route of a listener that redirects everything to https."""
GATEWAY: Final = "the gateway"
"""Stands for the route of a request that is answered before one is looked for."""


@dataclass(frozen=True, slots=True)
class Possible:
    """What may become of a request, and what that hangs on."""

    treatments: tuple[Treatment, ...]
    hanging: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Learnt:
    """What became of a request, and what follows from that."""

    treatment: Treatment
    known: Evidence
    entered: str = ""
    """The name of the listener that it came in at."""
    place: Place | None = None
    """The host that it was tried on; `None` if there is none."""
    candidate: Candidate | None = None
    """What took it there; `None` if nothing did."""


class Port:
    """A port at which requests come in."""

    def __init__(self, gate: Gate) -> None:
        self.plan: Final = gate.plan
        self.number: Final = gate.plan.port
        self.secure: Final = gate.secure
        self._gate = gate
        self._first = _full_name(gate.plan.listeners[0])

    def listener(self, name: str) -> str | None:
        """Return the full name of the listener that a connection for *name* belongs to; without TLS, the first."""
        if not self.secure:
            return self._first
        listener = self._gate.listener(name)
        return _full_name(listener) if listener else None

    def finds(self, listener: str, host: str) -> Place | None:
        """Return where a request for *host* that came in at *listener* is tried."""
        found = self._gate.tables[listener].find(hostname_of(host))
        return found[0] if found else None


def _full_name(listener: ListenerPlan) -> str:
    return f"{listener.gateway.local}/{listener.name}"


class Side:
    """One configuration. What it answers is kept, so that there is one treatment for each way through it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._ask = pipeline.ask
        self._router = self._ask(router)
        self._weighing = Weighing()
        self._treatments: dict[Hashable, Treatment] = {}
        self._originals: dict[str, Original | None] = {}
        gates = (gate for gate in self._router.gates if gate.plan.speaks_http)
        self.ports: Final = tuple(map(Port, gates))
        """The ports at which requests come in."""
        routes = [(ref, part) for ref, part in pipeline.loaded.resources.items() if isinstance(part, Route)]
        self.matches: Final = tuple(match for _, route in routes for match in route.matches)
        """What all routes ask for."""
        self._matches = {
            names.route(ref, index): (ref, index) for ref, route in routes for index in range(len(route.matches))
        }

    @property
    def logging(self) -> list[Logging]:
        """What each of its listeners logs."""
        policies = (listener.policies for port in self.ports for listener in port.plan.listeners)
        specs = ([policy.spec for policy in held if isinstance(policy.spec, Logging)] for held in policies)
        return [found[0] if found else Logging() for found in specs]

    @property
    def fields(self) -> dict[str, str]:
        """The fields that any of its listeners adds to the log, each with its variable."""
        return {name: variable for spec in self.logging for name, variable in spec.fields.items()}

    @cached_property
    def knows_query(self) -> bool:
        """Whether each of its listeners logs queries."""
        logging = self.logging
        return bool(logging) and all(spec.query for spec in logging)

    def port(self, other: Port) -> Port | None:
        """Return what takes here what comes to *other* elsewhere: the same port of the same gateway, or else of any."""
        there = [port for port in self.ports if (port.number, port.secure) == (other.number, other.secure)]
        same = (port for port in there if port.plan.gateway == other.plan.gateway)
        return next(same, there[0] if there else None)

    def possible(self, request: Request, known: Evidence) -> Possible:
        """Return what may become of *request*, in the light of what is *known* of it besides."""
        routed = self._router.route(request)
        if isinstance(routed, Unheard):
            unheard = Treatment(action=routed.reason, status=0)
            # The reason may name the host, of which there are as many as clients like.
            return Possible((self._kept((request.listener, request.port, request.scheme), lambda: unheard),))
        if isinstance(routed.match, Answered):
            return Possible((self._answer(routed.match),))
        found: list[Treatment] = []
        open_conditions: dict[Condition, None] = {}
        for candidate in _outcomes(routed):
            hanging = self._hanging(candidate, routed, known)
            if hanging is None:
                continue
            found.append(self.treatment(candidate, routed.place, routed.listener.name))
            open_conditions |= dict.fromkeys(hanging)
            if not hanging:
                break
        return Possible(tuple(found), tuple(open_conditions))

    def learn(self, request: Request, taken: str | None, known: Evidence) -> Learnt | None:
        """Return what became of *request*, which the Envoy route called *taken* took, and what follows from that.

        `None` if that route does not take it here.
        """
        routed = self._router.route(request)
        if isinstance(routed, Unheard):
            return None
        if isinstance(routed.match, Answered):
            redirected = taken == REDIRECT and routed.listener.settings.redirect_to_https
            return Learnt(self._answer(routed.match), known) if redirected else None
        if routed.arrival is None:
            return None
        learnt = self._weighing.learn(_outcomes(routed), taken, routed.arrival, known)
        if learnt is None:
            return None
        candidate, evidence = learnt
        entered = routed.listener.name
        return Learnt(self.treatment(candidate, routed.place, entered), evidence, entered, routed.place, candidate)

    def treatment(self, candidate: Candidate | None, place: Place | None, entered: str) -> Treatment:
        """Return what becomes of a request that *candidate* takes on *place*, having come in at the listener *entered*.

        Without a candidate, nothing takes it.
        """
        if candidate is None:
            return self._kept(404, lambda: Treatment(status=404))
        hostname = place.hostname if place else ""
        return self._way(candidate.route, candidate.index, candidate.door, hostname, entered)

    def original(self, name: str) -> Original | None:
        """Return how to get back what the Envoy route called *name* replaces; `None` if it replaces nothing.

        A log with queries has each path as it was asked for. Where only some listeners log so, nobody can say.
        """
        match = self._matches.get(name)
        if match is None:
            return None
        if name not in self._originals:
            found = self._ask(original, *match)
            if found is not None and any(spec.query for spec in self.logging):
                found = replace(found, path=as_shown if self.knows_query else unknown)
            self._originals[name] = found
        return self._originals[name]

    def hosts(self, table: RouteTable) -> tuple[Place, ...]:
        """Return the hosts that *table* knows, in ascending order."""
        return self._ask(table_hosts, table)

    def tried(self, place: Place) -> tuple[Candidate, ...]:
        """Return what is tried on *place*, in its order."""
        return self._ask(candidates, place)

    def places(self, name: str) -> Iterator[tuple[Place, Treatment]]:
        """Yield each place of the Envoy route called *name*, with what becomes of what it takes there."""
        match = self._matches.get(name)
        plan = self._ask(plan_route, match[0]) if match else None
        if match and plan:
            for place, door in plan.placements:
                yield place, self._way(*match, door, place.hostname, door.listener)

    def _hanging(self, candidate: Candidate | None, routed: Routed, known: Evidence) -> tuple[Condition, ...] | None:
        if candidate is None or routed.arrival is None:
            return ()
        return self._weighing.hanging(candidate.match, routed.arrival, known)

    def _way(self, ref: Ref, index: int, door: Door, hostname: str, entered: str) -> Treatment:
        way = (ref, index, door, hostname, entered)
        return self._kept(way, lambda: self._ask(route_treatment, *way))

    def _answer(self, answered: Answered) -> Treatment:
        made = Treatment(GATEWAY, action=answered.reason, status=answered.status)
        return self._kept((answered.status, answered.reason), lambda: made)

    def _kept(self, key: Hashable, make: Callable[[], Treatment]) -> Treatment:
        """Return the treatment that is kept under *key*: two with one content must not be two."""
        if key not in self._treatments:
            self._treatments[key] = make()
        return self._treatments[key]


def route_of(name: str) -> str:
    """Return how people write the route whose Envoy route is called *name*."""
    try:
        return printable(names.route_ref(name).local)
    except ValueError:
        return printable(name)


def _outcomes(routed: Routed) -> tuple[Candidate | None, ...]:
    if isinstance(routed.match, Undecided):
        return routed.match.outcomes
    return (routed.match if isinstance(routed.match, Candidate) else None,)
