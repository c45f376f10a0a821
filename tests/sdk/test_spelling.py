import pytest
from pydantic import BaseModel

from crossway.sdk.declared import Declared
from crossway.sdk.http import Response
from crossway.sdk.spelling import condition, governed, plain_settings, reached, slug, split_match, target


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("/a", ([], "/a")),
        ("GET /a", (["GET"], "/a")),
        ("get|POST /a b", (["get", "POST"], "/a b")),
        (" /a ", ([], "/a")),
    ],
)
def test_a_match_may_name_methods(match: str, expected: object):
    assert split_match(match) == expected


def test_a_condition_without_methods_is_a_path():
    assert condition("/a") == {"path": "/a"}
    assert condition("GET,PUT /a") == {"path": "/a", "methods": ["GET", "PUT"]}


@pytest.mark.parametrize(("matches", "name"), [(["GET /users/{id}"], "get-users-id"), (["/"], "root"), ([], "root")])
def test_a_route_is_called_after_its_first_match(matches: list[str], name: str):
    assert slug(matches) == name


@pytest.mark.parametrize(
    ("endpoints", "settings"),
    [
        ("http://a", {"endpoints": ["a:80"]}),
        ("h2c://a:9", {"endpoints": ["a:9"], "protocol": "http2"}),
        ("https://[::1]", {"endpoints": ["[::1]:443"], "tls": {"sni": "::1"}, "protocol": "auto"}),
        (["a:1"], {"endpoints": ["a:1"]}),
        ("http://a/b", {"endpoints": "http://a/b"}),
    ],
)
def test_a_url_is_a_service(endpoints: object, settings: object):
    assert reached(endpoints) == settings


def test_where_a_route_leads():
    assert target(None) == {}
    assert target("a") == {"to": "a"}
    assert target([("a", 9), "b"]) == {"to": [{"service": "a", "weight": 9}, "b"]}
    said = target(Response(200, {"content-type": "text/plain"}, "hi"))
    assert said == {"respond": {"status": 200, "body": "hi", "content_type": "text/plain"}}
    with pytest.raises(ValueError, match="no header but content-type: set x-a"):
        target(Response(200, {"x-a": "1"}))


def test_settings_may_be_a_model():
    class Settings(BaseModel):
        a: int = 1
        b: int = 2

    assert plain_settings(Settings(b=3)) == {"b": 3}
    assert plain_settings({"a": 1}) == {"a": 1}


def test_policies_of_a_gateway_are_its_own_before_others():
    gateway = Declared("gateways", "edge", {"policies": {"a": 1}}, {})
    assert governed(gateway, {"a": 2, "b": 2}, {}).settings == {"policies": {"a": 1, "b": 2}}
