import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.sdk.http import BodyTooLarge, Headers, Message, Request, Response

each = pytest.mark.parametrize
NAMES = st.sampled_from(["a", "B", "set-cookie", "Content-Length", "x"])
FIELDS = st.lists(st.tuples(NAMES, st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=5)), max_size=6)


async def pieces(*parts: bytes):
    for part in parts:
        yield part


@given(
    FIELDS, NAMES, st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=3)
)
def test_headers_are_a_list_in_which_names_have_no_case(fields, name, value):
    headers = Headers(fields)
    assert headers.items() == [(key.lower(), text) for key, text in fields]
    before = [text for key, text in fields if key.lower() == name.lower()]
    assert headers.get_all(name.upper()) == before
    assert headers.get(name) == (before[0] if before else None)
    assert (name in headers) is bool(before)
    headers[name] = value
    assert headers.get_all(name) == [value]
    del headers[name]
    assert headers.items() == [(key.lower(), text) for key, text in fields if key.lower() != name.lower()]


@each("value", ["a\r\nset-cookie: x", "a\n", "\0"])
def test_a_value_that_is_no_header_is_refused(value):
    with pytest.raises(ValueError):
        Headers()["a"] = value


def test_a_header_that_is_not_there_cannot_be_taken():
    headers = Headers({"a": "1"})
    with pytest.raises(KeyError):
        headers["b"]
    with pytest.raises(KeyError):
        del headers["b"]
    headers.discard("b")
    headers.add("a", "2")
    assert (list(headers), len(headers)) == (["a"], 2)


def test_what_is_printed_holds_no_value():
    secret = "hunter2"
    shown = repr((Headers({"authorization": secret}), Request("GET", f"/a?key={secret}"), Response(200, {}, secret)))
    assert secret not in shown


async def test_a_body_is_read_once_and_stays():
    message = Response(200)
    message.arriving(pieces(b'{"a"', b": 1}"))
    assert not message.is_read
    with pytest.raises(RuntimeError, match="await read"):
        _ = message.body
    assert await message.read() == await message.read() == b'{"a": 1}'
    assert (message.json(), message.text) == ({"a": 1}, '{"a": 1}')


@each("body", [b"12345", None], ids=["whole", "arriving"])
@each(("kind", "status"), [(Request("GET", "/"), 413), (Response(), 502)], ids=["request", "response"])
async def test_a_body_is_read_within_bounds(kind: Message, status: int, body: bytes | None):
    kind.arriving(body if body is not None else pieces(b"123", b"45"))
    with pytest.raises(BodyTooLarge) as caught:
        await kind.read(4)
    assert caught.value.status == status


async def test_a_body_that_is_passed_on_is_not_kept():
    message = Response(200)
    message.arriving(pieces(b"a", b"b"))
    assert [piece async for piece in message.stream()] == [b"a", b"b"]
    assert message.body == b""


def test_a_new_body_says_its_length_and_drops_what_checked_the_old_one():
    message = Response(200, {"content-length": "9", "content-md5": "x", "digest": "y", "content-type": "text/plain"})
    message.body = "né"
    assert message.headers.items() == [("content-type", "text/plain"), ("content-length", "3")]
    message.body = pieces(b"")
    assert "content-length" not in message.headers


def test_json_says_what_it_is():
    response = Response(201, json={"name": "é"})
    assert response.body == '{"name":"é"}'.encode()
    assert response.headers["content-type"] == "application/json"
    assert response.ok
    assert not Response(400).ok


def test_what_is_no_json_is_a_value_error():
    with pytest.raises(ValueError):
        Response(200, body="<html>").json()


def test_a_request_has_a_path_and_a_query():
    request = Request("GET", "/a%20b?x=1&x=2", params={"y": "ü", "none": None, "many": [1, 2]})
    assert request.path == "/a%20b"
    assert request.target == "/a%20b?x=1&x=2&y=%C3%BC&many=1&many=2"
    assert request.params == {"x": "2", "y": "ü", "many": "2"}
    assert Request("GET", "/a").target == "/a"


def test_a_request_knows_who_sends_it():
    headers = {"x-consumer-username": "ada", "x-consumer-groups": "gold,staff", "x-request-id": "7"}
    request = Request("GET", "/", headers)
    assert (request.consumer, request.groups, request.id) == ("ada", ("gold", "staff"), "7")
    stranger = Request("GET", "/")
    assert (stranger.consumer, stranger.groups, stranger.id) == (None, (), "")


def test_a_response_has_trailers():
    response = Response(200)
    assert len(response.trailers) == 0
    response.trailers["Grpc-Status"] = "0"
    assert response.trailers.items() == [("grpc-status", "0")]
