"""Route tables: all hosts of a filter chain."""

from __future__ import annotations

from crossway.compile.envoy import names
from crossway.compile.envoy.host import compile_host
from crossway.compile.envoy.resource import Resource
from crossway.memo import Read
from crossway.model import hostname
from crossway.plan.gateway import RouteTable, plan_gateway
from crossway.plan.route import BY_PLACE, Place
from crossway.protos.envoy.config.route import v3 as route_v3


def table_hosts(read: Read, table: RouteTable) -> tuple[Place, ...]:
    """Return every host that *table* knows: those of its routes, and those its listeners claim for themselves.

    The latter may have no route. They are there all the same: a request for one must not reach a less specific host.
    """
    places = {place for place in read.groups(BY_PLACE) if place.table == table}
    gateway = read(plan_gateway, table.gateway)
    for listener in gateway.listeners if gateway else ():
        if listener.table == table:
            places |= {Place(table, name) for name in listener.hostnames if name != hostname.CATCH_ALL}
    return tuple(sorted(places))


def compile_table(read: Read, table: RouteTable) -> Resource:
    """Return the route configuration of *table*."""
    configuration = route_v3.RouteConfiguration(
        name=names.table(table.gateway, table.name),
        ignore_port_in_host_matching=True,
        virtual_hosts=[read(compile_host, place) for place in read(table_hosts, table)],
    )
    configuration.validate_clusters.value = False  # they are sent before, and a missing one closes its route alone
    return Resource.of(configuration.name, configuration, table.gateway)
