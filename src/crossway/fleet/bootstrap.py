"""The bootstrap of a proxy: what Envoy must know before it can ask us for the rest.

It names one control plane, by the path of its Unix socket, and nothing of the user's configuration: listeners,
clusters and everything below them come by delta ADS. What does stand here are the guards that Envoy reads once, at
the start; they follow
https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/best_practices/edge

A pure function of its options.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath

from crossway.compile.envoy import names
from crossway.fleet.capacity import Capacity, capacity
from crossway.fleet.overload import overload_manager
from crossway.protos import pack
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.metrics import v3 as metrics_v3
from crossway.protos.envoy.extensions.bootstrap.internal_listener import v3 as internal_listener_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as http_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

XDS_CLUSTER = "xds"
LOCAL_CLUSTER = "crossway/proxies"

FORMATTED_KEYS = "envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value"

# Milliseconds. One list for every histogram: the default one has 19 buckets, up to an hour.
BUCKETS = (1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)

# What multiplies by clusters, workers, zones, ciphers or virtual hosts and answers no operator's question.
UNWANTED_STATS = (
    r"cluster\..*\.(?:external|internal|canary)\.upstream_rq_.*",
    r"cluster\..*\.(?:upstream_cx_length_ms|upstream_rq_timeout_budget_.*|circuit_breakers\.high\..*)",
    r"cluster\..*\.(?:zone\..*|ssl\.(?:ciphers|curves|sigalgs|versions)\..*)",
    r"listener\..*\.(?:worker_\d+\..*|downstream_cx_length_ms|ssl\.(?:curves|sigalgs)\..*)",
    r"(?:listener_manager|server)\.worker_\d+\..*",
    r"vhost\..*\.vcluster\.other\..*",
)

# The name of a filter that is delivered by itself, in the names of its metrics: it becomes a label.
DELIVERED_FILTER = (
    r"^extension_config_discovery\.http_filter\.((crossway\..+?)\.)"
    r"(?:api_key_auth|basic_auth|jwt_authn|lua|oauth2|config_|init_|update_|version)"
)


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """What one proxy is told at its start."""

    node_id: str
    view: str
    """The part of the plan that it may see: its ``node.cluster``."""
    xds_socket: PurePath
    """Where the control plane serves delta ADS."""
    admin_socket: PurePath
    """Where Envoy serves its admin interface, to its own user and to root only."""
    authorities: PurePath | None = None
    """The PEM file with the authorities this machine trusts; without it, a backend with no authorities of its own is
    not talked to."""
    region: str = ""
    zone: str = ""
    capacity: Capacity = field(default_factory=capacity)
    """How much it may take."""
    json_log: bool = False
    """One JSON object for each line of Envoy's own log, not its usual text."""


def bootstrap(options: ProxyOptions) -> bootstrap_v3.Bootstrap:
    """Return the bootstrap of one proxy; equal options give equal messages."""
    return bootstrap_v3.Bootstrap(
        node=core_v3.Node(
            id=options.node_id,
            cluster=options.view,
            locality=core_v3.Locality(region=options.region, zone=options.zone),
        ),
        admin=bootstrap_v3.Admin(address=_pipe(options.admin_socket, mode=0o600), ignore_global_conn_limit=True),
        dynamic_resources=_dynamic_resources(),
        static_resources=bootstrap_v3.Bootstrap.StaticResources(
            clusters=[
                _control_plane(XDS_CLUSTER, options.xds_socket),
                _control_plane(names.LIMITER, options.xds_socket),
                _local_cluster(options),
            ],
            secrets=[] if options.authorities is None else [_authorities(options.authorities)],
        ),
        cluster_manager=bootstrap_v3.ClusterManager(local_cluster_name=LOCAL_CLUSTER),
        overload_manager=overload_manager(options.capacity),
        layered_runtime=runtime(),
        stats_config=_stats_config(),
        # A cluster without traffic costs 3 kB of metrics this way, 14 kB otherwise.
        deferred_stat_options=bootstrap_v3.Bootstrap.DeferredStatOptions(enable_deferred_creation_stats=True),
        bootstrap_extensions=[
            core_v3.TypedExtensionConfig(
                name="envoy.bootstrap.internal_listener",
                typed_config=pack(internal_listener_v3.InternalListener()),
            )
        ],
        application_log_config=_json_log() if options.json_log else None,
    )


def _pipe(path: PurePath, mode: int = 0) -> core_v3.Address:
    return core_v3.Address(pipe=core_v3.Pipe(path=str(path), mode=mode))


def _authorities(file: PurePath) -> tls_v3.Secret:
    # Envoy knows of no authorities by itself: `system_root_certs` is a field that only gRPC reads.
    trusted = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(filename=str(file)))
    return tls_v3.Secret(name=names.MACHINE_AUTHORITIES, validation_context=trusted)


