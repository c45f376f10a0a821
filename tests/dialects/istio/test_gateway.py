from typing import Any

import pytest

from dialects.istio.scene import Reading, read, written
from harness.certificates import Authority


def opened(*servers: str, more: tuple[str, ...] = ()) -> Reading:
    return read(written("Gateway", f"selector: {{istio: edge}}, servers: [{', '.join(servers)}]", name="edge"), *more)


def secret(name: str, data: dict[str, str], namespace: str = "istio-system") -> str:
    lines = "".join(
        f"  {key}: |\n    {text.strip().replace(chr(10), chr(10) + '    ')}\n" for key, text in data.items()
    )
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData:\n{lines}"


def pair(authority: Authority) -> dict[str, str]:
    made = authority.issue("shop.test")
    return {"tls.crt": made.pem, "tls.key": made.key}


def secure(tls: str, *more: str) -> dict[str, Any]:
    server = f"{{port: {{number: 443, name: s, protocol: HTTPS}}, hosts: [shop.test], tls: {{{tls}}}}}"
    reading = opened(server, more=more)
    (listener,) = reading.one("gateways")["listeners"].values()
    return listener  # type: ignore[no-any-return]


def test_a_secret_beside_the_proxies_is_the_certificate():
    listener = secure("mode: SIMPLE, credentialName: web", secret("web", pair(Authority())))
    assert listener == {
        "port": 443,
        "hostnames": ["shop.test"],
        "tls": {"certificates": ["istio-system/web"]},
    }


def test_clients_show_certificates_of_authorities_in_the_same_secret_or_the_one_beside_it():
    authority = Authority()
    whole = secret("web", {**pair(authority), "ca.crt": authority.pem})
    assert secure("mode: MUTUAL, credentialName: web", whole)["tls"]["client"] == {"ca": "istio-system/web"}
    beside = (secret("web", pair(authority)), secret("web-cacert", {"ca.crt": authority.pem}))
    listener = secure("mode: OPTIONAL_MUTUAL, credentialName: web, minProtocolVersion: TLSV1_3", *beside)
    assert listener["tls"]["client"] == {"ca": "istio-system/web-cacert", "required": False}
    assert listener["tls"]["profile"] == "modern"


def test_files_are_certificates_of_their_own():
    listener = secure("mode: MUTUAL, serverCertificate: /a.pem, privateKey: /a.key, caCertificates: /ca.pem")
    assert listener["tls"] == {"certificates": ["edge_0"], "client": {"ca": "edge_0_ca"}}


@pytest.mark.parametrize(
    ("server", "listener"),
    [
        ("{port: {number: 443, name: a, protocol: TLS}, hosts: [a.test], tls: {mode: PASSTHROUGH}}", "tls"),
        ("{port: {number: 5432, name: a, protocol: TCP}, hosts: ['*']}", "tcp"),
        ("{port: {number: 80, name: a, protocol: GRPC}, hosts: ['*']}", None),
    ],
)
def test_protocols(server, listener):
    (found,) = opened(server).one("gateways")["listeners"].values()
    assert found.get("protocol") == listener


@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("{port: {number: 443, name: a, protocol: HTTPS}, hosts: ['*']}", "istio.server"),
        ("{port: {number: 443, name: a, protocol: HTTPS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}", "istio.server"),
        ("{port: {number: 27017, name: a, protocol: MONGO}, hosts: ['*']}", "istio.server"),
        ("{port: {number: 80, name: a, protocol: HTTP}, hosts: ['*'], bind: 'unix:///a'}", "istio.server"),
        ("{port: {number: 0, name: a, protocol: HTTP}, hosts: ['*']}", "field.invalid"),
        ("{port: {number: 443, name: a, protocol: HTTPS}, hosts: [a], tls: {mode: LOOSE}}", "field.invalid"),
    ],
)
def test_a_server_that_cannot_be_opened_is_told(server, code):
    reading = opened(server)
    assert code in reading.codes
    assert "gateways" not in reading.settings


def test_gateways_with_one_selector_are_one():
    one = written("Gateway", "selector: {istio: edge}, servers: [{port: {number: 80, protocol: HTTP}, hosts: [a]}]")
    other = written(
        "Gateway", "selector: {app: istio-edge}, servers: [{port: {number: 81, protocol: HTTP}, hosts: [b]}]", name="b"
    )
    assert set(read(one, other).one("gateways")["listeners"]) == {"http-80", "http-81"}


def test_a_redirect_to_https_is_a_route_before_all_others():
    reading = opened("{port: {number: 80, name: a, protocol: HTTP}, hosts: [a.test], tls: {httpsRedirect: true}}")
    route = reading.one("routes")
    assert (route["redirect"], route["hostnames"]) == ({"scheme": "https", "status": 301}, ["a.test"])
