from typing import Any

import pytest

from dialects.gateway_api.scene import rule

BACKEND = "backendRefs: [{name: web, port: 80}]"


@pytest.mark.parametrize(
    ("text", "value"),
    [("{host}", "{{host}}"), ("{{host}}", "{{{host}}}"), ("{Host} %", "{Host} %"), ("{a b}", "{a b}")],
)
def test_braces_of_a_header_are_text(text: str, value: str):
    change = f"{{type: RequestHeaderModifier, requestHeaderModifier: {{add: [{{name: X-A, value: '{text}'}}]}}}}"
    assert rule(f"filters: [{change}], {BACKEND}")["policies"]["headers"] == {"request": {"add": {"x-a": value}}}


@pytest.mark.parametrize(
    ("path", "native"),
    [
        ("{type: ReplacePrefixMatch, replacePrefixMatch: /a/}", {"path_prefix": "/a"}),
        ("{type: ReplacePrefixMatch, replacePrefixMatch: /}", {"path_prefix": "/"}),
        ("{type: ReplacePrefixMatch, replacePrefixMatch: ''}", {"path_prefix": "/"}),
        ("{type: ReplaceFullPath, replaceFullPath: /a/}", {"path": "/a/"}),
    ],
)
def test_paths_are_replaced_as_a_whole_or_by_their_prefix(path: str, native: dict[str, Any]):
    assert rule(f"filters: [{{type: RequestRedirect, requestRedirect: {{path: {path}}}}}]")["redirect"] == native
    rewritten = rule(f"filters: [{{type: URLRewrite, urlRewrite: {{path: {path}}}}}], {BACKEND}")
    assert rewritten["policies"]["rewrite"] == native


@pytest.mark.parametrize(
    ("cors", "native"),
    [
        ("allowOrigins: ['*']", ["*"]),
        ("allowOrigins: ['*'], allowCredentials: true", {"origins": ["~.*"], "credentials": True}),
        (
            "allowOrigins: ['https://a.b'], allowCredentials: true, exposeHeaders: ['*', x-a]",
            {"origins": ["https://a.b"], "expose_headers": ["x-a"], "credentials": True},
        ),
    ],
)
def test_with_credentials_browsers_are_told_names(cors: str, native: object):
    assert rule(f"filters: [{{type: CORS, cors: {{{cors}}}}}], {BACKEND}")["policies"]["cors"] == native
