import re

import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.policies.cors import Cors, compile_cors
from crossway.protos.envoy.extensions.filters.http.cors import v3 as cors_v3

SITE = Site(Ref("routes", "shop"), "default")


def policy(settings: object) -> cors_v3.CorsPolicy:
    fragment = compile_cors(Cors.model_validate(settings), SITE)
    assert isinstance(fragment, Fragment)
    message = fragment.per_route["cors"]
    assert isinstance(message, cors_v3.CorsPolicy)
    return message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://a.example", "https://a.example"),
        ("HTTPS://A.Example", "https://a.example"),
        ("https://a.example:443", "https://a.example"),
        ("http://a.example:80", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[2001:DB8::1]:3000", "http://[2001:db8::1]:3000"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(written, read):
    assert Cors.model_validate(written).origins == (read,)


@pytest.mark.parametrize(
    "origin",
    [
        "a.example",
        "https://a.example/",
        "https://a.example/app",
        "https://a.example?x",
        "https://user@a.example",
        "https://a.example:http",
        "https://a.example:65536",
        "https://",
        "https://a.*.example",
        "https://*a.example",
        "null",
        "",
        "~",
        "~(",
        7,
    ],
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(ValueError):
        Cors.model_validate({"origins": [origin]})


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://x.b.example", True),
        ("https://x.y.b.example", True),
        ("https://b.example", False),
        ("http://x.b.example", False),
        ("https://x.b.example:8443", False),
        ("https://xb.example", False),
        ("https://x.b-example", False),
        ("https://x.b.example.evil.example", False),
        ("https://evil.example/.b.example", False),
        ("https://evil.example:1.b.example", False),
    ],
)
def test_a_wildcard_means_what_is_below_it(origin, allowed):
    (matcher,) = policy("https://*.b.example").allow_origin_string_match
    assert bool(re.fullmatch(matcher.safe_regex.regex, origin)) is allowed


@pytest.mark.parametrize(
    "settings",
    [
        {"origins": []},
        {"origins": ["*", "https://a.example"]},
        {"origins": "https://a.example", "max_age": "1500ms"},
        {"origins": "https://a.example", "headers": ["x y"]},
        {"origins": "https://a.example", "methods": ["G T"]},
    ],
)
def test_what_browsers_would_not_understand_is_refused(settings):
    with pytest.raises(ValueError):
        Cors.model_validate(settings)


def test_a_route_without_a_backend_cannot_have_it():
    route, gateway = Ref("routes", "shop"), Ref("gateways", "edge")
    spec = Cors.model_validate("https://a.example")
    refused = compile_cors(spec, Site(route, "default", attached=route, forwards=False))
    assert isinstance(refused, Finding)
    assert refused.code == "cors.no_backend"
    assert compile_cors(spec, Site(route, "default", attached=gateway, forwards=False)) == Fragment()


def test_preflights_of_others_are_not_forwarded():
    message = policy({"origins": "https://a.example", "max_age": 0})
    assert message.max_age == "0"
    assert message.HasField("forward_not_matching_preflights")
    assert not message.forward_not_matching_preflights.value
