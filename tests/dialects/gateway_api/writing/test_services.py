import pytest

from dialects.gateway_api.writing.written import EDGE, written


def service(text: str) -> dict:
    return written(f"certificates: {{roots: {{ca: -----BEGIN X-----}}}}\nservices: {{one: {text}}}")


def test_endpoints_are_slices_one_for_each_port_and_family():
    found = service("{endpoints: ['10.0.0.1:80', {address: '10.0.0.2:80', zone: z}, '10.0.0.3:81', '[fd00::1]:81']}")
    assert found["Service one"]["spec"] == {"ports": [{"port": 80}]}
    slices = [root for name, root in found.items() if name.startswith("EndpointSlice")]
    assert [(item["addressType"], item["ports"][0]["port"]) for item in slices] == [
        ("IPv4", 80),
        ("IPv4", 81),
        ("IPv6", 81),
    ]
    assert slices[0]["endpoints"][1] == {"addresses": ["10.0.0.2"], "zone": "z"}


def test_a_name_is_an_external_one():
    spec = service("{endpoints: ['a.example:80']}")["Service one"]["spec"]
    assert (spec["type"], spec["externalName"]) == ("ExternalName", "a.example")


def test_tls_is_a_policy():
    found = service("{endpoints: ['10.0.0.1:80'], protocol: http2, tls: {sni: a.example, names: ['spiffe://a/b', c]}}")
    assert found["Service one"]["spec"]["ports"] == [{"port": 80, "appProtocol": "kubernetes.io/h2c"}]
    policy = found["BackendTLSPolicy one"]["spec"]
    assert policy["targetRefs"] == [{"group": "", "kind": "Service", "name": "one"}]
    assert policy["validation"] == {
        "wellKnownCACertificates": "System",
        "hostname": "a.example",
        "subjectAltNames": [{"type": "URI", "uri": "spiffe://a/b"}, {"type": "Hostname", "hostname": "c"}],
    }


def test_datagrams_are_sent_to_a_port_for_them():
    found = written(
        EDGE.replace("http: 8080", "d: {port: 1, protocol: udp}")
        + "routes: {a: {gateways: [edge], listeners: [d], to: one}}"
    )
    assert found["Service one"]["spec"]["ports"] == [{"port": 9001, "protocol": "UDP"}]
    assert "UDPRoute a" in found


@pytest.mark.parametrize(
    "text",
    [
        "{endpoints: ['unix:/tmp/s']}",
        "{endpoints: [{address: '10.0.0.1:80', weight: 2}]}",
        "{endpoints: ['10.0.0.1:80'], policies: {load_balancing: random}}",
        "{endpoints: ['10.0.0.1:80', 'a.example:80']}",
        "{endpoints: ['10.0.0.1:80'], tls: {verify: false}}",
        "{}",
    ],
)
def test_what_a_service_of_kubernetes_cannot_say_is_an_own_kind(text):
    assert "crossway.dev/Service one" in service(text)
