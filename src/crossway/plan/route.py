"""Routes: where each one is placed, what holds for it there, and whether it can be served at all.

Law: isolate, and fail closed. A route that names a service that is not there, or whose policies cannot hold, keeps its
place and answers 503 with the code of the finding; nothing else notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from crossway.memo import Index, Read
from crossway.model import (
    Backend,
    Finding,
    Findings,
    Gateway,
    Match,
    Protocol,
    Ref,
    Route,
    Service,
    Severity,
    errors,
    hostname,
)
from crossway.plan.attachment import Attachment, Effective, Rule, Target, effective, misplaced, requestless
from crossway.plan.gateway import (
    ListenerPlan,
    RouteTable,
    listener_attachments,
    namespace_attachment,
    plan_gateway,
    rules,
)
from crossway.plan.provider import BY_ARTIFACT, BY_ISSUER, completed
from crossway.plan.reference import dangling, named_routes, named_services, unusable
from crossway.plan.tables import RESOURCES, UNUSABLE, resource

_ATTACHMENT: Final = (("gateways",), ("services",), ("listeners",), ("hostnames",))
"""The fields that say where a route stands. What is wrong with them keeps it from one place and not from the others."""


class Place(NamedTuple):
    """One hostname in one route table."""

    table: RouteTable
    hostname: str


class Door(NamedTuple):
    """The listener through which a route is reached; what is attached to it holds for the route."""

    gateway: Ref
    listener: str


@dataclass(frozen=True, slots=True)
class BackendPlan:
    """A service that exists, or an answer in its place, with its share."""

    service: Ref | None
    """`None` for an answer."""
    weight: int
    subset: str | None = None
    status: int | None = None
    """The status of the answer."""

    def __str__(self) -> str:
        """Return how people call it: the service and its subset, or the status."""
        if self.service is None:
            return f"respond {self.status}"
        return f"{self.service.local}:{self.subset}" if self.subset else self.service.local


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """A route with its references followed."""

    ref: Ref
    route: Route
    placements: tuple[tuple[Place, Door], ...]
    """Where it stands, and through which door it is reached there."""
    streams: tuple[Door, ...]
    """The TCP, UDP and TLS listeners it serves."""
    backends: tuple[BackendPlan, ...]
    services: tuple[Ref, ...]
    """Every service that its requests may reach, those of its policies included."""
    findings: Findings
    parents: tuple[Ref, ...] = ()
    """The services whose requests inside the mesh it is for."""
    preflights: frozenset[Door] = frozenset()
    """The doors at which a policy answers preflights for it."""

    @property
    def closed(self) -> Finding | None:
        """Why it cannot be served; `None` if it can, even if it is not attached everywhere that it names."""
        return next((item for item in errors(self.findings) if item.path[:1] not in _ATTACHMENT), None)


def plan_route(read: Read, ref: Ref) -> RoutePlan | None:
    """Return the plan of the route *ref*, or `None` if there is none."""
    route = resource(read, Route, ref)
    if route is None:
        return None
    findings: list[Finding] = []
    placements: dict[Place, Door] = {}
    streams: list[Door] = []
    gateways = tuple(_gateways(read, ref, route, findings))
    findings.extend(_unknown_listeners(read, ref, route, gateways))
    for gateway in gateways:
        for listener in _listeners(read, route, gateway):
            door = Door(gateway, listener.name)
            if listener.settings.protocol is not Protocol.HTTP:
                streams.append(door)
                findings.extend(_unfit(ref, route, listener))
                continue
            for place in _places(read, route, listener):
                placements[place] = door
    in_mesh_only = route.services and not route.gateways
    if not placements and not streams and not findings and not in_mesh_only:
        message = "no listener serves the hostnames of this route, so it is never reached"
        findings.append(Finding("route.unattached", message, about=ref, path=("hostnames",)))
    parents = tuple(_parents(read, ref, route, findings))
    backends = tuple(_backends(read, ref, route, findings))
    attached = (_backend_attachment(ref, route, index) for index in range(len(route.to)))
    findings.extend(misplaced([_attachment(ref, route), *attached], read(rules)))
    if streams and not placements:
        findings.extend(requestless([_attachment(ref, route)], read(rules)))
    doors = dict.fromkeys(placements.values())
    held = {door: read(route_policies, ref, door) for door in doors}
    policies = [policy for door in doors for policy in held[door]]
    named = dict.fromkeys(item for policy in policies for item in named_services(policy))
    findings.extend(dangling(*item) for item in named if resource(read, Service, item[2]) is None)
    others = dict.fromkeys(item for policy in policies for item in named_routes(policy))
    findings.extend(dangling(*item) for item in others if resource(read, Route, item[2]) is None)
    reached = [backend.service for backend in backends if backend.service is not None]
    services = dict.fromkeys(reached + [service for _, _, service in named])
    findings.extend(_unusable(read, ref, services))
    preflights = {door for door in doors if route.to and _answers_preflights(held[door], read(rules))}
    return RoutePlan(
        ref,
        route,
        tuple(placements.items()),
        tuple(streams),
        backends,
        tuple(services),
        tuple(findings),
        parents,
        frozenset(preflights),
    )


def stream_routes(read: Read, door: Door) -> tuple[RoutePlan, ...]:
    """Return the routes that can be served behind a listener without HTTP; where several fit, the first one is right.

    The order is that of matches that say equally much.
    """
    plans = (read(plan_route, ref) for ref in read.group(BY_DOOR, door))
    usable = (plan for plan in plans if plan is not None and plan.closed is None)
    return tuple(sorted(usable, key=lambda plan: (-plan.route.priority, plan.route.tiebreak, plan.ref)))


def _answers_preflights(policies: Iterable[Effective], known: Mapping[str, Rule]) -> bool:
    return any((rule := known.get(policy.name)) is not None and rule.preflights for policy in policies)


def route_policies(read: Read, ref: Ref, door: Door) -> tuple[Effective, ...]:
    """Return the policies about requests that hold for the route *ref* behind *door*."""
    route = resource(read, Route, ref)
    gateway = resource(read, Gateway, door.gateway)
    if route is None or gateway is None or door.listener not in gateway.listeners:
        return ()
    attachments = _attachments(read, ref, route, door, gateway)
    return tuple(completed(read, policy) for policy in effective(Target.ROUTE, attachments, read(rules)))


def backend_policies(read: Read, ref: Ref, door: Door, index: int) -> tuple[Effective, ...]:
    """Return what holds, behind *door*, for requests of the route *ref* that go to backend *index* of it.

    Only of the policies that one of its backends has: all others hold for the route as a whole.
    """
    route = resource(read, Route, ref)
    gateway = resource(read, Gateway, door.gateway)
    if route is None or gateway is None or door.listener not in gateway.listeners or not route.decided_by_backends:
        return ()
    attachments = [*_attachments(read, ref, route, door, gateway), _backend_attachment(ref, route, index)]
    held = effective(Target.ROUTE, attachments, read(rules))
    return tuple(policy for policy in held if policy.name in route.decided_by_backends)


def _attachments(read: Read, ref: Ref, route: Route, door: Door, gateway: Gateway) -> list[Attachment]:
    return [
        *namespace_attachment(read, ref.namespace),
        *listener_attachments(door.gateway, gateway, door.listener),
        *_service_attachment(read, ref, route),
        _attachment(ref, route),
    ]


def _service_attachment(read: Read, ref: Ref, route: Route) -> list[Attachment]:
    """Return what the service of a route says of its requests. With several services, none speaks for the others."""
    services = {Ref.parse("services", backend.service, ref.namespace) for backend in route.to if backend.service}
    if len(services) != 1:
        return []
    (service_ref,) = services
    service = resource(read, Service, service_ref)
    return [Attachment(Target.SERVICE, service_ref, ("policies",), service.policies)] if service else []


def _gateways(read: Read, ref: Ref, route: Route, findings: list[Finding]) -> Iterator[Ref]:
    if not route.gateways and not route.services:
        yield from read.group(BY_KIND, ("gateways", ref.namespace))
    for index, text in enumerate(route.gateways):
        gateway = Ref.parse("gateways", text, ref.namespace)
        if resource(read, Gateway, gateway) is None:
            findings.append(dangling(ref, ("gateways", index), gateway))
        else:
            yield gateway


def _parents(read: Read, ref: Ref, route: Route, findings: list[Finding]) -> Iterator[Ref]:
    """Yield the services of the mesh that the route is attached to."""
    for index, text in enumerate(route.services):
        service = Ref.parse("services", text, ref.namespace)
        if resource(read, Service, service) is None:
            findings.append(dangling(ref, ("services", index), service))
        else:
            yield service
    if route.services:
        message = "there is no mesh yet, so the route does nothing for requests between services"
        findings.append(Finding("mesh.not_in_force", message, Severity.WARNING, about=ref, path=("services",)))


def _unknown_listeners(read: Read, ref: Ref, route: Route, gateways: Sequence[Ref]) -> Iterator[Finding]:
    """Yield a finding for each listener that *route* names and no gateway of its has."""
    if not gateways:
        return
    found = [resource(read, Gateway, gateway) for gateway in gateways]
    known = {name for gateway in found if gateway for name in gateway.listeners}
    where = ", ".join(gateway.local for gateway in gateways)
    for index, name in enumerate(route.listeners):
        if name not in known:
            message = f"there is no listener {name!r} on {where}"
            yield Finding("reference.dangling", message, about=ref, path=("listeners", index))


def _unfit(ref: Ref, route: Route, listener: ListenerPlan) -> Iterator[Finding]:
    """Yield what *route* asks for that a listener without HTTP cannot do; its requests are nothing but bytes."""
    what = f"listener {listener.name} speaks {listener.settings.protocol}"
    if not route.to:
        yield Finding("route.unfit", f"{what}, so the route can only forward", about=ref, path=(), expected="to")
    if route.decided_by_backends:
        yield Finding("route.unfit", f"{what}, so that no policy holds for a backend", about=ref, path=("to",))
    if route.matches != (Match(),):
        yield Finding(
            "route.unfit", f"{what}, which knows none of the conditions of matches", about=ref, path=("matches",)
        )


def _listeners(read: Read, route: Route, gateway: Ref) -> tuple[ListenerPlan, ...]:
    """Return the listeners of *gateway* that *route* is attached to."""
    plan = read(plan_gateway, gateway)
    listeners = plan.listeners if plan else ()
    if route.listeners:
        return tuple(listener for listener in listeners if listener.name in route.listeners)
    speaking_http = tuple(listener for listener in listeners if listener.settings.protocol is Protocol.HTTP)
    return speaking_http or listeners


def _places(read: Read, route: Route, listener: ListenerPlan) -> Iterator[Place]:
    """Yield the hostnames that *route* and *listener* have in common and no other listener of the port owns."""
    plan = read(plan_gateway, listener.gateway)
    for wanted in route.hostnames or (hostname.CATCH_ALL,):
        for served in listener.hostnames:
            common = hostname.intersection(wanted, served)
            if common is not None and plan is not None and plan.owns(listener, common):
                yield Place(listener.table, common)


def _backends(read: Read, ref: Ref, route: Route, findings: list[Finding]) -> Iterator[BackendPlan]:
    for index, backend in enumerate(route.to):
        if backend.service is None:
            yield BackendPlan(None, backend.weight, status=backend.status)
            continue
        service_ref = Ref.parse("services", backend.service, ref.namespace)
        service = resource(read, Service, service_ref)
        if service is None:
            findings.append(dangling(ref, ("to", index, "service"), service_ref))
        elif backend.subset is not None and backend.subset not in service.subsets:
            message = f"service {service_ref.local} has no subset {backend.subset!r}"
            findings.append(Finding("reference.dangling", message, about=ref, path=("to", index, "subset")))
        else:
            yield BackendPlan(service_ref, backend.weight, backend.subset)


def _unusable(read: Read, ref: Ref, services: Iterable[Ref]) -> Iterator[Finding]:
    for service in services:
        if (code := read.input(UNUSABLE, service)) is not None:
            yield unusable(ref, ("to",), service, code)


def _attachment(ref: Ref, route: Route) -> Attachment:
    return Attachment(Target.ROUTE, ref, ("policies",), route.policies)


def _backend_attachment(ref: Ref, route: Route, index: int) -> Attachment:
    return Attachment(Target.BACKEND, ref, ("to", index, "policies"), route.to[index].policies)


def _by_kind(_: Read, ref: Ref) -> frozenset[tuple[str, str]]:
    return frozenset({(ref.kind, ref.namespace)})


def _by_place(read: Read, ref: Ref) -> frozenset[Place]:
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    return frozenset(place for place, _ in plan.placements) if plan else frozenset()


def _by_door(read: Read, ref: Ref) -> frozenset[Door]:
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    return frozenset(plan.streams) if plan else frozenset()


def _by_use(read: Read, ref: Ref) -> frozenset[tuple[Ref, Ref]]:
    """Return pairs of a gateway and a service that requests coming in there may reach, by way of the route *ref*."""
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    if plan is None:
        return frozenset()
    gateways = {door.gateway for _, door in plan.placements} | {door.gateway for door in plan.streams}
    return frozenset((gateway, service) for gateway in gateways for service in plan.services)


def _by_trouble(read: Read, ref: Ref) -> frozenset[str]:
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    return frozenset({ref.kind}) if plan and plan.findings else frozenset()


BY_KIND: Index[Ref, tuple[str, str]] = Index(RESOURCES, _by_kind, "by kind")
BY_PLACE: Index[Ref, Place] = Index(RESOURCES, _by_place, "by place")
BY_DOOR: Index[Ref, Door] = Index(RESOURCES, _by_door, "by door")
BY_USE: Index[Ref, tuple[Ref, Ref]] = Index(RESOURCES, _by_use, "by use")
BY_TROUBLE: Index[Ref, str] = Index(RESOURCES, _by_trouble, "by trouble")

INDEXES = (BY_KIND, BY_PLACE, BY_DOOR, BY_USE, BY_TROUBLE, BY_ISSUER, BY_ARTIFACT)
"""What routes are looked up by."""

__all__ = [
    "BY_DOOR",
    "BY_PLACE",
    "BY_TROUBLE",
    "BY_USE",
    "INDEXES",
    "Backend",
    "BackendPlan",
    "Door",
    "Place",
    "RoutePlan",
    "backend_policies",
    "plan_route",
    "route_policies",
    "stream_routes",
]
