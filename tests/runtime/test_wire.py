from collections.abc import AsyncIterator

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.program import ROUTE
from crossway.runtime import wire
from crossway.sdk.http import Headers, Request

NEIGHBOURS = ["connection", "keep-alive", "proxy-connection", "transfer-encoding"]


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


def read(message: bytes) -> tuple[h11.Request, bytes]:
    """Return what a server makes of *message*."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(message)
    head, body = server.next_event(), b""
    assert isinstance(head, h11.Request)
    while isinstance(event := server.next_event(), h11.Data):
        body += event.data
    return head, body


def fields(request: Request) -> list[tuple[bytes, bytes]]:
    """Return the headers that *request* arrives with, but for those that each has."""
    return list(read(wire.sent(request, "word")[0])[0].headers)[2:]


def test_a_request_goes_to_its_host_with_the_word_of_the_route():
    request = Request("GET", "/a?b", [("host", "a.test"), ("x-a", "1"), ("x-a", "2"), (ROUTE, "forged")])
    head, body = read(wire.sent(request, "word")[0])
    assert (head.method, head.target, body) == (b"GET", b"/a?b", b"")
    assert list(head.headers) == [(b"host", b"a.test"), (ROUTE.encode(), b"word"), (b"x-a", b"1"), (b"x-a", b"2")]


def test_a_request_of_our_own_has_a_host_too():
    assert read(wire.sent(Request("GET", "/"), "word")[0])[0].headers[0][1]


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_what_is_said_between_neighbours_is_not_passed_on(name):
    assert fields(Request("GET", "/", {name: "x"})) == []
    assert wire.received(200, [(name, "x")], b"", Headers()).headers.items() == []


def test_who_asks_for_another_protocol_says_so_to_the_neighbour():
    asked = Request("GET", "/", {"upgrade": "websocket", "connection": "upgrade, x"})
    assert fields(asked) == [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]


@pytest.mark.parametrize("value", [b"caf\xc3\xa9", b"caf\xe9", b"a", "✓".encode()])
def test_values_keep_their_bytes(value):
    assert fields(Request("GET", "/", {"x-a": value.decode("latin-1")})) == [(b"x-a", value)]


@given(st.text(st.characters(max_codepoint=0x250), max_size=20), st.text(max_size=20))
def test_no_target_is_more_than_a_target(path, query):
    message, _ = wire.sent(Request("GET", f"/{path}?{query}"), "word")
    assert message.count(b"\r\n") == 4
    assert message.split(b"\r\n")[0].count(b" ") == 2


@given(st.from_regex(r"/[!->@-~]{0,20}(\?[!-~]{1,20})?", fullmatch=True))
def test_a_target_is_sent_to_the_letter(target):
    assert wire.sent(Request("GET", target), "word")[0].split(b" ")[1] == target.encode()


def test_what_is_no_method_is_not_sent():
    with pytest.raises(ValueError, match="no method"):
        wire.sent(Request("GET / HTTP/1.1\r\nx: y", "/"), "word")


def test_a_body_that_is_here_is_as_long_as_it_is():
    request = Request("POST", "/", body=b"hello")
    request.headers["content-length"] = "4"
    assert fields(request) == [(b"content-length", b"5")]
    assert read(wire.sent(request, "word")[0])[1] == b"hello"


@pytest.mark.parametrize(("said", "expected"), [({}, []), ({"content-length": "0"}, [(b"content-length", b"0")])])
def test_what_is_empty_says_so_if_the_client_did(said, expected):
    assert fields(Request("POST", "/", said)) == expected


@pytest.mark.parametrize(
    ("said", "length", "expected"),
    [
        ({"content-length": "5"}, 5, (b"content-length", b"5")),
        ({}, None, (b"transfer-encoding", b"chunked")),
        ({"content-length": "5, 5"}, None, (b"transfer-encoding", b"chunked")),
    ],
)
def test_a_body_to_come_is_as_long_as_is_said(said, length, expected):
    request = Request("POST", "/", said)
    request.arriving(pieces(b"hello"))
    message, left = wire.sent(request, "word")
    assert left == length
    assert b"%b: %b\r\n\r\n" % expected in message


def test_a_line_of_a_head_is_a_name_in_lower_case_and_a_value():
    assert wire.field("X-A:  b: c ") == ("x-a", "b: c")
    assert wire.field("x-a:") == ("x-a", "")


async def test_an_answer_keeps_its_headers_and_its_body_comes_in_pieces():
    said = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "4")]
    response = wire.received(201, said, pieces(b"ab", b"cd"), Headers())
    assert (response.status, response.headers.items(), response.is_read) == (201, said, False)
    assert await response.read() == b"abcd"
