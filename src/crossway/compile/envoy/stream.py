"""TCP and UDP: bytes and datagrams, forwarded as they are."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import Message

from crossway.compile.contract import Fragment
from crossway.compile.envoy import names
from crossway.compile.envoy.backend import cluster, subset
from crossway.plan.route import RoutePlan
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from crossway.protos.envoy.extensions.filters.udp.udp_proxy import v3 as udp_proxy_v3
from crossway.protos.envoy.extensions.matching.common_inputs.network import v3 as network_v3
from crossway.protos.envoy.extensions.matching.input_matchers.consistent_hashing import v3 as consistent_hashing_v3
from crossway.protos.xds.core import v3 as xds_core_v3


def tcp_proxy(plan: RoutePlan, fragments: dict[str, Fragment]) -> tcp_proxy_v3.TcpProxy:
    """Return the proxy that forwards the connections of a route to its services, by their weights."""
    proxy = tcp_proxy_v3.TcpProxy(stat_prefix=names.statistics(plan.ref.local))
    for backend in plan.backends:
        if backend.weight:
            weighted = proxy.weighted_clusters.clusters.add(name=cluster(backend), weight=backend.weight)
            if backend.subset is not None:
                weighted.metadata_match.CopyFrom(subset(backend.subset))
    proxy.access_log.extend(_access_logs(fragments))
    for fragment in fragments.values():
        if fragment.tcp_proxy is not None:
            proxy.MergeFrom(fragment.tcp_proxy)
    return proxy


def _access_logs(fragments: dict[str, Fragment]) -> Iterator[accesslog_v3.AccessLog]:
    for fragment in fragments.values():
        if fragment.connection_manager is not None:
            yield from fragment.connection_manager.access_log


def udp_proxy(plan: RoutePlan, fragments: dict[str, Fragment]) -> udp_proxy_v3.UdpProxyConfig:
    """Return the proxy that forwards the datagrams of a route to its services, one session for each client.

    Which service a client gets follows from the port that it sends from, so that it stays with that one: the services
    divide the numbers below the sum of their weights among them, and the hash of the port is one of these.
    """
    config = udp_proxy_v3.UdpProxyConfig(stat_prefix=names.statistics(plan.ref.local))
    first, *others = (backend for backend in plan.backends if backend.weight)
    left = total = sum(backend.weight for backend in plan.backends)
    for backend in reversed(others):
        left -= backend.weight
        matcher = config.matcher.matcher_list.matchers.add()
        single = matcher.predicate.single_predicate
        _put(single.input, "source port", network_v3.SourcePortInput())
        above = consistent_hashing_v3.ConsistentHashing(threshold=left, modulo=total)
        _put(single.custom_match, "envoy.matching.matchers.consistent_hashing", above)
        _put(matcher.on_match.action, "route", udp_proxy_v3.Route(cluster=cluster(backend)))
    _put(config.matcher.on_no_match.action, "route", udp_proxy_v3.Route(cluster=cluster(first)))
    config.access_log.extend(_access_logs(fragments))
    return config


def _put(extension: xds_core_v3.TypedExtensionConfig, name: str, settings: Message) -> None:
    extension.name = name
    extension.typed_config.CopyFrom(pack(settings))
