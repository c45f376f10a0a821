"""TCP and UDP: bytes and datagrams, forwarded as they are."""

from __future__ import annotations

from collections.abc import Iterator

from crossway.compile.contract import Fragment
from crossway.compile.envoy import names
from crossway.plan.route import RoutePlan
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from crossway.protos.envoy.extensions.filters.udp.udp_proxy import v3 as udp_proxy_v3


def tcp_proxy(plan: RoutePlan, fragments: dict[str, Fragment]) -> tcp_proxy_v3.TcpProxy:
    """Return the proxy that forwards the connections of a route to its services, by their weights."""
    proxy = tcp_proxy_v3.TcpProxy(stat_prefix=names.statistics(plan.ref.local))
    if len(plan.backends) == 1:
        proxy.cluster = names.cluster(plan.backends[0].service)
    else:
        for backend in plan.backends:
            if backend.weight:
                proxy.weighted_clusters.clusters.add(name=names.cluster(backend.service), weight=backend.weight)
    proxy.access_log.extend(_access_logs(fragments))
    return proxy


def _access_logs(fragments: dict[str, Fragment]) -> Iterator[accesslog_v3.AccessLog]:
    for fragment in fragments.values():
        if fragment.connection_manager is not None:
            yield from fragment.connection_manager.access_log


def udp_proxy(plan: RoutePlan, fragments: dict[str, Fragment]) -> udp_proxy_v3.UdpProxyConfig:
    """Return the proxy that forwards the datagrams of a route to its first service, one session for each client."""
    route = udp_proxy_v3.Route(cluster=names.cluster(plan.backends[0].service))
    config = udp_proxy_v3.UdpProxyConfig(stat_prefix=names.statistics(plan.ref.local))
    config.matcher.on_no_match.action.name = "route"
    config.matcher.on_no_match.action.typed_config.CopyFrom(pack(route))
    config.access_log.extend(_access_logs(fragments))
    return config
