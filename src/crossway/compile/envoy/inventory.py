"""The inventory: every route at every place where it is reached, as rows that a person can read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crossway.compile.envoy.answer import is_closed
from crossway.compile.envoy.quarantine import CompiledRoute
from crossway.compile.envoy.route import compile_route
from crossway.memo import Read
from crossway.model import Match, Route
from crossway.plan.host import Candidate, candidates
from crossway.plan.route import BY_DOOR, BY_PLACE, Door, Place, RoutePlan, plan_route, route_policies


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
    """``live``; or what became of it, with the code of the finding: ``closed`` (it answers 503), ``last good`` (the one
    from before is live), ``left out``."""


def inventory(read: Read) -> tuple[RouteRow, ...]:
    """Return a row for each match of each route on each host, in the order in which they are tried."""
    rows: list[RouteRow] = []
    for place in read.groups(BY_PLACE):
        for candidate in read(candidates, place):
            plan = read(plan_route, candidate.route)
            if plan is not None:
                rows.append(_row(read, place, candidate, plan))
    for door in read.groups(BY_DOOR):
        for ref in read.group(BY_DOOR, door):
            plan = read(plan_route, ref)
            if plan is not None:
                rows.extend(_stream_rows(door, plan))
    return tuple(rows)


def _row(read: Read, place: Place, candidate: Candidate, plan: RoutePlan) -> RouteRow:
    return RouteRow(
        gateway=candidate.door.gateway.local,
        listener=candidate.door.listener,
        hostname=place.hostname,
        path=str(candidate.match.effective_path),
        conditions=_conditions(candidate.match),
        route=candidate.route.local,
        action=_action(plan.route),
        policies=tuple(policy.name for policy in read(route_policies, candidate.route, candidate.door)),
        state=_state(read(compile_route, candidate.route, candidate.index, candidate.door)),
    )


def _stream_rows(door: Door, plan: RoutePlan) -> Iterator[RouteRow]:
    for name in plan.route.hostnames or ("*",):
        action, state = _action(plan.route), f"closed: {plan.closed.code}" if plan.closed else "live"
        yield RouteRow(door.gateway.local, door.listener, name, "", "", plan.ref.local, action, (), state)


def _state(compiled: CompiledRoute) -> str:
    if compiled.finding is None:
        return "live"
    word = ("closed" if is_closed(compiled.message) else "last good") if compiled.served else "left out"
    return f"{word}: {compiled.finding.code}"


def _conditions(match: Match) -> str:
    words = list(match.methods and ["|".join(match.methods)])
    for what, values in (("header", match.headers), ("query", match.queries), ("cookie", match.cookies)):
        for name, value in values.items():
            kind = value.kind or "exact"
            content = getattr(value, kind)
            words.append(f"{what} {name} {'not ' * value.invert}{kind if kind != 'exact' else '='} {content}")
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
    if route.answering:
        return ", ".join(route.answering)
    return ", ".join(f"{item} ({item.weight})" for item in route.to) if len(route.to) > 1 else str(route.to[0])
