"""Plugins that answer whole routes from a process of their own: the proxy itself forwards requests to it.

Law: all policies of the route hold before it, natively. A WebSocket passes there as to any other backend, which it does
not through Python in the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec import json

from crossway.compile.envoy import names
from crossway.compile.envoy.cluster import SAFE_RETRIES
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import PEER, SERVER, WORD, Entry, PluginStep, Program, process_path, step_word
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.google import protobuf

_UNBOUNDED = 2**32 - 1
"""What a process takes is limited by its own bounds."""


def is_forwarded(entry: Entry) -> bool:
    """Return whether the proxy itself forwards what *entry* says, with no other Python before it."""
    return len(entry.steps) == 1 and entry.steps[0].kind == SERVER


def forward(entry: Entry) -> route_v3.Route:
    """Return the action that leads to the process of *entry*. It is tried again while that is being started."""
    route = route_v3.Route(route=route_v3.RouteAction(cluster=names.process(_socket(entry))))
    route.route.timeout.FromTimedelta(timedelta())
    retries = route.route.retry_policy
    retries.retry_on = SAFE_RETRIES
    retries.num_retries.value = 6
    retries.retry_back_off.base_interval.FromTimedelta(timedelta(milliseconds=100))
    retries.retry_back_off.max_interval.FromTimedelta(timedelta(seconds=1))
    for name, value in ((WORD, step_word(entry, 0)), (PEER, "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")):
        route.request_headers_to_add.add(
            header=core_v3.HeaderValue(key=name, value=value),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
    route.response_headers_to_remove.append("server")  # which says what serves there
    return route


def clusters(program: Program) -> Iterator[Resource]:
    """Yield the clusters of the processes to which the proxy itself forwards."""
    for socket in sorted({_socket(entry) for entry in program.entries.values() if is_forwarded(entry)}):
        name = names.process(socket)
        cluster = cluster_v3.Cluster(
            name=name, type=cluster_v3.Cluster.STATIC, connect_timeout=protobuf.Duration(seconds=1)
        )
        thresholds = cluster.circuit_breakers.thresholds.add()
        for limit in (
            thresholds.max_connections,
            thresholds.max_pending_requests,
            thresholds.max_requests,
            thresholds.max_retries,
        ):
            limit.value = _UNBOUNDED
        address = core_v3.Address(pipe=core_v3.Pipe(path=socket))
        cluster.load_assignment.cluster_name = name
        cluster.load_assignment.endpoints.add(
            lb_endpoints=[endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=address))]
        )
        yield Resource.of(name, cluster)


def _socket(entry: Entry) -> str:
    return process_path(json.decode(entry.steps[0].settings, type=PluginStep), SERVER)
