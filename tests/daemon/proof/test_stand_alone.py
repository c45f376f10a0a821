from crossway.daemon.proof.stand_alone import Needed, leans, stand_alone
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from crossway.protos.envoy.extensions.transport_sockets.proxy_protocol import v3 as proxy_protocol_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3


def encrypted(*secrets: tls_v3.SdsSecretConfig) -> core_v3.TransportSocket:
    context = tls_v3.UpstreamTlsContext()
    context.common_tls_context.tls_certificate_sds_secret_configs.extend(secrets)
    tls = core_v3.TransportSocket(name="tls", typed_config=pack(context))
    return core_v3.TransportSocket(
        name="proxy protocol",
        typed_config=pack(proxy_protocol_v3.ProxyProtocolUpstreamTransport(transport_socket=tls)),
    )


def by_ads(name: str) -> tls_v3.SdsSecretConfig:
    secret = tls_v3.SdsSecretConfig(name=name)
    secret.sds_config.ads.SetInParent()
    return secret


def by_file(name: str) -> tls_v3.SdsSecretConfig:
    secret = tls_v3.SdsSecretConfig(name=name)
    secret.sds_config.path_config_source.path = "/secret.yaml"
    return secret


def test_secrets_by_ads_are_found_however_deep_and_others_stay():
    cluster = cluster_v3.Cluster(name="a", transport_socket=encrypted(by_ads("one"), by_file("two"), by_ads("three")))
    cluster.transport_socket_matches.add(name="m", transport_socket=encrypted(by_ads("four")))
    assert leans(cluster.SerializeToString())
    assert stand_alone(cluster) == {Needed(tls_v3.Secret, name) for name in ("one", "three", "four")}
    static = [tls_v3.SdsSecretConfig(name=name) for name in ("one", "three", "four")]
    expected = cluster_v3.Cluster(name="a", transport_socket=encrypted(static[0], by_file("two"), static[1]))
    expected.transport_socket_matches.add(name="m", transport_socket=encrypted(static[2]))
    assert cluster == expected
    assert not leans(cluster.SerializeToString())


def test_log_files_are_not_opened():
    log = pack(file_v3.FileAccessLog(path="/var/log/access.log"))
    proxy = tcp_proxy_v3.TcpProxy(stat_prefix="a", cluster="a")
    proxy.access_log.add(name="log").typed_config.CopyFrom(log)
    listener = listener_v3.Listener(name="l")
    listener.filter_chains.add().filters.add(name="tcp").typed_config.CopyFrom(pack(proxy))
    assert leans(listener.SerializeToString())
    assert stand_alone(listener) == frozenset()
    changed = unpack(listener.filter_chains[0].filters[0].typed_config)
    assert isinstance(changed, tcp_proxy_v3.TcpProxy)
    assert unpack(changed.access_log[0].typed_config) == file_v3.FileAccessLog(path="/dev/null")


def test_a_tracer_does_not_stand_without_its_collector():
    zipkin = trace_v3.ZipkinConfig(collector_cluster="collector", collector_endpoint="/spans")
    manager = hcm_v3.HttpConnectionManager(stat_prefix="a")
    manager.tracing.provider.name = "envoy.tracers.zipkin"
    manager.tracing.provider.typed_config.CopyFrom(pack(zipkin))
    assert leans(manager.SerializeToString())
    assert stand_alone(manager) == {Needed(cluster_v3.Cluster, "collector")}


def test_what_stands_alone_stays_as_it_is():
    cluster = cluster_v3.Cluster(name="a", transport_socket=encrypted(by_file("one")))
    assert not leans(cluster.SerializeToString())
    assert stand_alone(cluster) == frozenset()
    assert cluster == cluster_v3.Cluster(name="a", transport_socket=encrypted(by_file("one")))
