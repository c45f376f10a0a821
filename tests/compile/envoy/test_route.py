"""Routes, as a real Envoy carries them out."""

from collections.abc import Iterator

import pytest

from harness.proxy import Proxy, Reply, proxied
from plan.planning import pipeline

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("routes")) as proxy:
        yield proxy


def asked(proxy: Proxy, route: str, target: str, host: str = "a.test", headers: str = "") -> Reply:
    gateway = f"gateways: {{edge: {{listeners: {{http: {{port: {proxy.port}, address: 127.0.0.1}}}}}}}}\n"
    services = "services: {one: {endpoints: []}}\n"
    proxy.serve(pipeline(f"{gateway}{services}routes: {{r: {route}}}\n").resources())
    (reply,) = proxy.ask([f"GET {target} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n".encode()])
    return reply


@pytest.mark.parametrize(
    ("path", "prefix", "target", "location"),
    [
        ("/a/*", "/b", "/a", "/b"),
        ("/a/*", "/b", "/a/x?q=/a", "/b/x?q=/a"),
        ("/a/*", "/b/", "/a/x", "/b/x"),
        ("/a/*", "/", "/a", "/"),
        ("/a/*", "/", "/a/x/a", "/x/a"),
        ("/a.b/*", "/c", "/a.b/x", "/c/x"),
        ("/*", "/b", "/x", "/b/x"),
        ("/*", "/b", "/", "/b/"),
        ("/*", "/", "/x", "/x"),
        ("/a", "/b", "/a?q", "/b?q"),
        ("/a/{x}", "/b", "/a/x", "/b/x"),
        ("/{x}/c", "/b", "/x/c", "/b/x/c"),
        ("/a/*", "/b\\1", "/a/x", "/b%5C1/x"),
    ],
)
def test_a_redirect_replaces_the_prefix_in_whole_segments(proxy, path, prefix, target, location):
    reply = asked(proxy, f"{{matches: [{{path: '{path}'}}], redirect: {{path_prefix: '{prefix}'}}}}", target)
    assert reply.status == 302
    assert reply.headers["location"].replace("\\", "%5C") == f"http://a.test:{proxy.port}{location}"


@pytest.mark.parametrize(
    ("redirect", "host", "location"),
    [
        ("{scheme: https}", "a.test:$", "https://a.test:443/x?q"),
        ("{hostname: b.test}", "a.test", "http://b.test:$/x?q"),
        ("{hostname: b.test, port: 80}", "a.test:$", "http://b.test/x?q"),
        ("{port: 9999}", "a.test:$", "http://a.test:9999/x?q"),
        ("{path: '/100%25'}", "a.test:$", "http://a.test:$/100%25?q"),
        ("{path: /y, keep_query: false}", "a.test:$", "http://a.test:$/y"),
        ("{scheme: https, port: 8443, hostname: '[::1]'}", "a.test:$", "https://[::1]:8443/x?q"),
    ],
)
def test_a_redirect_keeps_what_is_not_named(proxy, redirect, host, location):
    port = str(proxy.port)
    reply = asked(proxy, f"{{redirect: {redirect}}}", "/x?q", host.replace("$", port))
    assert reply.headers["location"] == location.replace("$", port)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_status_of_a_redirect(proxy, status):
    assert asked(proxy, f"{{redirect: {{scheme: https, status: {status}}}}}", "/").status == status


def test_an_answer_is_given_to_the_letter(proxy):
    route = "{respond: {status: 418, body: '100% %REQ(HOST)% {}', content_type: 'text/plain; x=100%'}}"
    reply = asked(proxy, route, "/")
    assert (reply.status, reply.body) == (418, "100% %REQ(HOST)% {}")
    assert reply.headers["content-type"] == "text/plain; x=100%"


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ("{to: nobody}", "reference.dangling"),
        ("{to: one, policies: {nope: {}}}", "policy.unknown"),
        ("{respond: {}, policies: {retry: {often: 1}}}", "field.unknown"),
        ("{to: one, matches: [{path: '~/.*'}], policies: {rewrite: {path_prefix: /b}}}", "rewrite.needs_prefix"),
    ],
)
def test_a_closed_route_says_why_and_no_more(proxy, route, code):
    reply = asked(proxy, route, "/")
    assert reply.status == 503
    assert reply.headers["content-type"] == "application/problem+json"
    assert f'"code": "{code}"' in reply.body
    assert "nobody" not in reply.body


def test_a_service_without_endpoints_is_unavailable(proxy):
    assert asked(proxy, "{to: one}", "/").status == 503


@pytest.mark.parametrize(
    ("cookies", "cookie", "status"),
    [
        ("{c: {present: true}}", "c=", 200),
        ("{c: {present: true}}", "d=1", 404),
        ("{c: {absent: true}}", "d=1", 200),
        ("{c: {absent: true}}", "c=1", 404),
        ("{c: '1'}", "d=2; c=1", 200),
        ("{c: ''}", "c=", 200),
        ("{c: ''}", "d=1", 404),
    ],
)
def test_cookies(proxy, cookies, cookie, status):
    route = f"{{matches: [{{cookies: {cookies}}}], respond: {{}}}}"
    assert asked(proxy, route, "/", headers=f"cookie: {cookie}\r\n").status == status