def _dynamic_resources() -> bootstrap_v3.Bootstrap.DynamicResources:
    # No timeout: a proxy is ready when it has a configuration, not when it has waited for one.
    by_ads = core_v3.ConfigSource(
        ads=core_v3.AggregatedConfigSource(),
        resource_api_version=core_v3.ApiVersion.V3,
        initial_fetch_timeout=protobuf.Duration(),
    )
    # The control plane is on this machine: after its restart, be back at once.
    backoff = core_v3.BackoffStrategy(
        base_interval=protobuf.Duration(nanos=100_000_000), max_interval=protobuf.Duration(seconds=2)
    )
    control_plane = core_v3.GrpcService.EnvoyGrpc(
        cluster_name=XDS_CLUSTER, retry_policy=core_v3.RetryPolicy(retry_back_off=backoff)
    )
    return bootstrap_v3.Bootstrap.DynamicResources(
        ads_config=core_v3.ApiConfigSource(
            api_type=core_v3.ApiConfigSource.DELTA_GRPC,
            transport_api_version=core_v3.ApiVersion.V3,
            set_node_on_first_message_only=True,
            grpc_services=[core_v3.GrpcService(envoy_grpc=control_plane)],
        ),
        cds_config=by_ads,
        lds_config=by_ads,
    )


def _control_plane(name: str, socket: PurePath) -> cluster_v3.Cluster:
    """Return a cluster of the control plane: one for what it configures, one for what requests ask it meanwhile."""
    # No HTTP/2 keepalive: the kernel closes the socket of a dead peer, and one that is alive but busy with a large
    # configuration must not be left for it.
    http2 = http_v3.HttpProtocolOptions(
        explicit_http_config=http_v3.HttpProtocolOptions.ExplicitHttpConfig(
            http2_protocol_options=core_v3.Http2ProtocolOptions()
        )
    )
    endpoint = endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=_pipe(socket)))
    return cluster_v3.Cluster(
        name=name,
        type=cluster_v3.Cluster.STATIC,
        connect_timeout=protobuf.Duration(seconds=1),
        typed_extension_protocol_options={"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(http2)},
        load_assignment=endpoint_v3.ClusterLoadAssignment(
            cluster_name=name,
            endpoints=[endpoint_v3.LocalityLbEndpoints(lb_endpoints=[endpoint])],
        ),
    )


def _local_cluster(options: ProxyOptions) -> cluster_v3.Cluster:
    """Return the cluster that stands for the proxies: zone-aware routing asks how many of them are in each zone."""
    address = core_v3.SocketAddress(address="127.0.0.1", port_value=1)  # nothing is ever sent there
    endpoint = endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=core_v3.Address(socket_address=address)))
    here = endpoint_v3.LocalityLbEndpoints(
        locality=core_v3.Locality(region=options.region, zone=options.zone), lb_endpoints=[endpoint]
    )
    return cluster_v3.Cluster(
        name=LOCAL_CLUSTER,
        type=cluster_v3.Cluster.STATIC,
        load_assignment=endpoint_v3.ClusterLoadAssignment(cluster_name=LOCAL_CLUSTER, endpoints=[here]),
    )


def runtime() -> bootstrap_v3.LayeredRuntime:
    """Return the settings of Envoy's runtime that every configuration of ours counts on."""
    # RE2 runs in linear time; its limit of 100 instructions refuses expressions that people do write.
    settings = protobuf.Struct()
    settings.fields["re2.max_program_size.error_level"].number_value = 10_000
    # The keys of rate limits are formatted; without it, their formats would be the keys, the same for all requests.
    settings.fields[FORMATTED_KEYS].bool_value = True
    return bootstrap_v3.LayeredRuntime(layers=[bootstrap_v3.RuntimeLayer(name="crossway", static_layer=settings)])


def _stats_config() -> metrics_v3.StatsConfig:
    return metrics_v3.StatsConfig(
        stats_matcher=metrics_v3.StatsMatcher(
            exclusion_list=matcher_v3.ListStringMatcher(patterns=map(_regex, UNWANTED_STATS)),
        ),
        use_all_default_tags=protobuf.BoolValue(value=True),
        stats_tags=[metrics_v3.TagSpecifier(tag_name="crossway_filter", regex=DELIVERED_FILTER)],
        histogram_bucket_settings=[metrics_v3.HistogramBucketSettings(match=_regex(".+"), buckets=BUCKETS)],
    )


def _regex(pattern: str) -> matcher_v3.StringMatcher:
    return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=pattern))


def _json_log() -> bootstrap_v3.Bootstrap.ApplicationLogConfig:
    fields = protobuf.Struct()
    for key, operator in (("time", "%Y-%m-%dT%T.%e"), ("level", "%l"), ("logger", "%n"), ("message", "%j")):
        fields.fields[key].string_value = operator
    return bootstrap_v3.Bootstrap.ApplicationLogConfig(
        log_format=bootstrap_v3.Bootstrap.ApplicationLogConfig.LogFormat(json_format=fields)
    )
