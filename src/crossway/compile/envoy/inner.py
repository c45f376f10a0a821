"""The inner listener: where the Python runtime reaches the backends of routes, and services by their names.

Law: it is the listener of the clients, without its filters, which requests have passed when they come here. A route is
found by its name alone, so that nothing a plugin changes can lead a request into another route.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from crossway.compile import sampling, variables
from crossway.compile.envoy import names, python, spans
from crossway.compile.envoy.cluster import SAFE_RETRIES, service_fragments
from crossway.compile.envoy.listener import table_manager
from crossway.compile.envoy.merge import merge
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.route import compile_route
from crossway.compile.program import PEER, RESERVED, ROUTE, STEP, UPSTREAM, socket_path
from crossway.memo import Index, Read
from crossway.model import Ref
from crossway.plan.gateway import RouteTable
from crossway.plan.route import BY_KIND, Door, Place, RoutePlan, plan_route
from crossway.plan.tables import RESOURCES
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.http.original_ip_detection.custom_header import v3 as custom_header_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_input_v3
from crossway.protos.xds.core import v3 as xds_core_v3

LINGER: Final = timedelta(milliseconds=100)
"""How long Envoy waits for the runtime to hang up before it does: when a WebSocket ends, or an answer comes too early.

The default, a second, comes on top of that of the listener of the clients. None at all loses answers: a runtime that is
still sending meets a closed connection before it has read what came. Envoy's documentation of `delayed_close_timeout`
puts the least of use at a round trip, which is nothing here, and 100 ms.
"""


def _tables(read: Read, ref: Ref) -> frozenset[RouteTable]:
    """Return the tables in which the route *ref* has Python."""
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    return frozenset(place.table for place, door, _ in _behind(read, plan)) if plan is not None else frozenset()


def _behind(read: Read, plan: RoutePlan) -> Iterator[tuple[Place, Door, tuple[str, route_v3.Route]]]:
    """Yield each match of a route with Python: where it stands, its word for the runtime, and what is behind it."""
    if plan.closed is not None:
        return
    for place, door in plan.placements:
        for index in range(len(plan.route.matches)):
            route = read(compile_route, plan.ref, index, door).inner
            if route is not None:
                yield place, door, (names.behind(plan.ref, index, door.listener), route)


BEHIND: Index[Ref, RouteTable] = Index(RESOURCES, _tables, "behind Python")


def compile_inner(read: Read, table: RouteTable) -> tuple[Resource, ...]:
    """Return the inner listener behind *table* and its routes; nothing where no route has Python."""
    behind = read.group(BEHIND, table)
    manager = read(table_manager, table) if behind else None
    if manager is None:
        return ()
    name = names.inner(table.gateway, table.name)
    messages = (
        _listener(name, _manager(name, manager)),
        _routes(name, dict(_reached(read, table, behind))),
    )
    return tuple(Resource.of(message.name, message, table.gateway) for message in messages)


def called(read: Read, table: RouteTable) -> tuple[Ref, ...]:
    """Return the services that Python of routes in *table* may call.

    Those are the ones that policies name, and for plugins, which name them when they run, all of their namespace.
    """
    services: dict[Ref, None] = {}
    namespaces: set[str] = set()
    for ref in read.group(BEHIND, table):
        plan = read(plan_route, ref)
        services |= dict.fromkeys(plan.services if plan else ())
        for door in dict.fromkeys(door for _, door in plan.placements) if plan else ():
            namespaces |= python.namespaces(read(compile_route, ref, 0, door).needs)
    for namespace in sorted(namespaces):
        services |= dict.fromkeys(read.group(BY_KIND, ("services", namespace)))
    return tuple(services)


def _reached(read: Read, table: RouteTable, behind: Iterable[Ref]) -> Iterator[tuple[str, route_v3.Route]]:
    """Yield the words of the routes with what they do, then those of the services that their Python may call."""
    for ref in behind:
        plan = read(plan_route, ref)
        if plan is not None:
            yield from (found for place, _, found in _behind(read, plan) if place.table == table)
    for service in read(called, table):
        route = route_v3.Route(
            name=names.call(service),
            match=route_v3.RouteMatch(prefix="/"),
            route=route_v3.RouteAction(cluster=names.cluster(service)),
            tracing=spans.of_call(service.local),
        )
        for fragment in read(service_fragments, service).values():
            if fragment.route is not None:
                merge(route, fragment.route)
        if not route.route.HasField("timeout"):
            route.route.timeout.FromTimedelta(timedelta())
        yield route.name, route


def _routes(name: str, reached: Mapping[str, route_v3.Route]) -> route_v3.RouteConfiguration:
    """Return the table in which routes are found by the words under which they are *reached*.

    A plugin may have changed the path to one that the condition of the route would not take: then the same route
    takes it all the same, as it is in the list again with any path.
    """
    host = route_v3.VirtualHost(name=name, domains=["*"])
    host.retry_policy.retry_on = SAFE_RETRIES
    host.retry_policy.num_retries.value = 2
    word = matcher_input_v3.HttpRequestHeaderMatchInput(header_name=ROUTE)
    tree = host.matcher.matcher_tree
    tree.input.CopyFrom(xds_core_v3.TypedExtensionConfig(name="route", typed_config=pack(word)))
    for known_as, route in sorted(reached.items()):
        anyhow = route_v3.Route()
        anyhow.CopyFrom(route)
        anyhow.match.Clear()
        anyhow.match.prefix = "/"
        action = tree.exact_match_map.map[known_as].action
        action.name = "routes"
        routes = [route] if route.match == anyhow.match else [route, anyhow]
        action.typed_config.CopyFrom(pack(route_v3.RouteList(routes=routes)))
    table = route_v3.RouteConfiguration(
        name=name,
        virtual_hosts=[host],
        request_headers_to_remove=(*RESERVED, STEP, sampling.DECIDED, "x-envoy-external-address"),
    )
    table.response_headers_to_add.add(
        header=core_v3.HeaderValue(key=UPSTREAM, value=variables.UPSTREAM),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
    table.validate_clusters.value = False
    return table


def _manager(name: str, outer: hcm_v3.HttpConnectionManager) -> hcm_v3.HttpConnectionManager:
    """Return the connection manager behind the listener whose own is *outer*."""
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix=f"{outer.stat_prefix}_inner",
        codec_type=hcm_v3.HttpConnectionManager.HTTP1,
        server_header_transformation=hcm_v3.HttpConnectionManager.PASS_THROUGH,
        local_reply_config=outer.local_reply_config,
        preserve_external_request_id=True,
        skip_xff_append=True,
        http_filters=[outer.http_filters[-1]],
    )
    if outer.HasField("tracing"):
        spans.trace_below(manager, outer)
    if outer.HasField("stream_idle_timeout"):
        manager.stream_idle_timeout.CopyFrom(outer.stream_idle_timeout)
    manager.delayed_close_timeout.FromTimedelta(LINGER)
    manager.upgrade_configs.extend(outer.upgrade_configs)
    manager.http_protocol_options.enable_trailers = True
    manager.rds.route_config_name = name
    manager.rds.config_source.resource_api_version = core_v3.ApiVersion.V3
    manager.rds.config_source.ads.SetInParent()
    if outer.HasField("tracing"):
        deciding = header_mutation_v3.HeaderMutation()
        deciding.mutations.add().append.CopyFrom(sampling.decided())
        manager.early_header_mutation_extensions.add(
            name="envoy.http.early_header_mutation.header_mutation", typed_config=pack(deciding)
        )
    peer = custom_header_v3.CustomHeaderConfig(header_name=PEER, allow_extension_to_set_address_as_trusted=True)
    manager.original_ip_detection_extensions.add(
        name="envoy.http.original_ip_detection.custom_header", typed_config=pack(peer)
    )
    return manager


def _listener(name: str, manager: hcm_v3.HttpConnectionManager) -> listener_v3.Listener:
    """Return the listener: at a socket in the directory of the proxy, where processes beside it can come too."""
    listener = listener_v3.Listener(name=name)
    listener.address.pipe.path = socket_path(name)
    listener.address.pipe.mode = 0o600
    listener.traffic_direction = core_v3.TrafficDirection.OUTBOUND  # so its spans are those of a client
    chain = listener.filter_chains.add()
    chain.filters.add(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
    return listener
