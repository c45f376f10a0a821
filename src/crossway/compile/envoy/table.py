"""Route tables: all hosts of a filter chain, as one route configuration or in buckets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from crossway.compile.envoy import names
from crossway.compile.envoy.host import compile_host
from crossway.compile.envoy.layout import SCOPE_HEADER, Buckets, choose
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.source_ips import CLIENT_ADDRESS
from crossway.memo import Read
from crossway.model import hostname
from crossway.plan.gateway import RouteTable, misdirected, plan_gateway
from crossway.plan.host import candidates
from crossway.plan.route import BY_PLACE, Place
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3

SCOPES = "crossway"
"""The name of all scoped routes: listeners of one name share what they hold, and the table is part of each key."""


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


def answered_hosts(read: Read, table: RouteTable) -> tuple[Place, ...]:
    """Return every host that there is an answer for in *table*: those that it knows, and those of other listeners."""
    return tuple(sorted({*read(table_hosts, table), *(Place(table, name) for name in read(misdirected, table))}))


def host_weight(read: Read, place: Place) -> int:
    """Return how many routes *place* has, roughly: a number that one more route seldom changes."""
    return 1 << (len(read(candidates, place)) | 1).bit_length() - 1


def table_layout(read: Read, table: RouteTable) -> Buckets | None:
    """Return the layout of *table*; `None` means one route configuration."""
    exact = [place for place in read(table_hosts, table) if not _is_wildcard(place)]
    return choose({place.hostname: read(host_weight, place) for place in exact})


def scope_key(table: RouteTable, key: str) -> str:
    """Return the scope key of the bucket *key* of *table*."""
    return f"{names.table(table.gateway, table.name)}|{key}"


def compile_table(read: Read, table: RouteTable) -> tuple[Resource, ...]:
    """Return the resources of *table*."""
    layout = read(table_layout, table)
    if layout is not None:
        return tuple(resource for key in layout.keys if (resource := read(compile_bucket, table, key)) is not None)
    configuration = route_configuration(
        read, names.table(table.gateway, table.name), table, read(answered_hosts, table)
    )
    return (Resource.of(configuration.name, configuration, table.gateway),)


def table_buckets(read: Read, table: RouteTable) -> dict[str, tuple[Place, ...]]:
    """Return the hosts in each bucket of *table* by its key; under no key, the wildcard hosts."""
    layout = read(table_layout, table)
    found: defaultdict[str, list[Place]] = defaultdict(list)
    for place in read(answered_hosts, table):
        found["" if layout is None or _is_wildcard(place) else layout.key(place.hostname)].append(place)
    return {key: tuple(places) for key, places in found.items()}


def bucket_hosts(read: Read, table: RouteTable, key: str) -> tuple[Place, ...]:
    """Return the hosts in one bucket: the exact ones of its key, and all wildcards."""
    buckets = read(table_buckets, table)
    return (*buckets.get(key, ()), *buckets.get("", ()))


def compile_bucket(read: Read, table: RouteTable, key: str) -> Resource | None:
    """Return one bucket of *table* with its routes; `None` for one without hosts, in which all requests are a 404."""
    places = read(bucket_hosts, table, key)
    if not places:
        return None
    name = scope_key(table, key)
    scope = route_v3.ScopedRouteConfiguration(name=name)
    scope.key.fragments.add(string_key=name)
    scope.route_configuration.MergeFrom(route_configuration(read, name, table, places))
    scope.route_configuration.request_headers_to_remove.append(SCOPE_HEADER)
    return Resource.of(name, scope, table.gateway)


def route_configuration(
    read: Read, name: str, table: RouteTable, places: Iterable[Place]
) -> route_v3.RouteConfiguration:
    """Return the route configuration called *name* with the hosts *places* of *table*."""
    configuration = route_v3.RouteConfiguration(
        name=name,
        ignore_port_in_host_matching=True,
        request_headers_to_remove=[CLIENT_ADDRESS],
        virtual_hosts=[read(compile_host, place) for place in places],
    )
    configuration.validate_clusters.value = False  # they are sent before, and a missing one closes its route alone
    for port in _announced(read, table):
        configuration.response_headers_to_add.add(
            header=core_v3.HeaderValue(key="alt-svc", value=f'h3=":{port}"; ma=86400'),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
    return configuration


def _announced(read: Read, table: RouteTable) -> Iterable[int]:
    """Yield the port at which the routes of *table* are also served over HTTP/3 (RFC 9114, section 3.1.1)."""
    gateway = read(plan_gateway, table.gateway)
    for listener in gateway.listeners if gateway else ():
        if listener.table == table and listener.settings.http3:
            yield listener.settings.port


def _is_wildcard(place: Place) -> bool:
    return place.hostname.startswith("*")
