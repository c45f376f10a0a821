import pytest

from dialects.istio.scene import ENTRY, GATEWAY, SERVICE, read, routed, written

ANSWER = "directResponse: {status: 204}"


def test_rules_without_conditions_stand_last():
    routes = routed(f"{{match: [{{uri: {{prefix: /a}}}}], {ANSWER}}}, {{{ANSWER}}}").settings["routes"]
    assert [route.get("priority") for route in routes.values()] == [2, None]


def test_a_condition_holds_for_its_port_alone():
    reading = routed(f"{{match: [{{port: 81}}], {ANSWER}}}")
    assert "routes" not in reading.settings


def test_a_delegate_says_the_rest_and_names_services_of_its_own_namespace():
    rule = "{match: [{uri: {prefix: /a}}], delegate: {name: d, namespace: shop}}"
    spec = f"hosts: [a.test], gateways: [edge], http: [{rule}]"
    delegate = written(
        "VirtualService",
        "http: [{match: [{headers: {x-a: {exact: '1'}}}], route: [{destination: {host: web}}]}]",
        name="d",
        metadata="namespace: shop",
    )
    reading = read(GATEWAY, written("VirtualService", spec), delegate)
    route = reading.one("routes")
    assert route["matches"] == [{"path": "^/a", "headers": {"x-a": "1"}}]
    assert route["to"] == "shop/web_80"
    assert list(reading.settings["services"]) == ["shop/web_80"]


def test_a_delegate_that_is_not_there_closes_its_rule():
    reading = routed("{delegate: {name: nobody}}")
    assert reading.codes == ["istio.delegate"]
    assert reading.one("routes")["respond"]["status"] == 503


@pytest.mark.parametrize(
    ("server", "rules", "where"),
    [
        (
            "{port: {number: 443, name: s, protocol: TLS}, hosts: ['*'], tls: {mode: PASSTHROUGH}}",
            "tls: [{match: [{port: 443, sniHosts: [a.test]}], route: [{destination: {host: a.test}}]}]",
            {"listeners": ["tls-443_default_edge_0"], "hostnames": ["a.test"]},
        ),
        (
            "{port: {number: 5432, name: s, protocol: TCP}, hosts: ['*']}",
            "tcp: [{route: [{destination: {host: a.test}}]}]",
            {"listeners": ["tcp-5432"]},
        ),
    ],
)
def test_connections(server, rules, where):
    gateway = written("Gateway", f"selector: {{istio: edge}}, servers: [{server}]", name="edge")
    service = written("VirtualService", f"hosts: ['*'], gateways: [edge], {rules}")
    assert read(gateway, ENTRY, service).one("routes") == {"gateways": ["edge"], **where, "to": ["a.test_80"]}


def test_inside_of_the_mesh_a_route_stands_at_the_services_it_is_for():
    reading = read(SERVICE, written("VirtualService", f"hosts: [web], http: [{{{ANSWER}}}]"))
    assert reading.one("routes")["services"] == ["web_80"]


def test_a_gateway_that_is_not_there_is_told():
    assert read(written("VirtualService", f"hosts: ['*'], gateways: [edge], http: [{{{ANSWER}}}]")).codes == [
        "istio.unknown_gateway"
    ]
