from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyqwest import Request as WireRequest

from crossway.compile.program import FORWARDED, ROUTE
from crossway.runtime import wire
from crossway.sdk.http import Request


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


def test_a_request_goes_to_its_host_with_the_word_of_the_route():
    request = Request("GET", "/", [("host", "a.test"), ("x-a", "1"), ("x-a", "2"), (ROUTE, "forged")])
    assert wire.sent(request, "word") == ("a.test", [(ROUTE, "word"), ("x-a", "1"), ("x-a", "2")])


def test_a_request_of_our_own_has_a_host_too():
    assert wire.sent(Request("GET", "/"), "word")[0]


@pytest.mark.parametrize("name", ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"])
def test_what_is_said_between_neighbours_is_not_passed_on(name):
    assert wire.sent(Request("GET", "/", {name: "x"}), "word")[1] == [(ROUTE, "word")]
    assert wire.received(200, [(name, "x")], pieces()).headers.items() == []


def test_what_the_proxy_writes_anew_travels_under_another_name():
    _, fields = wire.sent(Request("GET", "/", dict.fromkeys(FORWARDED, "kept")), "word")
    assert fields[1:] == [(meanwhile, "kept") for meanwhile in FORWARDED.values()]


@pytest.mark.parametrize(
    ("received", "bytes_sent"),
    [(b"caf\xc3\xa9", b"caf\xc3\xa9"), (b"caf\xe9", b"caf\xc3\xa9"), (b"a", b"a"), ("✓".encode(), "✓".encode())],
)
def test_values_in_utf_8_keep_their_bytes(received, bytes_sent):
    """Both clients write UTF-8; what comes in is decoded byte by byte."""
    _, fields = wire.sent(Request("GET", "/", {"x-a": received.decode("latin-1")}), "word")
    assert fields[1][1].encode() == bytes_sent


async def test_an_answer_keeps_its_headers_and_its_body_comes_in_pieces():
    fields = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "4")]
    response = wire.received(201, fields, pieces(b"ab", b"cd"))
    assert (response.status, response.headers.items(), response.is_read) == (201, fields, False)
    assert await response.read() == b"abcd"


def test_what_is_for_us_alone_can_be_left_out():
    response = wire.received(200, [("x-a", "1"), ("x-b", "2")], pieces(), without={"x-a"})
    assert response.headers.items() == [("x-b", "2")]


HOSTS = ["a", "a.test", "a-b.test:8080", "127.0.0.1:1", "10.0.0.255", "a.b1.c2", "1a.test"]
OTHER_HOSTS = [
    "A",
    "a:80",
    "1.2.3",
    "0x7f.1",
    "127.0.0.01",
    "[::1]",
    "a_b",
    "xn--a",
    "a.xn--b",
    "",
    "a:",
    "a b",
    "a:099999",
]


@pytest.mark.parametrize("host", HOSTS)
def test_most_hosts_are_plain(host):
    assert wire.is_plain(Request("GET", "/", {"host": host}))
    assert WireRequest("GET", f"http://{host}/").url == f"http://{host}/"


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_a_host_that_a_url_would_write_otherwise_is_not(host):
    assert not wire.is_plain(Request("GET", "/", {"host": host}))


@given(st.from_regex(r"/[!-~]{0,20}(\?[!-~]{0,20})?", fullmatch=True))
@example("/a/%2e%2E/c")
@example("/a/.?b")
@example("/a?x='y'")
@example("/~user/a;b=c,d:e@f/$g!h*(i)&j+k%20[l]?m=n/../o?p")
def test_a_plain_target_is_the_same_in_a_url(target):
    request = Request("GET", target, {"host": "a"})
    if wire.is_plain(request):
        assert WireRequest("GET", f"http://a{request.target}").url == f"http://a{request.target}"


@pytest.mark.parametrize(
    "target", ["/", "/a.b/..c/d..", "/a/%2E%2Ea", "/%C3%A9?q=%27", "/a?b=c&d=[e]|f", "/.well-known/x"]
)
def test_most_targets_are_plain(target):
    assert wire.is_plain(Request("GET", target, {"host": "a"}))
