"""The inventory: what is planned, as rows that a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from crossway.memo import Read
from crossway.model import Certificate, Match, Protocol, Ref, Route
from crossway.plan.gateway import plan_gateway
from crossway.plan.host import candidates
from crossway.plan.route import BY_DOOR, BY_KIND, BY_PLACE, Door, RoutePlan, plan_route, route_policies
from crossway.plan.tables import resource


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One match of one route at one listener and host."""

    gateway: str
    listener: str
    hostname: str
    path: str
    conditions: str
    """Everything a request must meet besides host and path, in words."""
    route: str
    action: str
    policies: tuple[str, ...]
    state: str
    """``live``, or ``closed`` with the code of the finding that closed it."""


def inventory(read: Read) -> tuple[RouteRow, ...]:
    """Return a row for each match of each route on each host, in the order in which they are tried."""
    rows: list[RouteRow] = []
    for place in read.groups(BY_PLACE):
        for candidate in read(candidates, place):
            plan = read(plan_route, candidate.route)
            if plan is None:
                continue
            policies = read(route_policies, candidate.route, candidate.door)
            rows.append(
                RouteRow(
                    gateway=candidate.door.gateway.local,
                    listener=candidate.door.listener,
                    hostname=place.hostname,
                    path=str(candidate.match.effective_path),
                    conditions=_conditions(candidate.match),
                    route=candidate.route.local,
                    action=_action(plan.route),
                    policies=tuple(policy.name for policy in policies),
                    state=f"closed: {plan.closed.code}" if plan.closed else "live",
                )
            )
    for door in read.groups(BY_DOOR):
        for ref in read.group(BY_DOOR, door):
            plan = read(plan_route, ref)
            if plan is not None:
                rows.extend(_stream_rows(door, plan))
    return tuple(rows)


def _stream_rows(door: Door, plan: RoutePlan) -> list[RouteRow]:
    state = f"closed: {plan.closed.code}" if plan.closed else "live"
    return [
        RouteRow(door.gateway.local, door.listener, name, "", "", plan.ref.local, _action(plan.route), (), state)
        for name in plan.route.hostnames or ("*",)
    ]


def certificates(read: Read) -> dict[Ref, Certificate]:
    """Return the certificate resources."""
    found: dict[Ref, Certificate] = {}
    for kind, namespace in read.groups(BY_KIND):
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == "certificates" else ():
            certificate = resource(read, Certificate, ref)
            if certificate is not None:
                found[ref] = certificate
    return found


def ports(read: Read) -> tuple[tuple[str, int, str], ...]:
    """Return address, port and transport (``tcp`` or ``udp``) of everything that is listened on."""
    found: list[tuple[str, int, str]] = []
    for kind, namespace in read.groups(BY_KIND):
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == "gateways" else ():
            plan = read(plan_gateway, ref)
            for port in plan.ports if plan else ():
                settings = port.listeners[0].settings
                if port.protocol is not Protocol.UDP:
                    found.append((port.address, port.port, "tcp"))
                if port.protocol is Protocol.UDP or settings.http3:
                    found.append((port.address, port.port, "udp"))
    return tuple(found)


def _conditions(match: Match) -> str:
    words = list(match.methods and ["|".join(match.methods)])
    for what, values in (("header", match.headers), ("query", match.queries), ("cookie", match.cookies)):
        for name, value in values.items():
            kind = value.kind or "exact"
            content = getattr(value, kind)
            words.append(f"{what} {name} {kind if kind != 'exact' else '='} {content}")
    if match.source_ips:
        words.append(f"from {', '.join(match.source_ips)}")
    if match.grpc:
        words.append("grpc")
    return ", ".join(words)


def _action(route: Route) -> str:
    if route.redirect:
        return f"redirect {route.redirect.status}"
    if route.respond:
        return f"respond {route.respond.status}"
    if len(route.to) == 1:
        return _backend(route.to[0].service, route.to[0].subset)
    return ", ".join(f"{_backend(item.service, item.subset)} ({item.weight})" for item in route.to)


def _backend(service: str, subset: str | None) -> str:
    return f"{service}:{subset}" if subset else service
