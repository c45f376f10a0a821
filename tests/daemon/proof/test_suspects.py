"""What is to be proven is what differs, with what it cannot be judged without."""

from google.protobuf.message import Message

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof import prove
from crossway.daemon.proof.suspects import Suspect, suspects
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.xds.snapshot import EMPTY, Snapshot


def snapshot(*messages: Message) -> Snapshot:
    def name(message: Message) -> str:
        return message.cluster_name if isinstance(message, endpoint_v3.ClusterLoadAssignment) else message.name

    return Snapshot.of(Resource.of(name(message), message) for message in messages)


def cluster(name: str, *secrets: str) -> cluster_v3.Cluster:
    made = cluster_v3.Cluster(name=name, type=cluster_v3.Cluster.EDS)
    made.eds_cluster_config.eds_config.ads.SetInParent()
    context = tls_v3.UpstreamTlsContext()
    for secret in secrets:
        context.common_tls_context.tls_certificate_sds_secret_configs.add(name=secret).sds_config.ads.SetInParent()
    made.transport_socket.CopyFrom(
        core_v3.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))
    )
    return made


def endpoints(name: str, port: int) -> endpoint_v3.ClusterLoadAssignment:
    made = endpoint_v3.ClusterLoadAssignment(cluster_name=name)
    socket = made.endpoints.add().lb_endpoints.add().endpoint.address.socket_address
    socket.address, socket.port_value = "127.0.0.1", port
    return made


def called(found: tuple[Suspect, ...]) -> list[str]:
    return [suspect.name for suspect in found]


def test_what_differs():
    shop = route_v3.RouteConfiguration(name="t")
    before = snapshot(cluster("a"), cluster("b"), endpoints("b", 1), cluster("c"), shop)
    after = snapshot(cluster("a"), cluster("b"), endpoints("b", 2), cluster("c", "s"), shop, tls_v3.Secret(name="s"))
    found = suspects(after, before)
    assert called(found.secrets) == ["s"]
    assert called(found.clusters) == ["c", "b"]
    assert found.listeners == found.tables == ()
    assert list(suspects(after, after)) == []
    assert len(list(suspects(after, EMPTY))) == 5


def test_a_cluster_comes_with_its_endpoints():
    (found,) = suspects(snapshot(cluster("a"), endpoints("a", 1)), EMPTY).clusters
    message = found.message
    assert isinstance(message, cluster_v3.Cluster)
    assert message.load_assignment == endpoints("a", 1)
    assert message.type == cluster_v3.Cluster.STATIC


def test_the_secrets_that_are_named_come_along_changed_or_not():
    named, other = tls_v3.Secret(name="named"), tls_v3.Secret(name="other")
    before = snapshot(named)
    (found,) = suspects(snapshot(named, other, cluster("a", "named", "nobody has it")), before).clusters
    assert called(found.needs) == ["named"]
    both = suspects(snapshot(named, cluster("a", "named"), cluster("b", "named")), EMPTY)
    assert both.clusters[0].needs == both.clusters[1].needs == both.secrets


def test_the_authorities_of_the_machine_are_there():
    context = tls_v3.UpstreamTlsContext()
    combined = context.common_tls_context.combined_validation_context
    combined.default_validation_context.SetInParent()
    combined.validation_context_sds_secret_config.name = names.MACHINE_AUTHORITIES
    made = cluster("a")
    made.transport_socket.typed_config.CopyFrom(pack(context))
    held = snapshot(made)
    assert called(suspects(held, EMPTY).clusters[0].needs) == [names.MACHINE_AUTHORITIES]
    assert prove(held) == ()
