from typing import Any

import pytest

from dialects.gateway_api.scene import Scene, gateway, route, rule

BACKEND = "backendRefs: [{name: web, port: 80}]"


@pytest.mark.parametrize(
    ("path", "native"),
    [
        ("{value: /}", None),
        ("{value: /a/}", "/a/*"),
        ("{type: Exact, value: /a/}", "/a/"),
        ("{type: RegularExpression, value: '/a|/b'}", "~/a|/b"),
        ("{type: Exact, value: '/{a}'}", {"exact": "/{a}"}),
    ],
)
def test_a_path_is_written_in_one_line_where_that_says_it(path: str, native: object):
    (match,) = rule(f"matches: [{{path: {path}, method: GET}}], {BACKEND}")["matches"]
    assert match.get("path") == native


@pytest.mark.parametrize(
    "path", ["{value: a}", "{value: '/a//b'}", "{value: '/a*'}", "{type: RegularExpression, value: '(?=a)'}"]
)
def test_what_is_no_path_closes_the_route(path: str):
    scene = Scene(gateway("{name: http, port: 80, protocol: HTTP}"), route(f"{{matches: [{{path: {path}}}, {{}}]}}"))
    assert scene.said == ["field.invalid"]
    assert scene.made("routes")["web_0"]["respond"]["status"] == 503


@pytest.mark.parametrize(
    ("times", "policies"),
    [
        ("timeouts: {request: 1s}", {"timeout": "1s"}),
        ("timeouts: {backendRequest: 1s}", {"timeout": {"backend": "1s"}}),
        ("retry: {attempts: 3}", {"retry": 3}),
        ("retry: {backoff: 1s}", {"retry": {"back_off": {"base": "1s"}}}),
    ],
)
def test_times_and_tries_are_policies(times: str, policies: dict[str, Any]):
    assert rule(f"{times}, {BACKEND}")["policies"] == policies
