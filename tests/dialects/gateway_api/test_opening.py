import pytest

from crossway.dialects.gateway_api.opening import client_certificate, openings
from crossway.dialects.gateway_api.reference import Trouble
from dialects.gateway_api.scene import Scene, gateway, key


def test_a_listener_opens_with_what_it_needs_alone():
    scene = Scene(gateway("{name: a, port: 443, protocol: HTTPS}, {name: b, port: 80, protocol: HTTP}"))
    shut, opened = scene.translator.ask(openings, key("Gateway", "edge"))
    assert (shut.listener, [item.reason for item in shut.troubles]) == ({}, ["InvalidCertificateRef"])
    assert opened.listener == {"port": 80}


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("{name: gone}", "InvalidClientCertificateRef"),
        ("{name: gone, kind: Vault}", "InvalidClientCertificateRef"),
        ("{name: gone, namespace: other}", "RefNotPermitted"),
    ],
)
def test_a_certificate_for_backends_that_is_not_there_is_said(named: str, reason: str):
    tls = f"tls: {{backend: {{clientCertificateRef: {named}}}}}"
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}", more=tls))
    found = scene.translator.ask(client_certificate, key("Gateway", "edge"))
    assert isinstance(found, Trouble)
    assert found.reason == reason
    assert scene.said == ["gateway_api.reference"]


def test_a_gateway_without_open_listeners_is_none():
    assert Scene(gateway("{name: a, port: 443, protocol: HTTPS}")).made("gateways") == {}
