"""Entrances: what a listener does with a request before it looks for a route.

It brings the path into normal form, refuses what is malformed or too large, and finds the client's address; all as the
compiled connection manager says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crossway.compile.contract import Site, Target
from crossway.compile.envoy.fragments import compile_policies
from crossway.compile.envoy.merge import merge
from crossway.memo import Read
from crossway.plan.gateway import ListenerPlan, plan_gateway
from crossway.plan.route import Door
from crossway.protos import unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3
from crossway.simulation.arrival import Arrival
from crossway.simulation.client import client
from crossway.simulation.passed_on import passed_on
from crossway.simulation.path import is_plain, merge_slashes, normalize, unescape_slashes
from crossway.simulation.request import Aspect, Request

_Manager = hcm_v3.HttpConnectionManager

_KIB: Final = 1024
_VISIBLE: Final = re.compile(r"[!-~]*")
_HOST: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@\[\]%-]*")


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that is answered before a route is looked for."""

    status: int
    reason: str
    """Why, in a phrase."""
    headers: Mapping[str, str] = field(default_factory=dict)


class Entrance:
    """The settings of one connection manager that matter before routing."""

    def __init__(self, manager: hcm_v3.HttpConnectionManager) -> None:
        self._manager = manager
        common = manager.common_http_protocol_options
        self._normalizes = manager.normalize_path.value
        self._merges = manager.merge_slashes
        self._slashes = manager.path_with_escaped_slashes_action
        self._underscores = common.headers_with_underscores_action
        self._most_headers = common.max_headers_count.value or 100
        self._most_bytes = (manager.max_request_headers_kb.value or 60) * _KIB
        self._removed = frozenset(_removed(manager))
        self._client = client(manager)

    def arrive(self, request: Request) -> Arrival | Answered:
        """Return *request* as routes see it, or the answer that it gets without them."""
        target = request.path
        headers = request.headers
        path, mark, query = target.partition("?")
        plain = is_plain(path)
        if not _VISIBLE.fullmatch(query if plain else target):
            return Answered(400, "the path has a character that has to be escaped")
        if headers:
            refusal = self._measured(request)
            if refusal is not None:
                return refusal
            headers = self._kept(headers)
        if not _HOST.fullmatch(request.host):
            return Answered(400, "the host has a character that none may have")
        if not plain or "#" in query:
            result = self._normal(request, path, mark + query)
            if isinstance(result, Answered):
                return result
            target = result
        return Arrival(
            request.method, without_dot(request.host), target, headers, self._address(request), request.unknown
        )

    def passed_on(self, request: Request, arrival: Arrival) -> dict[str, str]:
        """Return the headers that routes give on to backends, before their own edits."""
        return passed_on(self._manager, request, arrival.headers)

    def _normal(self, request: Request, path: str, query: str) -> str | Answered:
        if not path.startswith("/"):
            return Answered(404, "the path does not begin with /")
        if "#" in path + query:
            return _refused(request, "the path has a fragment")
        redirects = False
        if self._slashes not in (_Manager.KEEP_UNCHANGED, _Manager.IMPLEMENTATION_SPECIFIC_DEFAULT):
            unescaped = unescape_slashes(path)
            if unescaped != path and self._slashes == _Manager.REJECT_REQUEST:
                return _refused(request, "the path has an escaped slash")
            redirects = unescaped != path and self._slashes == _Manager.UNESCAPE_AND_REDIRECT
            path = unescaped
        if self._normalizes:
            normal = normalize(path)
            if normal is None:
                return _refused(request, "the path cannot be brought into normal form")
            path = normal
        if self._merges:
            path = merge_slashes(path)
        if redirects and is_grpc(request.headers):
            return _refused(request, "the path of a gRPC call has an escaped slash")
        if redirects:
            return Answered(307, "the path has an escaped slash", {"location": path + query})
        return path + query

    def _measured(self, request: Request) -> Answered | None:
        headers = request.headers
        if self._underscores == core_v3.HttpProtocolOptions.REJECT_REQUEST:
            wrong = next((name for name in headers if "_" in name), None)
            if wrong is not None:
                return Answered(400, f"the header name {wrong} has an underscore")
        if len(headers) + 1 > self._most_headers:  # host is one of them
            return Answered(431, f"more than {self._most_headers} headers")
        head = len(f"{request.method} {request.path} HTTP/1.1\r\nhost: {request.host}\r\n\r\n")
        if head + sum(len(name) + len(value) + 4 for name, value in headers.items()) > self._most_bytes:
            return Answered(431, f"more than {self._most_bytes // _KIB} KiB of headers")
        return None

    def _kept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        drops = self._underscores == core_v3.HttpProtocolOptions.DROP_HEADER
        if not drops and self._removed.isdisjoint(headers):
            return headers
        return {
            name: value for name, value in headers.items() if name not in self._removed and not (drops and "_" in name)
        }

    def _address(self, request: Request) -> str | None:
        if request.client_ip is not None:
            return request.client_ip
        return None if Aspect.CLIENT_IP in request.unknown else self._client.of(request)


def _removed(manager: hcm_v3.HttpConnectionManager) -> list[str]:
    changes = [unpack(extension.typed_config) for extension in manager.early_header_mutation_extensions]
    return [
        mutation.remove
        for change in changes
        if isinstance(change, early_v3.HeaderMutation)
        for mutation in change.mutations
        if mutation.remove
    ]


def entrance(read: Read, door: Door) -> Entrance:
    """Return the entrance at the listener *door*."""
    return Entrance(_manager(read, door))


def _manager(read: Read, door: Door) -> hcm_v3.HttpConnectionManager:
    manager = hcm_v3.HttpConnectionManager()
    listener = _listener(read, door)
    if listener is None:
        return manager
    site = Site(door.gateway, door.gateway.namespace, listener=door.listener, secure=listener.settings.tls is not None)
    fragments, _ = compile_policies(read, Target.LISTENER, listener.policies, site)
    for fragment in fragments.values():
        if fragment.connection_manager is not None:
            merge(manager, fragment.connection_manager)
    return manager


def _listener(read: Read, door: Door) -> ListenerPlan | None:
    """Return the listener whose policies hold at *door*: without TLS, the first one of the port decides for all."""
    plan = read(plan_gateway, door.gateway)
    for port in plan.ports if plan else ():
        for listener in port.listeners:
            if listener.name == door.listener:
                return listener if listener.settings.tls else port.listeners[0]
    return None


def _refused(request: Request, reason: str) -> Answered:
    """Return the answer 400; for a gRPC call, the status INTERNAL."""
    return Answered(200, reason, {"grpc-status": "13"}) if is_grpc(request.headers) else Answered(400, reason)


def is_grpc(headers: Mapping[str, str]) -> bool:
    """Return whether Envoy answers a request with these *headers* as a gRPC call."""
    kind = headers.get("content-type", "")
    return kind == "application/grpc" or kind.startswith("application/grpc+")


def without_dot(host: str) -> str:
    """Return *host* without the dot of a fully qualified name."""
    name, colon, port = host.rpartition(":")
    if host.endswith("."):
        return host[:-1]
    return f"{name[:-1]}:{port}" if colon and name.endswith(".") else host


def hostname_of(host: str) -> str:
    """Return the hostname that *host* is looked up by: in lower case, without its port and without a last dot."""
    host = host.lower()
    colon = host.rfind(":")
    return (host[:colon] if colon > host.rfind("]") else host).removesuffix(".")
