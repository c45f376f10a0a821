"""Envoy is the judge: what it refuses is found, and nothing else is blamed."""

from google.protobuf.message import Message

from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof import prove
from crossway.model import Ref
from crossway.protos import pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.route import v3 as route_v3
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


def blamed(held: Snapshot) -> list[str]:
    return [str(finding.about) for finding in prove(held)]


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
    found = prove(held)
    assert [str(finding.about) for finding in found] == ["routes.shop/two", "routes.three"]
    assert {finding.code for finding in found} == {"proxy.refused"}
    assert "missing )" in found[0].message


def test_scoped_tables_are_read_too():
    scope = route_v3.ScopedRouteConfiguration(name="s", route_configuration=table("t", one="/("))
    scope.key.fragments.add(string_key="s")
    assert blamed(snapshot(s=scope)) == ["routes.one"]


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
