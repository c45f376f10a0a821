import pytest

from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.simulation.redirect import location, rewritten

HERE = ("http", "a.example.org:8080", "/x?q=1")


@pytest.mark.parametrize(
    ("redirect", "there"),
    [
        ({"scheme_redirect": "https"}, "https://a.example.org:8080/x?q=1"),
        ({"https_redirect": True, "port_redirect": 443}, "https://a.example.org:443/x?q=1"),
        ({"host_redirect": "b.test"}, "http://b.test/x?q=1"),
        ({"path_redirect": "/y"}, "http://a.example.org:8080/y?q=1"),
        ({"path_redirect": "/y", "strip_query": True}, "http://a.example.org:8080/y"),
        ({"path_redirect": "/y?z"}, "http://a.example.org:8080/y?z"),
        ({"strip_query": True}, "http://a.example.org:8080/x"),
    ],
)
def test_the_location(redirect, there):
    assert location(route_v3.RedirectAction(**redirect), *HERE) == there


@pytest.mark.parametrize(
    ("host", "kept"), [("a.test:80", "a.test"), ("a.test:443", "a.test:443"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
)
def test_the_default_port_of_another_scheme_goes(host, kept):
    assert location(route_v3.RedirectAction(scheme_redirect="https"), "http", host, "/") == f"https://{kept}/"


def test_a_rewrite_leaves_the_query():
    rewrite = matcher_v3.RegexMatchAndSubstitute(pattern=matcher_v3.RegexMatcher(regex="^/a"), substitution="/b")
    assert rewritten(rewrite, "/a/a?/a") == "/b/a?/a"
