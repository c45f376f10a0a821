import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route

GATEWAY = gateway("{name: http, port: 80, protocol: HTTP}")


@pytest.mark.parametrize(
    ("named", "to", "reason"),
    [
        ("{name: web, port: 80}", "web_80", None),
        ("{name: web, port: 80, weight: 2}", {"service": "web_80", "weight": 2}, None),
        ("{name: web, port: 81}", {"status": 500}, "BackendNotFound"),
        ("{name: web}", {"status": 500}, "BackendNotFound"),
        ("{name: cart, port: 80}", {"status": 500}, "BackendNotFound"),
        ("{name: web, port: 80, kind: Bucket}", {"status": 500}, "InvalidKind"),
        ("{name: web, port: 80, namespace: other}", {"status": 500}, "RefNotPermitted"),
    ],
)
def test_a_backend_is_a_service_or_an_answer(named: str, to: object, reason: str | None):
    scene = Scene(GATEWAY, SERVICE, route(f"{{backendRefs: [{named}]}}"))
    assert scene.made("routes")["web_0"]["to"] == to
    assert [finding.message.rpartition("(")[2][:-1] for finding in scene.result.findings] == (
        [reason] if reason else []
    )
