"""Treatments: what a configuration does with a request, but for the request; and in what two of them differ.

There are as many treatments as there are ways through a configuration, and a day has millions of requests. So each
treatment is worked out once, each pair of them is compared once, and a request only finds its pair.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from crossway.compile.envoy.route import compile_route
from crossway.memo import Read
from crossway.model import Part, Redirect, Ref, Respond, Route, Service, format_duration
from crossway.plan.attachment import Effective
from crossway.plan.gateway import plan_gateway
from crossway.plan.route import Door, RoutePlan, backend_policies, plan_route, route_policies
from crossway.plan.service import ServicePlan, plan_service

Policies = Mapping[str, object]

NOWHERE: Final = "-"
"""Stands for the route of a request that no route takes."""
_MOST: Final = 12
"""Details of one change that are told."""
_LONGEST: Final = 80
"""Characters of a value that are told."""


class Kind(enum.StrEnum):
    """What may be different, in the order in which it is told."""

    ROUTE = "route"
    NOT_FOUND = "not found"
    """No route takes it any more."""
    REACHED = "reached"
    """A route takes it, and none did."""
    LISTENER = "listener"
    HOSTNAME = "hostname"
    ACTION = "action"
    """Where it is forwarded, or how the gateway answers it."""
    STATUS = "status"
    """The status that the gateway gives it; of what is forwarded only the service knows that."""
    POLICY = "policy"
    SERVICE = "service"
    """The service has the same name and is another."""


@dataclass(frozen=True, eq=False, slots=True)
class Treatment:
    """What becomes of a request. Two of them are told apart by identity: there is one for each way."""

    route: str = NOWHERE
    listener: str = ""
    """The listener of the route; empty for what no route takes, as is the hostname."""
    hostname: str = ""
    """The hostname under which the route was found."""
    action: str = "no route"
    """What is done, in words."""
    status: int | None = None
    """The status that the gateway answers with; `None` if it forwards, 0 if nobody answers."""
    respond: Respond | None = None
    """The answer, if it gives one."""
    policies: Policies = field(default_factory=dict)
    """What holds for it, by what it is called."""
    services: Mapping[str, ServicePlan] = field(default_factory=dict)
    """The services that it may reach."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is different about a request."""

    before: str
    """The route that takes it."""
    after: str
    kinds: tuple[Kind, ...]
    details: tuple[str, ...]
    """In words, an entry for each thing that is different."""


def route_treatment(read: Read, ref: Ref, index: int, door: Door, hostname: str, entered: str) -> Treatment:
    """Return what becomes of a request that match *index* of the route *ref* takes.

    It is found under *hostname* behind *door*, and *entered* is the listener whose settings hold for the connection.
    """
    plan = read(plan_route, ref)
    assert plan is not None, f"{ref} was placed without a plan"
    listener = f"{door.gateway.local}/{door.listener}"
    finding = read(compile_route, ref, index, door).finding
    if finding is not None:
        return Treatment(ref.local, listener, hostname, f"closed ({finding.code})", 503)
    route = plan.route
    policies = {
        **_policies(read(route_policies, ref, door)),
        **_policies(_listener_policies(read, door.gateway, entered), " of the listener"),
        **{
            name: spec
            for number, backend in enumerate(plan.backends)
            for name, spec in _policies(backend_policies(read, ref, door, number), f" of backend {backend}").items()
        },
    }
    services = {ref.local: service for ref in plan.services if (service := read(plan_service, ref)) is not None}
    return Treatment(ref.local, listener, hostname, _action(plan), _status(route), route.respond, policies, services)


def _policies(policies: tuple[Effective, ...], where: str = "") -> Policies:
    return {f"{policy.name}{where}": policy.spec for policy in policies}


def _listener_policies(read: Read, gateway: Ref, name: str) -> tuple[Effective, ...]:
    plan = read(plan_gateway, gateway)
    found = (listener.policies for listener in plan.listeners if listener.name == name) if plan else iter(())
    return next(found, ())


def _status(route: Route) -> int | None:
    answer = route.respond or route.redirect
    return answer.status if answer else None


def _action(plan: RoutePlan) -> str:
    route = plan.route
    if route.redirect:
        return f"redirect to {_target(route.redirect)}"
    if route.respond:
        return "respond"
    if route.answering:
        return ", ".join(route.answering)
    if len(plan.backends) == 1:
        return f"to {plan.backends[0]}"
    return f"to {', '.join(f'{item} ({item.weight})' for item in plan.backends)}"


