import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route, rule

BACKEND = "backendRefs: [{name: web, port: 80}]"


def test_the_host_is_rewritten_once():
    host = "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: a.example}]}}"
    other = "{type: URLRewrite, urlRewrite: {hostname: b.example}}"
    for filters in (f"{host}, {other}", f"{other}, {host}"):
        assert rule(f"filters: [{filters}], {BACKEND}")["policies"] == {"rewrite": {"host": "b.example"}}


@pytest.mark.parametrize(
    ("text", "is_closed"),
    [
        ("type: RequestMirror, requestMirror: {backendRef: {name: gone, port: 80}}", False),
        ("type: ExternalAuth, externalAuth: {protocol: HTTP, backendRef: {name: gone, port: 80}}", True),
        ("type: ExtensionRef, extensionRef: {group: crossway.dev, kind: Policies, name: gone}", True),
        ("type: ExtensionRef, extensionRef: {group: example.com, kind: Auth, name: a}", True),
    ],
)
def test_a_filter_that_cannot_be_kept_is_never_passed_over(text: str, is_closed: bool):
    scene = Scene(
        gateway("{name: http, port: 80, protocol: HTTP}"), SERVICE, route(f"{{filters: [{{{text}}}], {BACKEND}}}")
    )
    assert scene.said == ["gateway_api.reference"]
    assert ("respond" in scene.made("routes")["web_0"]) is is_closed


def test_for_one_backend_the_host_stays():
    host = "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: a.example}]}}"
    text = route(f"{{backendRefs: [{{name: web, port: 80, filters: [{host}]}}]}}")
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}"), SERVICE, text)
    assert scene.said == ["gateway_api.reference"]
    assert "respond" in scene.made("routes")["web_0"]
