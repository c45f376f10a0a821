"""Routes of a declarative file, with their services and plugins."""

from __future__ import annotations

from typing import Final

from crossway.dialects.contract import Object, Translation
from crossway.dialects.kong import router
from crossway.dialects.kong.entity import SERVICE, named, native_name, stricter, trouble
from crossway.dialects.kong.forwarding import Forwarding, forward
from crossway.dialects.kong.gateway import certificates, gateway
from crossway.dialects.kong.policies import route_policies
from crossway.dialects.kong.route import Route
from crossway.dialects.kong.service import Service, service_ref, upstream_of
from crossway.dialects.kong.streams import streams, unsayable
from crossway.dialects.kong.upstream import targets
from crossway.memo import Read
from crossway.model import is_ip_address

_IN_CLEAR: Final = frozenset({"http", "grpc", "ws"})


def translate_route(read: Read, found: Object[Route]) -> Translation:
    """Return the routes of the model that a route of Kong is: one for each priority that its paths have."""
    route = found.value.spelled_out
    entrance = gateway(read, found.key, found.source)
    service = named(read, Service, SERVICE, route.service)
    if service is not None and not service.value.enabled:
        return Translation(entrance)
    if route.is_stream:
        return _stream(read, found, service)
    said = route_policies(read, service.key.name if service else "", found.key.name)
    closed = said.closed
    findings = list(said.findings)
    if route.service and service is None:
        closed = trouble("reference.dangling", f"there is no service {route.service!r}", ("service",))
        findings.append(closed)
    if not _IN_CLEAR.intersection(route.protocols) and not read(certificates):
        message = "only requests over TLS are taken, and there is no certificate for a listener of them"
        findings.append(stricter(message, ("protocols",)))
    forwarding = Forwarding(
        native_name(found.key.name),
        route,
        found.source,
        said,
        service_ref(service).local if service else "",
        (service.value.path if service else None) or "/",
        _host(read, service, route) if service else None,
        closed,
    )
    made = tuple(forward(read, forwarding))
    findings += (one.closed for one in made if one.closed is not None and one.closed is not said.closed)
    return Translation((*entrance, *made), tuple(dict.fromkeys(findings)))


def _stream(read: Read, found: Object[Route], service: Object[Service] | None) -> Translation:
    """Return what a route of connections is. A plugin that holds for one is none of HTTP, and cannot be said."""
    said = route_policies(read, service.key.name if service else "", found.key.name)
    why = unsayable(found.value) or said.closed
    if why is None and service is None:
        why = trouble("reference.dangling", f"there is no service {found.value.service!r}", ("service",))
    if why is not None or service is None:
        return Translation((), () if why is None or why is said.closed else (why,))
    return Translation(tuple(streams(read, found, service_ref(service).name)))


def _host(read: Read, service: Object[Service], route: Route) -> str | None:
    """Return the host that the backend sees; `None` for that of the client."""
    if route.preserve_host:
        return None
    upstream = upstream_of(read, service.value)
    if upstream is None:
        return service.value.host_header if service.value.host else None
    if upstream.value.host_header:
        return upstream.value.host_header
    hosts = {router.split_host(target.target)[0] for target in targets(read, upstream)}
    return None if all(map(is_ip_address, hosts)) else "backend"
