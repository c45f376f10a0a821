"""Crossway in plain data: what the admin pages answer and the command line shows, with nothing secret in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from crossway.compile.envoy.inventory import RouteRow
from crossway.compile.envoy.resource import Resource
from crossway.daemon.redaction import redact
from crossway.daemon.snapshots import opened
from crossway.protos import to_dict, type_url
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.xds.snapshot import Snapshot

if TYPE_CHECKING:  # gRPC is slow to import, and whoever describes a configuration alone needs none
    from crossway.daemon.control import ControlPlane
    from crossway.xds.proxies import Proxy

KINDS: Final = {
    type_url(listener_v3.Listener): "listeners",
    type_url(route_v3.RouteConfiguration): "routes",
    type_url(route_v3.ScopedRouteConfiguration): "routes",
    type_url(cluster_v3.Cluster): "clusters",
    type_url(endpoint_v3.ClusterLoadAssignment): "endpoints",
    type_url(tls_v3.Secret): "secrets",
    type_url(core_v3.TypedExtensionConfig): "filters",
}
"""Resources of Envoy by the word that `crossway show xds --type` uses."""


def describe_control(control: ControlPlane) -> dict[str, object]:
    """Return what a control plane serves, as plain data."""
    state = control.state
    return {
        "revision": state.revision,
        "last_good": state.last_good,
        "refused": state.refused,
        "resources": state.resources,
    }


def describe_proxy(control: ControlPlane, proxy: Proxy) -> dict[str, object]:
    """Return how far one proxy is, as plain data."""
    published = control.server.snapshots.get(proxy.view)
    is_live = published is not None and proxy.live == published.version
    return {
        "id": proxy.node.id,
        "view": proxy.view,
        "address": proxy.address,
        "live": is_live,
        "revision": control.state.revision if is_live else None,
        "version": proxy.live,
        "acknowledged": proxy.acknowledged,
        "warming": list(proxy.warming),
        "refused": [
            {"resource": refused.resource.name if refused.resource else None, "message": refused.message}
            for refused in proxy.refused
        ],
    }


def describe_routes(rows: Iterable[RouteRow]) -> list[dict[str, object]]:
    """Return the inventory, a mapping for each row."""
    return [asdict(row) for row in rows]


def describe_snapshot(snapshot: Snapshot) -> list[dict[str, object]]:
    """Return each resource of *snapshot*: its kind, name and version, what it is about, and what it says."""
    held = (resource for of_type in snapshot.resources.values() for resource in of_type.values())
    return [_describe(resource) for resource in sorted(held, key=lambda one: (_kind(one), one.name))]


def _describe(resource: Resource) -> dict[str, object]:
    message = opened(resource)
    redact(message)
    return {
        "type": _kind(resource),
        "name": resource.name,
        "version": resource.version,
        "about": str(resource.about) if resource.about else None,
        "resource": _ordered({"@type": resource.type_url, **to_dict(message)}),
    }


def _ordered(value: object) -> object:
    """Return plain data with its keys in order, those that say what it is first: maps of protobuf have none."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: (key not in ("@type", "name"), key))}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def _kind(resource: Resource) -> str:
    return KINDS[resource.type_url]
