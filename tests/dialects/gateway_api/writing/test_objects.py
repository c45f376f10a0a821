from crossway.dialects.gateway_api.writing.objects import is_label, names
from crossway.model import Ref
from dialects.gateway_api.writing.written import EDGE, written


def test_names_are_those_of_the_resources_where_kubernetes_takes_them():
    refs = [Ref("services", name) for name in ("orders-1", "Orders_1", "orders_1", "1st", "_", "x" * 80)]
    called = names(refs)
    assert called[refs[0]] == "orders-1"
    assert called[refs[3]] == "x-1st"
    assert len(set(called.values())) == len(refs)
    assert all(map(is_label, called.values()))


def test_an_own_kind_has_the_settings_as_they_are():
    found = written(EDGE + "routes: {A.b: {respond: {body: x}}}")["crossway.dev/Route a-b"]
    assert found["metadata"]["annotations"] == {"crossway.dev/name": "A.b"}
    assert found["spec"] == {"respond": {"body": "x"}}


def test_a_service_in_one_line_is_written_out():
    found = written("services: {one: https://a.example, two: 'https://[fd00::1]:8443'}")
    assert found["crossway.dev/Service one"]["spec"] == {
        "endpoints": ["a.example:443"],
        "protocol": "auto",
        "tls": {"sni": "a.example"},
    }


def test_what_is_named_from_another_namespace_is_granted():
    found = written(EDGE + "namespaces: {shop: {routes: {a: {gateways: [default/edge], to: default/one}}}}")
    grant = found["ReferenceGrant crossway"]
    assert grant["spec"]["from"] == [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "shop"}]
    assert grant["spec"]["to"] == [{"group": "", "kind": "Service"}]
    (listener,) = found["Gateway edge"]["spec"]["listeners"]
    assert listener["allowedRoutes"] == {"namespaces": {"from": "All"}}
    assert found["HTTPRoute a"]["spec"]["parentRefs"] == [{"name": "edge", "namespace": "default"}]


def test_a_tiebreak_is_kept():
    found = written(EDGE + "routes: {a: {to: one, tiebreak: '2026'}}")["HTTPRoute a"]["metadata"]
    assert found["annotations"] == {"crossway.dev/name": "a", "crossway.dev/tiebreak": "2026"}
