import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route

LISTENERS = (
    "{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}, "
    "{name: tcp, port: 81, protocol: TCP}, {name: udp, port: 81, protocol: UDP}"
)


@pytest.mark.parametrize("kind", ["TLS", "TCP"])
def test_a_route_stands_behind_the_listeners_of_its_protocol(kind: str):
    scene = Scene(gateway(LISTENERS), SERVICE, route("{backendRefs: [{name: web, port: 80}]}", kind=f"{kind}Route"))
    ((name, settings),) = scene.made("routes").items()
    assert name == f"web_{kind.lower()}_0"
    assert (settings["listeners"], settings["to"]) == ([kind.lower()], "web_80")


def test_datagrams_need_a_backend_for_datagrams():
    scene = Scene(gateway(LISTENERS), SERVICE, route("{backendRefs: [{name: web, port: 80}]}", kind="UDPRoute"))
    assert scene.made("routes")["web_udp_0"]["to"] == {"status": 503}
    assert scene.said == ["gateway_api.reference"]
