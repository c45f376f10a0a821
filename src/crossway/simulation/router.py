"""The router: from a request to the listener, the host and the match that takes it.

Law: what it answers is what a walk over everything in the plan's order answers; it only gets there in a few
microseconds, however many hosts and routes there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.answer import MISDIRECTED
from crossway.compile.envoy.quarantine import REFUSED
from crossway.compile.envoy.route import DEFAULT_PORTS, compile_route
from crossway.compile.envoy.table import table_hosts
from crossway.compile.envoy.view import View, view_gateways
from crossway.memo import Read
from crossway.model import Protocol, hostname
from crossway.plan.gateway import ListenerPlan, PortPlan, plan_gateway
from crossway.plan.host import Candidate, candidates
from crossway.plan.route import Door, Place
from crossway.simulation.arrival import Arrival
from crossway.simulation.entrance import Answered, Entrance, entrance, hostname_of
from crossway.simulation.index import HostIndex, Undecided
from crossway.simulation.request import Request

EVERYTHING: Final = View()


@dataclass(frozen=True, slots=True)
class Unheard:
    """A request that no listener takes."""

    reason: str
    """Why, in a sentence without its dot."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a request came to."""

    listener: ListenerPlan
    """The listener that it came in at; on a port without TLS, the first one that shares it."""
    arrival: Arrival | None
    """The request as routes see it; `None` where it was answered before."""
    place: Place | None = None
    """The host that owns it; `None` where there is none."""
    match: Candidate | Answered | Undecided | None = None
    """What takes it; `None` for a 404."""


class Table:
    """The hosts of one table of routes."""

    def __init__(self, hosts: Mapping[Place, HostIndex]) -> None:
        self.hosts = {place.hostname: (place, index) for place, index in hosts.items()}

    def find(self, host: str) -> tuple[Place, HostIndex] | None:
        """Return the most specific host that means *host*, a name in lower case without a port."""
        found = self.hosts.get(host)
        if found is not None:
            return found
        dot = host.find(".", 1)
        while dot > 0:
            found = self.hosts.get(f"*{host[dot:]}")
            if found is not None:
                return found
            dot = host.find(".", dot + 1)
        return self.hosts.get(hostname.CATCH_ALL)


@dataclass(frozen=True)
class Gate:
    """One port that is listened on."""

    plan: PortPlan
    entrances: Mapping[str, Entrance]
    """By the name of the listener."""
    tables: Mapping[str, Table]
    """By the name of the listener."""

    @property
    def secure(self) -> bool:
        """Whether clients speak TLS here."""
        return self.plan.by_server_name

    @cached_property
    def by_server_name(self) -> Mapping[str, ListenerPlan]:
        """The listeners by the hostnames that they serve."""
        return {name: listener for listener in self.plan.listeners for name in listener.hostnames}

    def listener(self, name: str) -> ListenerPlan | None:
        """Return the listener that a connection with the server name *name* belongs to; without TLS, the first."""
        if not self.secure:
            return self.plan.listeners[0]
        claims = [claim for claim in self.by_server_name if hostname.covers(claim, name)]
        return self.by_server_name[max(claims, key=hostname.specificity)] if claims else None

    def closeness(self, name: str) -> tuple[int, int]:
        """Return what is greater the more closely one of the listeners names the host *name*."""
        claims = (hostname.specificity(claim) for claim in self.by_server_name if hostname.covers(claim, name))
        return max(claims, default=(-1, 0))


