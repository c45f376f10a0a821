"""Clusters: a service as Envoy talks to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from crossway.compile.contract import Fragment, Site
from crossway.compile.envoy import names
from crossway.compile.envoy.endpoint import compile_endpoints
from crossway.compile.envoy.fragments import compile_policies, conflict, overwrite_slot
from crossway.compile.envoy.merge import merge
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.tls import backend_transport
from crossway.memo import Read
from crossway.model import BackendProtocol, DnsMode, Finding, Findings, Ref, Service
from crossway.plan.attachment import Target
from crossway.plan.service import plan_service
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.load_balancing_policies.subset import v3 as subset_v3
from crossway.protos.envoy.extensions.network.dns_resolver.cares import v3 as cares_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_http_v3
from crossway.protos.envoy.type import v3 as type_v3

# The request never reached a backend in any of these cases, so that trying again is safe for every method.
SAFE_RETRIES: Final = "connect-failure,refused-stream,reset-before-request"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

_UNABLE: Final[Mapping[BackendProtocol, Collection[str]]] = {
    BackendProtocol.HTTP1: {"grpc_health_check"},
    BackendProtocol.HTTP3: {"grpc_health_check", "http_health_check"},
}
"""The health checks that a protocol cannot carry: Envoy asks by gRPC over HTTP/2 alone, and 1.39.3 crashes as soon as
it checks an endpoint over HTTP/3."""


def own_cluster(name: str, address: core_v3.Address) -> cluster_v3.Cluster:
    """Return a cluster of ours at *address*, within the proxy or beside it.

    It has no limits: what is behind it has those of its own.
    """
    cluster = cluster_v3.Cluster(name=name, type=cluster_v3.Cluster.STATIC)
    cluster.connect_timeout.FromTimedelta(timedelta(seconds=1))
    thresholds = cluster.circuit_breakers.thresholds.add()
    for limit in (
        thresholds.max_connections,
        thresholds.max_pending_requests,
        thresholds.max_requests,
        thresholds.max_retries,
    ):
        limit.value = 2**32 - 1
    cluster.load_assignment.cluster_name = name
    cluster.load_assignment.endpoints.add().lb_endpoints.add().endpoint.address.CopyFrom(address)
    return cluster


def compiled_policies(read: Read, ref: Ref) -> tuple[dict[str, Fragment], Findings]:
    """Return what the policies of the service *ref* contribute, by name, and what is wrong with them."""
    plan = read(plan_service, ref)
    if plan is None:
        return {}, ()
    return compile_policies(read, Target.SERVICE, plan.policies, Site(ref, ref.namespace))


def service_fragments(read: Read, ref: Ref) -> dict[str, Fragment]:
    """Return the fragments of the service *ref*, by the name of the policy."""
    return read(compiled_policies, ref)[0]


def compile_cluster(read: Read, ref: Ref) -> tuple[tuple[Resource, ...], Findings]:
    """Return the cluster of the service *ref* with its endpoints, and what is wrong with it.

    A service of which anything is wrong has a cluster without endpoints: its requests are answered 503.
    """
    plan = read(plan_service, ref)
    if plan is None:
        return (), ()
    fragments, findings = read(compiled_policies, ref)
    findings = (*plan.findings, *findings)
    site = Site(ref, ref.namespace)
    cluster = cluster_v3.Cluster(name=names.cluster(ref))
    options = _protocol(plan.service)
    for name, fragment in fragments.items():
        field = merge(cluster, fragment.cluster) if fragment.cluster is not None else None
        field = field or (merge(options, fragment.http_options) if fragment.http_options is not None else None)
        if field is not None:
            findings = (*findings, conflict(name, field, site))
    if not options.WhichOneof("upstream_protocol_options"):
        options.explicit_http_config.http_protocol_options.SetInParent()
    overwrite_slot("http_options", options, fragments)
    cluster.typed_extension_protocol_options[HTTP_OPTIONS].CopyFrom(pack(options))
    if (counted := names.statistics(cluster.name)) != cluster.name:
        cluster.alt_stat_name = counted
    findings = (*findings, *_health_checks(cluster, plan.service, ref))
    if plan.service.subsets:
        _subsets(cluster, plan.service)
    transport = backend_transport(ref, plan.service)
    if transport is not None:
        cluster.transport_socket.CopyFrom(transport)
    service = plan.service if not findings else plan.service.model_copy(update={"endpoints": ()})
    assignment = compile_endpoints(ref, service)
    if any(endpoint.is_name for endpoint in service.endpoints):
        _resolve(cluster, service)
        cluster.load_assignment.CopyFrom(assignment)
        overwrite_slot("cluster", cluster, fragments)
        return (Resource.of(cluster.name, cluster, ref),), findings
    cluster.type = cluster_v3.Cluster.EDS
    cluster.eds_cluster_config.eds_config.resource_api_version = core_v3.ApiVersion.V3
    cluster.eds_cluster_config.eds_config.ads.SetInParent()
    # A cluster that warms holds all others up: one whose endpoints do not come must not do so for long.
    cluster.eds_cluster_config.eds_config.initial_fetch_timeout.FromTimedelta(timedelta(seconds=2))
    overwrite_slot("cluster", cluster, fragments)
    return (Resource.of(cluster.name, cluster, ref), Resource.of(cluster.name, assignment, ref)), findings


def _protocol(service: Service) -> upstream_http_v3.HttpProtocolOptions:
    """Return the protocol options of *service*, still without what its policies add."""
    options = upstream_http_v3.HttpProtocolOptions()
    if service.protocol is BackendProtocol.HTTP1:
        options.explicit_http_config.http_protocol_options.SetInParent()
    elif service.protocol is BackendProtocol.HTTP2:
        options.explicit_http_config.http2_protocol_options.SetInParent()
    elif service.protocol is BackendProtocol.HTTP3:
        options.explicit_http_config.http3_protocol_options.SetInParent()
    elif service.protocol is BackendProtocol.MATCH:
        options.use_downstream_protocol_config.http_protocol_options.SetInParent()
        options.use_downstream_protocol_config.http2_protocol_options.SetInParent()
    else:
        options.auto_config.http_protocol_options.SetInParent()
        options.auto_config.http2_protocol_options.SetInParent()
    if service.tls and not service.tls.sni:
        options.upstream_http_protocol_options.auto_sni = True
        if service.tls.verify and not service.tls.names:
            options.upstream_http_protocol_options.auto_san_validation = True
    return options


def _subsets(cluster: cluster_v3.Cluster, service: Service) -> None:
    """Make the subsets of *service* choosable. A subset without endpoints has none: it never falls back to others."""
    policy = subset_v3.Subset(
        fallback_policy=subset_v3.Subset.ANY_ENDPOINT, subset_lb_policy=cluster.load_balancing_policy
    )
    for name in sorted(service.subsets):
        policy.subset_selectors.add(
            keys=[names.subset(name)], fallback_policy=subset_v3.Subset.LbSubsetSelector.NO_FALLBACK
        )
    config = core_v3.TypedExtensionConfig(name="envoy.load_balancing_policies.subset", typed_config=pack(policy))
    cluster.load_balancing_policy.Clear()
    cluster.load_balancing_policy.policies.add(typed_extension_config=config)


def _health_checks(cluster: cluster_v3.Cluster, service: Service, ref: Ref) -> Findings:
    """Let health checks speak what the service speaks: Envoy would speak HTTP/1.1 to all.

    Return why they cannot; then there are none.
    """
    codecs = type_v3.CodecClientType
    codec, alpn = (codecs.HTTP2, "h2") if service.protocol is BackendProtocol.HTTP2 else (codecs.HTTP1, "http/1.1")
    for check in cluster.health_checks:
        kind = check.WhichOneof("health_checker") or ""
        if kind in _UNABLE.get(service.protocol, ()):
            cluster.ClearField("health_checks")
            message = f"{service.protocol} cannot carry the health check of this service"
            hint = "check by tcp" if kind == "http_health_check" else "write protocol: http2, or check by tcp"
            return (Finding("health_check.protocol", message, about=ref, path=("protocol",), hint=hint),)
        if kind == "http_health_check":
            check.http_health_check.codec_client_type = codec
            if service.tls and service.protocol is not BackendProtocol.HTTP1:
                check.tls_options.alpn_protocols.append(alpn)
    return ()


def _resolve(cluster: cluster_v3.Cluster, service: Service) -> None:
    """Let Envoy resolve the names of *service*."""
    dns = service.dns
    cluster.type = cluster_v3.Cluster.LOGICAL_DNS if dns.mode is DnsMode.LOGICAL else cluster_v3.Cluster.STRICT_DNS
    if dns.refresh is not None:
        cluster.dns_refresh_rate.FromTimedelta(dns.refresh)
    else:
        cluster.respect_dns_ttl = True
    cluster.dns_lookup_family = cluster_v3.Cluster.ALL
    if dns.resolvers:
        config = cares_v3.CaresDnsResolverConfig()
        for resolver in dns.resolvers:
            host, _, port = resolver.rpartition(":")
            config.resolvers.add(socket_address=core_v3.SocketAddress(address=host.strip("[]"), port_value=int(port)))
        cluster.typed_dns_resolver_config.name = "envoy.network.dns_resolver.cares"
        cluster.typed_dns_resolver_config.typed_config.CopyFrom(pack(config))
