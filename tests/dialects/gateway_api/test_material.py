import pytest

from dialects.gateway_api.scene import Scene, gateway

PEM = "-----BEGIN A CERTIFICATE-----"
SECRET = "{{apiVersion: v1, kind: Secret, metadata: {{name: shop}}, {data}}}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (f"stringData: {{tls.crt: '{PEM}', tls.key: '{PEM}'}}", []),
        ("stringData: {tls.crt: a, tls.key: b}", ["gateway_api.reference"]),
        ("data: {tls.crt: '*', tls.key: '*'}", ["gateway_api.reference"]),
        (
            f"colour: red, stringData: {{tls.crt: '{PEM}', tls.key: '{PEM}'}}",
            ["field.unknown", "gateway_api.reference"],
        ),
    ],
)
def test_a_secret_that_is_no_certificate_keeps_its_listener_shut(data: str, said: list[str]):
    listener = "{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}"
    scene = Scene(gateway(listener), SECRET.format(data=data))
    assert scene.said == said
    assert bool(scene.made("gateways")) is not said


def test_authorities_may_be_a_secret_too():
    listener = "{name: a, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: shop}]}}"
    clients = "tls: {frontend: {default: {validation: {caCertificateRefs: [{kind: Secret, name: shop}]}}}}"
    data = f"stringData: {{tls.crt: '{PEM}', tls.key: '{PEM}', ca.crt: '{PEM}'}}"
    scene = Scene(gateway(listener, more=clients), SECRET.format(data=data))
    assert scene.said == []
    assert scene.made("gateways")["edge"]["listeners"]["a"]["tls"]["client"] == {"ca": "shop"}
