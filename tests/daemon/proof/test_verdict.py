"""Envoy is the judge: what it refuses is found, and nothing else is blamed."""

from google.protobuf.message import Message

from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof import guilty_routes, prove
from crossway.model import Ref
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.filters.http.api_key_auth import v3 as api_key_v3
from crossway.protos.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_input_v3
from crossway.protos.google import protobuf
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.xds.snapshot import Snapshot


def snapshot(**messages: Message) -> Snapshot:
    return Snapshot.of(Resource.of(name, message, Ref("things", name)) for name, message in messages.items())


def cluster(name: str, **fields) -> cluster_v3.Cluster:
    made = cluster_v3.Cluster(name=name, type=cluster_v3.Cluster.EDS, **fields)
    made.eds_cluster_config.eds_config.ads.SetInParent()
    return made


def table(name: str, **regexes: str) -> route_v3.RouteConfiguration:
    host = route_v3.VirtualHost(name="all", domains=["*"])
    for route, regex in regexes.items():
        added = host.routes.add(name=route)
        added.match.safe_regex.regex = regex
        added.direct_response.status = 200
    return route_v3.RouteConfiguration(name=name, virtual_hosts=[host])


def scope(name: str, held: route_v3.RouteConfiguration) -> route_v3.ScopedRouteConfiguration:
    scoped = route_v3.ScopedRouteConfiguration(name=name, route_configuration=held)
    scoped.key.fragments.add(string_key=name)
    return scoped


def encrypted(name: str, secret: str) -> cluster_v3.Cluster:
    context = tls_v3.UpstreamTlsContext()
    reference = context.common_tls_context.tls_certificate_sds_secret_configs.add(name=secret)
    reference.sds_config.ads.SetInParent()
    socket = core_v3.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))
    return cluster(name, transport_socket=socket)


def listener(name: str, *logs: Message) -> listener_v3.Listener:
    proxy = tcp_proxy_v3.TcpProxy(stat_prefix=name, cluster="a")
    for log in logs:
        proxy.access_log.add(name="log").typed_config.CopyFrom(pack(log))
    made = listener_v3.Listener(name=name)
    made.address.socket_address.address = "127.0.0.1"
    made.address.socket_address.port_value = 1
    made.filter_chains.add().filters.add(name="envoy.filters.network.tcp_proxy").typed_config.CopyFrom(pack(proxy))
    return made


def keys(name: str, *known: str) -> core_v3.TypedExtensionConfig:
    """A filter that is delivered by itself."""
    held = api_key_v3.ApiKeyAuth(credentials=[api_key_v3.Credential(key=key, client="alice") for key in known])
    held.key_sources.add(header="x-api-key")
    return core_v3.TypedExtensionConfig(name=name, typed_config=pack(held))


def blamed(held: Snapshot, since: Snapshot | None = None) -> list[str]:
    return [str(refusal.finding.about) for refusal in prove(held, since)]


def test_nothing_is_wrong():
    assert prove(snapshot(a=cluster("a"), t=table("t", one="/a.*"))) == ()
    assert prove(Snapshot()) == ()


def test_each_cluster_that_is_refused_is_blamed():
    held = snapshot(
        a=cluster("a"),
        b=cluster("b", connect_timeout=protobuf.Duration(seconds=-1)),
        c=cluster("c"),
        d=cluster("d", connect_timeout=protobuf.Duration(seconds=-1)),
    )
    assert blamed(held) == ["things.b", "things.d"]


def test_of_a_table_the_routes_are_blamed():
    held = snapshot(a=cluster("a"), t=table("t", one="/a", **{"shop/two#1": "/(", "three": "/["}))
    found = [refusal.finding for refusal in prove(held)]
    assert [str(finding.about) for finding in found] == ["routes.shop/two", "routes.three"]
    assert {finding.code for finding in found} == {"proxy.refused"}
    assert "missing )" in found[0].message


def test_scoped_tables_are_read_too():
    assert blamed(snapshot(s=scope("s", table("t", one="/(")))) == ["routes.one"]


def test_endpoints_are_judged_with_their_cluster():
    assignment = endpoint_v3.ClusterLoadAssignment(cluster_name="a")
    endpoint = assignment.endpoints.add().lb_endpoints.add().endpoint
    endpoint.address.socket_address.address = "no address"
    endpoint.address.socket_address.port_value = 80
    clusters = [Resource.of("a", cluster("a"), Ref("services", "a")), Resource.of("a", assignment)]
    assert blamed(Snapshot.of(clusters)) == ["services.a"]


