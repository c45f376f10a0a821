"""Outcomes: what becomes of one request that a route takes, with everything looked up that plays a part in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, TypeVarTuple

from crossway.compile.envoy import names
from crossway.compile.envoy.host import virtual_host
from crossway.compile.envoy.layout import SCOPE_HEADER
from crossway.compile.envoy.route import compile_route
from crossway.compile.envoy.table import route_configuration, table_layout
from crossway.memo import Read
from crossway.plan.gateway import RouteTable
from crossway.plan.host import Candidate
from crossway.plan.route import Place, plan_route
from crossway.plan.service import plan_service
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.simulation.arrival import Arrival
from crossway.simulation.effect import Effect, Surroundings, effect
from crossway.simulation.entrance import entrance
from crossway.simulation.request import Request

Args = TypeVarTuple("Args")
V = TypeVar("V", covariant=True)


class Ask(Protocol):
    """Whatever answers queries: a pipeline, or the `Read` of another query."""

    def __call__(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of *query*."""


def outcome(ask: Ask, request: Request, arrival: Arrival, candidate: Candidate, place: Place) -> Effect:
    """Return what *candidate*, found at *place*, does with *request*, which came to it as *arrival*."""
    route = ask(compile_route, candidate.route, candidate.index, candidate.door).whole
    headers = ask(entrance, candidate.door).passed_on(request, arrival)
    plan = ask(plan_route, candidate.route)
    services = [ask(plan_service, backend.service) for backend in plan.backends if backend.service] if plan else []
    has_names = any(endpoint.is_name for service in services if service for endpoint in service.service.endpoints)
    around = Surroundings(ask(host_settings, place), ask(table_settings, place.table), has_names)
    return effect(route, around, arrival, headers)


def host_settings(read: Read, place: Place) -> route_v3.VirtualHost:
    """Return what holds for all routes of *place*, without any of them."""
    return virtual_host(read, place, ())


def table_settings(read: Read, table: RouteTable) -> route_v3.RouteConfiguration:
    """Return what holds for all routes of *table*, without any of them."""
    settings = route_configuration(read, names.table(table.gateway, table.name), table, ())
    if read(table_layout, table) is not None:
        settings.request_headers_to_remove.append(SCOPE_HEADER)
    return settings
