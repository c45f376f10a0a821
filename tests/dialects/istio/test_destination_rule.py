from typing import Any

import pytest

from dialects.istio.scene import SERVICE, read, written
from harness.certificates import Authority


def ruled(policy: str, *more: str, service: str = SERVICE) -> dict[str, Any]:
    reading = read(service, written("DestinationRule", f"host: web, trafficPolicy: {{{policy}}}"), *more)
    return {**reading.settings["services"]["web_80"], "codes": reading.codes}


@pytest.mark.parametrize(
    ("balancer", "said"),
    [
        ("simple: ROUND_ROBIN", {"algorithm": "round_robin"}),
        ("simple: LEAST_CONN", {"algorithm": "least_request"}),
        ("consistentHash: {useSourceIp: true}", {"hash_by": "source_ip"}),
        ("consistentHash: {httpHeaderName: X-User}", {"hash_by": {"header": "X-User"}}),
        ("consistentHash: {httpQueryParameterName: u}", {"hash_by": {"query": "u"}}),
        ("consistentHash: {httpCookie: {name: c, ttl: 60s}}", {"hash_by": {"cookie": {"name": "c", "ttl": "60s"}}}),
    ],
)
def test_load_balancing(balancer, said):
    found = ruled(f"loadBalancer: {{{balancer}}}")["policies"]["load_balancing"]
    assert said.items() <= found.items(), found


def test_settings_of_a_port_take_the_place_of_all_others():
    found = ruled(
        "loadBalancer: {simple: RANDOM},"
        " portLevelSettings: [{port: {number: 80}, outlierDetection: {consecutive5xxErrors: 3}}]"
    )
    assert found["policies"] == {"outlier_detection": {"consecutive_errors": 3}}


def test_mutual_tls_takes_certificate_and_authorities_of_a_secret():
    authority = Authority()
    pair = authority.issue("web")
    data = {"tls.crt": pair.pem, "tls.key": pair.key, "ca.crt": authority.pem}
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: client}\nstringData:\n" + "".join(
        f"  {name}: {text!r}\n" for name, text in data.items()
    ).replace("'", '"')
    found = ruled("tls: {mode: MUTUAL, credentialName: client, sni: web.test, subjectAltNames: [web]}", secret)
    assert found["tls"] == {"sni": "web.test", "names": ["web"], "ca": "client", "certificate": "client"}


def test_a_secret_that_is_not_there_is_told_and_named():
    found = ruled("tls: {mode: SIMPLE, credentialName: nobody}")
    assert found["tls"]["ca"] == "nobody"
    assert found["codes"] == ["istio.credential"]


def test_files_and_unverified_endpoints():
    assert ruled("tls: {mode: SIMPLE, insecureSkipVerify: true}")["tls"] == {"verify": False}
    assert ruled("tls: {mode: SIMPLE, caCertificates: /etc/ca.pem}")["tls"] == {"ca": "a_tls"}


def test_the_tls_of_the_mesh_is_not_in_force():
    found = ruled("tls: {mode: ISTIO_MUTUAL}, connectionPool: {http: {h2UpgradePolicy: UPGRADE}}")
    assert "tls" not in found
    assert found["protocol"] == "http2"
    assert found["codes"] == ["mesh.not_in_force"]