def test_routes_in_a_tree_are_blamed():
    leaf = route_v3.RouteList(routes=table("t", good="/a", bad="/(").virtual_hosts[0].routes)
    host = route_v3.VirtualHost(name="all", domains=["*"])
    path = matcher_input_v3.HttpRequestHeaderMatchInput(header_name=":path")
    host.matcher.matcher_tree.input.CopyFrom(xds_core_v3.TypedExtensionConfig(name="path", typed_config=pack(path)))
    for beginning in ("/", "/a"):
        action = host.matcher.matcher_tree.prefix_match_map.map[beginning].action
        action.CopyFrom(xds_core_v3.TypedExtensionConfig(name="routes", typed_config=pack(leaf)))
    assert blamed(snapshot(t=route_v3.RouteConfiguration(name="t", virtual_hosts=[host]))) == ["routes.bad"]


def test_only_what_differs_is_proven():
    before = snapshot(a=cluster("", connect_timeout=protobuf.Duration(seconds=-1)), t=table("t", one="/(", two="/a"))
    after = snapshot(
        a=cluster("", connect_timeout=protobuf.Duration(seconds=-1)),
        b=cluster("b", connect_timeout=protobuf.Duration(seconds=-1)),
        t=table("t", one="/(", two="/a", three="/["),
    )
    assert prove(before, before) == ()
    assert blamed(after, before) == ["things.b", "routes.three"]


def test_a_domain_that_an_unchanged_host_claims_too_is_found():
    before, after = table("t", one="/a"), table("t", one="/a", two="/(")
    for held in (before, after):
        held.virtual_hosts.add(name="other", domains=["shop.test"]).routes.extend(
            table("", three="/b").virtual_hosts[0].routes
        )
    after.virtual_hosts.add(name="new", domains=["shop.test"])
    route, whole = prove(snapshot(t=after), snapshot(t=before))
    assert route.route == "two"
    assert (whole.resource.name, whole.route) == ("t", None)
    assert "Duplicate entry of domain shop.test" in whole.reason


def test_a_route_that_stands_in_many_tables_is_blamed_once():
    tables = {f"s{number}": scope(f"s{number}", table(f"t{number}", bad="/(", good="/a")) for number in range(5)}
    assert blamed(snapshot(**tables)) == ["routes.bad"]


def test_changed_endpoints_are_judged():
    def held(address: str) -> Snapshot:
        assignment = endpoint_v3.ClusterLoadAssignment(cluster_name="a")
        socket = assignment.endpoints.add().lb_endpoints.add().endpoint.address.socket_address
        socket.address, socket.port_value = address, 80
        return Snapshot.of([Resource.of("a", cluster("a"), Ref("services", "a")), Resource.of("a", assignment)])

    assert blamed(held("no address"), held("127.0.0.1")) == ["services.a"]
    assert prove(held("127.0.0.2"), held("127.0.0.1")) == ()


def test_what_a_cluster_needs_is_shown_with_it_and_no_key_is_told():
    secret = tls_v3.Secret(name="s")
    secret.tls_certificate.certificate_chain.inline_string = "no certificate"
    secret.tls_certificate.private_key.inline_string = "the key itself"
    before = snapshot(s=secret)
    (refusal,) = prove(snapshot(s=secret, a=encrypted("a", "s"), b=cluster("b")), before)
    assert "Failed to load certificate chain" in refusal.reason
    assert "the key itself" not in refusal.reason
    assert refusal.resource.name == "a"


def test_a_log_file_is_the_business_of_the_proxy(tmp_path):
    path = tmp_path / "access.log"
    log = file_v3.FileAccessLog(path=str(path))
    elsewhere = file_v3.FileAccessLog(path=str(tmp_path / "not here" / "access.log"))
    assert prove(snapshot(one=listener("one", log, elsewhere))) == ()
    assert not path.exists()


def test_what_is_not_proven_in_time_is_told():
    (left,) = prove(snapshot(a=cluster("a"), t=table("t", one="/(")), within=0)
    assert left.resource is None
    assert left.finding.message == "not proven in 0 s: 2 resources or routes are left"


def test_of_a_table_that_a_running_proxy_refused_the_routes_are_found():
    def guilty(held: Message, reason: str) -> list[str]:
        return [refusal.route for refusal in guilty_routes(Resource.of("t", held), reason)]

    held = table("t", one="/a", two="/(", three="/b")
    assert guilty(held, "missing ): /(") == guilty(held, "something else") == ["two"]
    assert guilty(scope("t", held), "missing ): /(") == ["two"]
    assert guilty(table("t", one="/a"), "missing ): /(") == []
    assert guilty(cluster("t"), "two") == []


def test_each_filter_that_is_refused_is_blamed():
    held = snapshot(good=keys("good", "a", "b"), twice=keys("twice", "a", "a"), fine=keys("fine"))
    (refusal,) = prove(held)
    assert refusal.resource is not None
    assert (refusal.resource.name, refusal.route) == ("twice", None)
    assert "Duplicated credential key" in refusal.reason


def test_a_filter_that_was_proven_is_not_looked_at_again():
    before = snapshot(wrong=keys("wrong", "a", "a"))
    assert blamed(snapshot(wrong=keys("wrong", "a", "a"), good=keys("good", "a")), before) == []
