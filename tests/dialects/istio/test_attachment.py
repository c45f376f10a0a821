import pytest

from crossway.dialects.contract import Key
from crossway.dialects.istio.attachment import gateway_key
from crossway.dialects.istio.gateway import GATEWAY
from dialects.istio.scene import read, written


@pytest.mark.parametrize(
    ("text", "namespace", "name"),
    [("edge", "shop", "edge"), ("infra/edge", "infra", "edge"), ("edge.infra.svc.cluster.local", "infra", "edge")],
)
def test_a_gateway_is_named_in_three_ways(text, namespace, name):
    assert gateway_key(text, "shop") == Key(GATEWAY, namespace, name)


@pytest.mark.parametrize(
    ("served", "asked", "hostnames"),
    [
        ("['*']", "[a.test]", ["a.test"]),
        ("['*.test']", "[a.test, b.example]", ["a.test"]),
        ("[a.test]", "['*.test']", ["a.test"]),
        ("['default/a.test']", "['*']", ["a.test"]),
        ("['./a.test']", "['*']", ["a.test"]),
        ("['other/a.test']", "['*']", None),
    ],
)
def test_a_route_has_the_hosts_that_it_and_the_gateway_know(served, asked, hostnames):
    server = f"servers: [{{port: {{number: 80, name: http, protocol: HTTP}}, hosts: {served}}}]"
    rules = f"hosts: {asked}, gateways: [edge], http: [{{directResponse: {{status: 204}}}}]"
    reading = read(written("Gateway", server, name="edge"), written("VirtualService", rules))
    found = [route.get("hostnames") for route in reading.settings.get("routes", {}).values()]
    assert found == ([] if hostnames is None else [hostnames])