def _target(redirect: Redirect) -> str:
    host = redirect.hostname or ("" if redirect.scheme is None and redirect.port is None else "the same host")
    port = f":{redirect.port}" if redirect.port else ""
    scheme = f"{redirect.scheme}://" if redirect.scheme else "//" if host else ""
    prefix = None if redirect.path_prefix is None else f"{redirect.path_prefix.rstrip('/')}/*"
    query = "" if redirect.keep_query else ", without the query"
    return f"{scheme}{host}{port}{redirect.path or prefix or ''}{query}"


def compare(before: Treatment, after: Treatment) -> Change | None:
    """Return what is different between two treatments, `None` if nothing is."""
    kinds: dict[Kind, None] = {}
    details: list[str] = []

    def told(kind: Kind, one: object, other: object) -> None:
        if one != other:
            kinds[kind] = None
            details.append(f"{kind}: {one or NOWHERE} -> {other or NOWHERE}")

    if before.route != after.route:
        kinds[Kind.ROUTE] = None
        if NOWHERE in (before.route, after.route):
            kinds[Kind.NOT_FOUND if after.route == NOWHERE else Kind.REACHED] = None
    if before.listener and after.listener:
        told(Kind.LISTENER, before.listener, after.listener)
        told(Kind.HOSTNAME, before.hostname, after.hostname)
    told(Kind.ACTION, before.action, after.action)
    told(Kind.STATUS, _status_word(before.status), _status_word(after.status))
    if before.listener and after.listener:
        for kind, what, words in _settings(before, after):
            kinds[kind] = None
            details.append(f"{kind} {what}: {', '.join(words)}")
    if not kinds:
        return None
    if len(details) > _MOST:
        details[_MOST - 1 :] = [f"and {len(details) - _MOST + 1} more"]
    return Change(before.route, after.route, tuple(kind for kind in Kind if kind in kinds), tuple(details))


def _settings(before: Treatment, after: Treatment) -> Iterator[tuple[Kind, str, list[str]]]:
    """Yield what two treatments by routes are told to do differently. Services that only one has are told as action."""
    found = [(Kind.POLICY, name, one, other) for name, one, other in _both(before.policies, after.policies)]
    if before.respond and after.respond:
        found.append((Kind.ACTION, "respond", before.respond, after.respond))
    for name in sorted(before.services.keys() & after.services.keys()):
        one, other = before.services[name], after.services[name]
        found.append((Kind.SERVICE, name, one.service, other.service))
        where = f" of the service {name}"
        policies = _both(_policies(one.policies, where), _policies(other.policies, where))
        found += [(Kind.POLICY, policy, spec, its) for policy, spec, its in policies]
    for kind, name, setting, its in found:
        words = list(_differences(setting, its))
        if words:
            yield kind, name, words


def _both(before: Policies, after: Policies) -> list[tuple[str, object, object]]:
    return [(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())]


def _status_word(status: int | None) -> str:
    return "of the service" if status is None else str(status or "none")


def _differences(before: object, after: object) -> Iterator[str]:
    """Yield what two settings say differently, field by field."""
    if before is None or after is None:
        if before is not after:
            yield "added" if before is None else "removed"
        return
    if type(before) is not type(after):
        yield f"{_word(before)} -> {_word(after)}"
        return
    one, other = dict(_leaves("", before)), dict(_leaves("", after))
    for path in dict.fromkeys((*one, *other)):
        if one.get(path) != other.get(path):
            words = _word(one.get(path)), _word(other.get(path))
            yield f"{path} {words[0]} -> {words[1]}" if words[0] != words[1] else f"{path} changed"


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield every field in *value* that has no fields itself. Policies of a service are told on their own."""
    if isinstance(value, Part):
        left_out = "policies" if isinstance(value, Service) else ""
        for name in type(value).model_fields:
            if name != left_out:
                yield from _leaves(f"{path}.{name}" if path else name, getattr(value, name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    else:
        yield path, value


def _word(value: object) -> str:
    """Return how people write *value*, as far as that is short."""
    text = _written(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _written(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case timedelta():
            return format_duration(value)
        case tuple() | frozenset():
            return f"[{', '.join(map(_written, value))}]"
        case Part():
            written = (
                (name, getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set
            )
            return f"{{{', '.join(f'{name}: {_written(item)}' for name, item in written)}}}"
        case _:
            return str(value)
