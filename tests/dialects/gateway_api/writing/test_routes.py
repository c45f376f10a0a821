import pytest

from dialects.gateway_api.writing.written import EDGE, rule, written


def test_methods_are_matches_of_their_own():
    found = rule("{matches: [{path: /a/*, methods: [GET, POST], headers: {x: {regex: a+}}, queries: {q: b}}], to: one}")
    assert [match["method"] for match in found["matches"]] == ["GET", "POST"]
    assert found["matches"][0]["path"] == {"type": "PathPrefix", "value": "/a"}
    assert found["matches"][0]["headers"] == [{"type": "RegularExpression", "name": "x", "value": "a+"}]
    assert found["matches"][0]["queryParams"] == [{"name": "q", "value": "b"}]


def test_backends_have_weights_and_filters():
    found = rule("{to: [{service: one, weight: 3}, {service: one, policies: {headers: {request: {remove: [x]}}}}]}")
    assert found["backendRefs"] == [
        {"name": "one", "port": 9001, "weight": 3},
        {
            "name": "one",
            "port": 9001,
            "filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["x"]}}],
        },
    ]


def test_calls_are_a_grpc_route_where_the_service_speaks_http2():
    text = EDGE.replace("http://", "h2c://") + "routes: {a: {matches: [{grpc: a.B/C}], to: one}}"
    assert written(text)["GRPCRoute a"]["spec"]["rules"][0]["matches"] == [
        {"method": {"type": "Exact", "service": "a.B", "method": "C"}}
    ]
    assert "crossway.dev/Route a" in written(text.replace("h2c://", "http://"))


@pytest.mark.parametrize(
    ("listener", "kind"),
    [("protocol: tcp", "TCPRoute"), ("protocol: udp", "UDPRoute"), ("protocol: tls", "TLSRoute")],
)
def test_connections_are_routed_by_their_listener(listener, kind):
    found = written(
        f"gateways: {{edge: {{listeners: {{raw: {{port: 1, {listener}}}}}}}}}\n"
        "services: {one: http://127.0.0.1:9001}\nroutes: {a: {to: one}}"
    )
    assert found[f"{kind} a"]["spec"]["parentRefs"] == [{"name": "edge", "sectionName": "raw"}]


def test_a_gateway_and_a_service_of_an_own_kind_can_be_named():
    found = written(
        "gateways: {Edge: {listeners: {http: 8080}}}\nservices: {one: https://a.example}\nroutes: {a: {to: one}}"
    )
    spec = found["HTTPRoute a"]["spec"]
    assert spec["parentRefs"] == [{"group": "crossway.dev", "kind": "Gateway", "name": "edge"}]
    assert spec["rules"][0]["backendRefs"] == [{"group": "crossway.dev", "kind": "Service", "name": "one"}]


@pytest.mark.parametrize(
    "text",
    [
        "{matches: [{path: '/a/{id}'}], to: one}",
        "{matches: [{path: ^/a}], to: one}",
        "{matches: [{cookies: {a: b}}], to: one}",
        "{matches: [{headers: {a: {prefix: b}}}], to: one}",
        "{matches: [{methods: [PROPFIND]}], to: one}",
        "{matches: [{methods: [GET]}, {methods: [POST]}], to: one}",
        "{hostnames: ['*'], to: one}",
        "{to: one, priority: 1}",
        "{to: one, listeners: [none]}",
        "{to: {service: one, subset: a}}",
        "{to: [{service: one}, {status: 503}]}",
        "{to: nobody}",
        "{respond: {}}",
        "{redirect: {scheme: https, keep_query: false}}",
    ],
)
def test_what_a_route_of_gateway_api_cannot_say_is_an_own_kind(text):
    assert "crossway.dev/Route a" in written(f"{EDGE}routes: {{a: {text}}}")
