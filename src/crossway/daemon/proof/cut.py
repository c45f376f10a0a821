"""Cuts a table of routes down to what Envoy has not seen yet, so that proving an edit costs what was edited.

Law: what is left is refused exactly if the whole would be. Envoy judges a route by itself: neither its place nor its
neighbours count. So of a virtual host that differs, the routes that stood in it before go, and of one that does not,
all its routes; and what stands in a table twice, in two leaves of a tree or in two buckets, is proven once. What Envoy
judges beside routes stays: the settings of the table, and the name, the domains and the settings of each host, so that
a domain that two hosts claim is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping

from crossway.protos import pack, unpack
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.xds.type.matcher import v3 as matcher_v3

NO_HOST = route_v3.VirtualHost()


def cut(table: route_v3.RouteConfiguration, before: route_v3.RouteConfiguration, known: set[bytes]) -> None:
    """Take what is in *before* out of *table*, and the routes in *known*, as `content` gives them.

    The routes that are left are added to *known*.
    """
    hosts = {host.name: host for host in before.virtual_hosts}
    for host in table.virtual_hosts:
        _cut(host, hosts.get(host.name, NO_HOST), known)


def routes(table: route_v3.RouteConfiguration) -> Iterator[route_v3.Route]:
    """Yield each route of *table*, whether it stands in a list or in the leaves of a tree."""
    for host in table.virtual_hosts:
        yield from host.routes
        for leaf in _leaves(host).values():
            yield from _listed(leaf)


def content(route: route_v3.Route) -> bytes:
    """Return *route* as bytes that are equal for equal routes."""
    return route.SerializeToString(deterministic=True)


def _cut(host: route_v3.VirtualHost, before: route_v3.VirtualHost, known: set[bytes]) -> None:
    if host == before:
        host.ClearField("routes")
        host.ClearField("matcher")
        return
    left = _unknown(host.routes, before.routes, known)
    host.ClearField("routes")
    host.routes.extend(left)
    leaves, old = _leaves(host), _leaves(before)
    for beginning in list(leaves):
        leaf = leaves[beginning]
        other = old.get(beginning)
        if leaf == other:
            del leaves[beginning]
        elif left := _unknown(_listed(leaf), _listed(other) if other else (), known):
            leaf.action.typed_config.CopyFrom(pack(route_v3.RouteList(routes=left)))
        else:
            del leaves[beginning]
    if host.matcher.matcher_tree.HasField("prefix_match_map") and not leaves:
        host.ClearField("matcher")


def _unknown(
    tried: Iterable[route_v3.Route], before: Iterable[route_v3.Route], known: set[bytes]
) -> list[route_v3.Route]:
    """Return those of *tried* that are neither in *before* nor in *known*, and add them to *known*."""
    stood = {content(route) for route in before}
    left = []
    for route in tried:
        key = content(route)
        if key not in stood and key not in known:
            known.add(key)
            left.append(route)
    return left


def _leaves(host: route_v3.VirtualHost) -> MutableMapping[str, matcher_v3.Matcher.OnMatch]:
    return host.matcher.matcher_tree.prefix_match_map.map


def _listed(leaf: matcher_v3.Matcher.OnMatch) -> Iterable[route_v3.Route]:
    listed = unpack(leaf.action.typed_config)
    assert isinstance(listed, route_v3.RouteList)
    return listed.routes
