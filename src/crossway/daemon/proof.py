"""The last word on a snapshot: the real Envoy, asked whether it would take it, without serving.

Law: whoever is blamed is refused alone. Envoy names the field it dislikes and rarely the resource it stands in, so the
guilty ones are found by halves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from google.protobuf.message import Message

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.daemon.snapshots import opened
from crossway.fleet.validate import static, validate
from crossway.model import Finding, Findings
from crossway.protos import to_dict, unpack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.xds.snapshot import Snapshot

T = TypeVar("T")
Suspect = tuple[Resource, Message]


def prove(snapshot: Snapshot) -> Findings:
    """Return a finding ``proxy.refused`` for each resource of *snapshot* that Envoy would refuse.

    Without any, it takes 0.1 s. Raises `subprocess.TimeoutExpired` if Envoy hangs.
    """
    held = [(resource, opened(resource)) for of_type in snapshot.resources.values() for resource in of_type.values()]
    endpoints = {
        message.cluster_name: message for _, message in held if isinstance(message, endpoint_v3.ClusterLoadAssignment)
    }
    secrets = [message for _, message in held if isinstance(message, tls_v3.Secret)]
    clusters: list[Suspect] = []
    others: list[Suspect] = []
    for resource, message in held:
        match message:
            case cluster_v3.Cluster():
                clusters.append((resource, _with_endpoints(message, endpoints)))
            case listener_v3.Listener() | route_v3.RouteConfiguration():
                others.append((resource, message))
            case route_v3.ScopedRouteConfiguration():
                others.append((resource, message.route_configuration))
            case _:
                pass
    whole = _refusal([*secrets, *(message for _, message in (*clusters, *others))])
    if whole is None:
        return ()
    guilty = _guilty(clusters, lambda half: _refusal([*secrets, *(message for _, message in half)]))
    blamed = {resource for (resource, _), _ in guilty}
    known = [*secrets, *(message for resource, message in clusters if resource not in blamed)]
    guilty += _guilty(others, lambda half: _refusal([*known, *(message for _, message in half)]))
    found = [finding for suspect, reason in guilty for finding in _findings(suspect, reason)]
    return tuple(found) or (Finding("proxy.refused", f"the proxy refuses the configuration as a whole: {whole}"),)


def _with_endpoints(cluster: cluster_v3.Cluster, endpoints: dict[str, endpoint_v3.ClusterLoadAssignment]) -> Message:
    """Return a cluster that holds the endpoints it would be given in their own lane."""
    if cluster.type == cluster_v3.Cluster.EDS and cluster.name in endpoints:
        cluster.type = cluster_v3.Cluster.STATIC
        cluster.ClearField("eds_cluster_config")
        cluster.load_assignment.CopyFrom(endpoints[cluster.name])
    return cluster


def _refusal(messages: Sequence[Message]) -> str | None:
    return validate(_with_static_secrets(to_dict(static(*messages))))


def _with_static_secrets(tree: dict[str, object]) -> dict[str, object]:
    """Return *tree* with secrets named without a source: Envoy then looks among the static ones, and reads them."""
    return {name: _static(value) for name, value in tree.items() if name != "sds_config"}


def _static(value: object) -> object:
    if isinstance(value, dict):
        return _with_static_secrets(value)
    return [_static(item) for item in value] if isinstance(value, list) else value


def _guilty(suspects: Sequence[T], refusal: Callable[[Sequence[T]], str | None]) -> list[tuple[T, str]]:
    """Return those of *suspects* that are refused alone, each with the reason."""
    reason = refusal(suspects) if suspects else None
    if reason is None:
        return []
    if len(suspects) == 1:
        return [(suspects[0], reason)]
    middle = len(suspects) // 2
    return _guilty(suspects[:middle], refusal) + _guilty(suspects[middle:], refusal)


def _findings(suspect: Suspect, reason: str) -> Findings:
    """Return what to say about a resource that is refused: of a table of routes, about the routes in it that are."""
    resource, message = suspect
    if isinstance(message, route_v3.RouteConfiguration):
        routes = [route for host in message.virtual_hosts for route in _routes(host)]
        guilty = _guilty(routes, lambda half: _refusal([_table(half)]))
        if guilty:
            return tuple(
                Finding("proxy.refused", f"the proxy refuses it: {why}", about=names.route_ref(route.name))
                for route, why in guilty
            )
    return (Finding("proxy.refused", f"the proxy refuses {resource.name}: {reason}", about=resource.about),)


def _routes(host: route_v3.VirtualHost) -> Iterator[route_v3.Route]:
    """Yield each route of *host* once, whether it stands in a list or in the leaves of a tree."""
    yield from host.routes
    seen: set[bytes] = set()
    for leaf in host.matcher.matcher_tree.prefix_match_map.map.values():
        routes = unpack(leaf.action.typed_config)
        assert isinstance(routes, route_v3.RouteList)
        for route in routes.routes:
            if (content := route.SerializeToString(deterministic=True)) not in seen:
                seen.add(content)
                yield route


def _table(routes: Sequence[route_v3.Route]) -> route_v3.RouteConfiguration:
    host = route_v3.VirtualHost(name="suspects", domains=["*"], routes=routes)
    table = route_v3.RouteConfiguration(name="suspects", virtual_hosts=[host])
    table.validate_clusters.value = False
    return table