class Router:
    """All gates of a view."""

    def __init__(self, gates: Iterable[Gate]) -> None:
        self.gates: Final = tuple(gates)
        self._chosen: dict[tuple[str | None, int | None, str], Sequence[Gate] | Unheard] = {}

    def route(self, request: Request) -> Routed | Unheard:
        """Return where *request* comes to."""
        name = hostname_of(request.host)
        door = self.door(request, name)
        if isinstance(door, Unheard):
            return door
        gate, listener = door
        if listener.settings.protocol is not Protocol.HTTP:
            return Unheard(f"{where(gate)} speaks {listener.settings.protocol}: its connections are forwarded unread")
        arrival = gate.entrances[listener.name].arrive(request)
        if isinstance(arrival, Answered):
            return Routed(listener, None, None, arrival)
        if listener.settings.redirect_to_https:
            return Routed(listener, arrival, None, Answered(308, f"{where(gate)} redirects everything to https"))
        if gate.secure and (owner := gate.listener(name)) not in (None, listener):
            return Routed(listener, arrival, None, Answered(MISDIRECTED, f"{name} belongs to listener {owner.name}"))
        found = gate.tables[listener.name].find(name)
        if found is None:
            return Routed(listener, arrival)
        place, index = found
        return Routed(listener, arrival, place, index.first(arrival))

    def door(self, request: Request, name: str) -> tuple[Gate, ListenerPlan] | Unheard:
        """Return the gate and the listener that *request*, for the host *name*, comes in at."""
        key = (request.listener, request.port, request.scheme)
        gates = self._chosen.get(key)
        if gates is None:
            gates = self._chosen[key] = self._candidates(request)
        if isinstance(gates, Unheard):
            return gates
        gate = gates[0] if len(gates) == 1 else max(gates, key=lambda gate: _likeliness(gate, request, name))
        if request.listener is not None:
            named = [item for item in gate.plan.listeners if _is_named(item, request.listener)]
            return gate, named[0] if gate.secure else gate.plan.listeners[0]
        server_name = name if request.sni is None else request.sni
        listener = gate.listener(server_name)
        if listener is None:
            return Unheard(f"{where(gate)} has no certificate for {server_name}, so the TLS handshake fails")
        return gate, listener

    def table(self, listener: ListenerPlan) -> Table:
        """Return the hosts that requests at *listener* are looked up in."""
        (gate,) = (gate for gate in self.gates if listener in gate.plan.listeners)
        return gate.tables[listener.name]

    def _candidates(self, request: Request) -> Sequence[Gate] | Unheard:
        """Return the gates that *request* may be meant for."""
        if request.listener is not None:
            wanted = request.listener
            named = [gate for gate in self.gates if any(_is_named(item, wanted) for item in gate.plan.listeners)]
            return named or Unheard(f"there is no listener {wanted!r}{_known(self.gates)}")
        at_port = [gate for gate in self.gates if request.port in (None, gate.plan.port)]
        if not at_port:
            return Unheard(f"nothing listens on port {request.port}{_known(self.gates)}")
        secure = request.scheme == "https"
        fitting = [gate for gate in at_port if not gate.plan.speaks_http or gate.secure is secure]
        speaking = [gate for gate in fitting if gate.plan.speaks_http]
        if speaking or fitting:
            return speaking or fitting
        if request.port is None:
            return Unheard(f"no listener speaks {'TLS' if secure else 'clear text'}{_known(self.gates)}")
        expected = "speaks no TLS, and the URL says https" if secure else "expects TLS, and the URL says http"
        return Unheard(f"{where(at_port[0])} {expected}")


def where(gate: Gate) -> str:
    """Return how people call *gate*."""
    return f"port {gate.plan.port} of {gate.plan.gateway.local}"


def _known(gates: Iterable[Gate]) -> str:
    listeners = sorted(
        (item.settings.port, f"{item.gateway.local}/{item.name}") for gate in gates for item in gate.plan.listeners
    )
    return f"; there are {', '.join(f'{name} ({port})' for port, name in listeners)}" if listeners else ""


def _is_named(listener: ListenerPlan, name: str) -> bool:
    return name in (listener.name, f"{listener.gateway.local}/{listener.name}")


def _likeliness(gate: Gate, request: Request, name: str) -> tuple[object, ...]:
    default = gate.plan.port == DEFAULT_PORTS[request.scheme]
    return (default, gate.closeness(name), -gate.plan.port)


def host_index(read: Read, place: Place) -> HostIndex:
    """Return the index over what is tried on the host *place*."""
    return HostIndex(tuple(candidate for candidate in read(candidates, place) if is_served(read, candidate)))


def is_served(read: Read, candidate: Candidate) -> bool:
    """Return whether proxies are given *candidate*: one that they refuse in every form is left out."""
    refused = read.input(REFUSED, names.route(candidate.route, candidate.index))
    return refused is None or read(compile_route, candidate.route, candidate.index, candidate.door).served


def router(read: Read, view: View = EVERYTHING) -> Router:
    """Return the router over everything that the proxies of *view* serve."""
    gates: list[Gate] = []
    for gateway in read(view_gateways, view):
        plan = read(plan_gateway, gateway)
        for port in plan.ports if plan else ():
            entrances, tables = {}, {}
            for listener in port.listeners:
                entrances[listener.name] = read(entrance, Door(gateway, listener.name))
                places = read(table_hosts, listener.table)
                tables[listener.name] = Table({place: read(host_index, place) for place in places})
            gates.append(Gate(port, entrances, tables))
    return Router(gates)
