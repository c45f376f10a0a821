import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route


@pytest.mark.parametrize(
    ("method", "native"),
    [
        ("{service: a.B, method: C}", {"grpc": "a.B/C"}),
        ("{service: a.B}", {"grpc": "a.B"}),
        ("{method: C}", {"path": "/{service}/C"}),
        ("{type: RegularExpression, method: 'C|D'}", {"path": "~/([^/]+)/(C|D)"}),
    ],
)
def test_a_call_is_matched_by_its_service_and_method(method: str, native: dict[str, str]):
    text = route(f"{{matches: [{{method: {method}}}], backendRefs: [{{name: web, port: 80}}]}}", kind="GRPCRoute")
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}"), SERVICE, text)
    assert scene.said == []
    assert scene.made("routes")["web_grpc_0"]["matches"] == [native]
    assert scene.made("services")["web_80"]["protocol"] == "http2"


@pytest.mark.parametrize("method", ["{}", "{service: 'a/B'}", "{service: a.B, method: 'C/D'}", "{method: 'C/D'}"])
def test_what_names_no_method_closes_the_route(method: str):
    text = route(f"{{matches: [{{method: {method}}}, {{}}]}}", kind="GRPCRoute")
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}"), text)
    assert scene.said == ["field.invalid"]
    assert "respond" in scene.made("routes")["web_grpc_0"]
