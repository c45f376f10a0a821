"""Plugins that answer whole routes from a process of their own: the proxy itself forwards requests to it.

Law: all policies of the route hold before it, natively. A WebSocket passes there as to any other backend.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec import json

from crossway.compile.envoy import names
from crossway.compile.envoy.cluster import SAFE_RETRIES, own_cluster
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import PEER, SERVER, WORD, Entry, PluginStep, Program, process_path, step_word
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3


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
        yield Resource.of(name, own_cluster(name, core_v3.Address(pipe=core_v3.Pipe(path=socket))))


def _socket(entry: Entry) -> str:
    return process_path(json.decode(entry.steps[0].settings, type=PluginStep), SERVER)
