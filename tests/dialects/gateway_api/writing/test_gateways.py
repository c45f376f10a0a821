import pytest

from dialects.gateway_api.writing.written import written

PEM = "-----BEGIN X-----"
CERTIFICATES = f"certificates: {{web: {{certificate: {PEM}, key: {PEM}}}, roots: {{ca: {PEM}}}}}\n"


def gateway(listeners: str) -> dict:
    return written(f"{CERTIFICATES}gateways: {{edge: {{listeners: {listeners}}}}}")


def test_listeners_say_what_they_speak():
    listeners = (
        "{a: {port: 1, hostnames: [a.example]}, b: {port: 2, tls: {certificates: [web]}}, c: {port: 3, protocol: tcp},"
        " d: {port: 4, protocol: udp}, e: {port: 5, protocol: tls}}"
    )
    found = gateway(listeners)
    assert found["Gateway edge"]["spec"]["gatewayClassName"] == "crossway"
    assert [(item["name"], item["protocol"]) for item in found["Gateway edge"]["spec"]["listeners"]] == [
        ("a", "HTTP"),
        ("b", "HTTPS"),
        ("c", "TCP"),
        ("d", "UDP"),
        ("e", "TLS"),
    ]
    assert found["Gateway edge"]["spec"]["listeners"][1]["tls"]["certificateRefs"] == [{"name": "web"}]
    assert found["Secret web"]["stringData"] == {"tls.crt": PEM, "tls.key": PEM}


def test_clients_are_checked_by_port():
    found = gateway("{a: {port: 443, tls: {certificates: [web], client: {ca: roots}}}}")
    (checked,) = found["Gateway edge"]["spec"]["tls"]["frontend"]["perPort"]
    assert checked["port"] == 443
    assert checked["tls"]["validation"]["caCertificateRefs"] == [{"group": "", "kind": "ConfigMap", "name": "roots"}]
    assert found["ConfigMap roots"]["data"] == {"ca.crt": PEM}


def test_an_address_is_that_of_the_gateway():
    found = gateway("{a: {port: 1, address: 127.0.0.1}, b: {port: 2, address: 127.0.0.1}}")
    assert found["Gateway edge"]["spec"]["addresses"] == [{"type": "IPAddress", "value": "127.0.0.1"}]


@pytest.mark.parametrize(
    "listeners",
    [
        "{a: {port: 1, redirect_to_https: true}}",
        "{a: {port: 1, hostnames: [a.example, b.example]}}",
        "{a: {port: 1, hostnames: ['*']}}",
        "{A: 1}",
        "{a: {port: 1, address: 127.0.0.1}, b: 2}",
        "{a: {port: 1, tls: {certificates: [web], profile: modern}}}",
        "{a: {port: 1, tls: {certificates: [web, none]}}}",
        "{a: {port: 1, policies: {timeout: 5s}}}",
    ],
)
def test_what_a_gateway_cannot_say_is_an_own_kind(listeners):
    found = gateway(listeners)
    assert "Gateway edge" not in found
    assert found["crossway.dev/Gateway edge"]["spec"]["listeners"]


def test_a_certificate_in_a_file_is_an_own_kind():
    found = written(
        "certificates: {web: {certificate: a.pem, key: a.key}}\n"
        "gateways: {edge: {listeners: {a: {port: 1, tls: {certificates: [web]}}}}}"
    )
    (listener,) = found["Gateway edge"]["spec"]["listeners"]
    assert listener["tls"]["certificateRefs"] == [{"group": "crossway.dev", "kind": "Certificate", "name": "web"}]
    assert found["crossway.dev/Certificate web"]["spec"] == {"certificate": "a.pem", "key": "a.key"}


def test_a_certificate_that_no_gateway_names_is_an_own_kind():
    assert "crossway.dev/Certificate web" in written(CERTIFICATES)
