"""What a request asks for, and what is no request."""

import json

import pytest

from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.requests import Asked, asked, is_preflighted, names, of_json, size_of
from crossway.sdk.http import BodyTooLarge, Request

each = pytest.mark.parametrize


def post(content: object, url: str = "/graphql", **headers: str) -> Request:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", url, {"content-type": "application/json"} | named, body)


async def refused(request: Request, batch: int = 2) -> Refused:
    with pytest.raises(Refused) as caught:
        await asked(request, batch=batch, largest=100_000)
    assert caught.value.malformed
    return caught.value


async def test_a_post_asks_for_one_operation_or_a_list():
    body = {"query": "{a}", "operationName": "A", "variables": {"n": 1}, "extensions": {"x": 2}}
    one = Asked("{a}", "A", {"n": 1}, {"x": 2})
    assert await asked(post(body), batch=1, largest=200) == ((one,), False)
    assert await asked(post([body, {"documentId": "d"}]), batch=2, largest=200) == (
        [one, Asked(None, document_id="d")],
        True,
    )


async def test_a_get_asks_in_its_url():
    url = "/graphql?query=%7Ba%7D&variables=%7B%22n%22:1%7D&extensions=&operationName=&key=1&key=2"
    assert await asked(Request("GET", url), batch=1, largest=9) == ((Asked("{a}", None, {"n": 1}),), False)


BODIES: dict[str, tuple[object, str]] = {
    "a document that is no text": ({"query": ["{a}"]}, "BAD_REQUEST"),
    "variables as a text": ({"query": "{a}", "variables": "{}"}, "BAD_REQUEST"),
    "an unknown key": ({"query": "{a}", "doc_id": "7"}, "BAD_REQUEST"),
    "a number": (7, "BAD_REQUEST"),
    "no JSON": (b"{", "BAD_REQUEST"),
    "no UTF-8": (b'{"query": "{a(b: \\"\xff\\")}"}', "BAD_REQUEST"),
    "another UTF": ('{"query": "{a}"}'.encode("utf-16"), "BAD_REQUEST"),
    "no value": (b'{"query": "{a}", "variables": {"a": NaN}}', "BAD_REQUEST"),
    "deep JSON": (b'{"query": "{a}", "variables": {"a": ' + b"[" * 40_000, "BAD_REQUEST"),
    "a long number": (b'{"query": "{a}", "variables": {"a": ' + b"9" * 5000 + b"}}", "BAD_REQUEST"),
    "a key twice": (b'{"query": "{a}", "query": "{b}"}', "DUPLICATE_KEY"),
    "a variable twice": (b'{"query": "{a}", "variables": {"n": 1, "n": 2}}', "DUPLICATE_KEY"),
    "a long batch": ([{"query": "{a}"}] * 3, "BATCH_LIMIT_EXCEEDED"),
    "an empty batch": ([], "BAD_REQUEST"),
    "a batch of batches": ([[{"query": "{a}"}]], "BAD_REQUEST"),
}


@each("name", BODIES)
async def test_a_body_that_is_none_is_refused(name: str):
    content, code = BODIES[name]
    assert (await refused(post(content))).code == code


async def test_a_body_has_a_bound():
    with pytest.raises(BodyTooLarge):
        await asked(post({"query": "{a}"}), batch=1, largest=10)


@each(
    "kind",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "application/json; charset=utf-16",
        "application/jsonp",
    ],
)
async def test_a_body_of_another_type_is_refused(kind: str):
    """These are what a page of another site can send without asking (CSRF), or what backends read in another way."""
    found = await refused(post({"query": "{a}"}, content_type=kind))
    assert (found.status, found.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_is_compressed_is_refused():
    found = await refused(post({"query": "{a}"}, content_encoding="gzip"))
    assert (found.status, found.code) == (415, "UNSUPPORTED_MEDIA_TYPE")


@each("method", ["PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(method: str):
    found = await refused(Request(method, "/graphql?query={a}"))
    assert (found.status, found.allow) == (405, "GET, POST")


@each("query", ["query={b}", "%71uery={b}", "x=1&operationName=A", "x=1;query={b}", "variables={}", "documentId=a"])
async def test_a_post_with_an_operation_in_its_url_is_refused(query: str):
    """Some servers would take that one."""
    assert names(query)
    assert (await refused(post({"query": "{a}"}, f"/graphql?{query}"))).code == "BAD_REQUEST"


@each(
    ("parameters", "code"),
    [
        ("query={a}&query={b}", "DUPLICATE_KEY"),
        ("query={a}&%71uery={b}", "DUPLICATE_KEY"),
        ("x=1;query={b}&query={a}", "BAD_REQUEST"),
        ("x=1;variables={}&query={a}", "BAD_REQUEST"),
        ('query={a}&variables={"a":1,"a":2}', "DUPLICATE_KEY"),
        ("query={a}&variables=[1]", "BAD_REQUEST"),
        ("query={a}&extensions={", "BAD_REQUEST"),
        ("query=%FF", "BAD_REQUEST"),
        ("x&" * 100 + "query={a}", "BAD_REQUEST"),
    ],
)
async def test_a_url_that_can_be_read_in_two_ways_is_refused(parameters: str, code: str):
    assert (await refused(Request("GET", f"/graphql?{parameters}"))).code == code


async def test_a_get_has_no_body():
    assert (await refused(Request("GET", "/graphql?query={a}", {}, b'{"query": "{b}"}'))).code == "BAD_REQUEST"


def test_what_is_null_or_empty_is_not_there():
    body: dict[str, object] = {
        "query": None,
        "operationName": "",
        "variables": None,
        "extensions": [],
        "documentId": None,
    }
    assert of_json(body) == of_json({}) == Asked(None)


def test_a_request_is_preflighted_by_what_other_sites_cannot_send():
    for name, value in (("content-type", "Application/JSON; charset=utf-8"), ("x-apollo-operation-name", "A")):
        assert is_preflighted(Request("GET", "/graphql", {name: value}))
    for name, value in (("content-type", "text/plain"), ("graphql-require-preflight", ""), ("x-other", "1")):
        assert not is_preflighted(Request("GET", "/graphql", {name: value}))


def test_the_size_of_variables_is_in_bytes():
    assert size_of({"a": "é", "b": [1, 2]}) == len('{"a":"é","b":[1,2]}'.encode())
    assert size_of({"a": "\ud800"}) == len('{"a":"?"}')  # which JSON can have, and UTF-8 cannot
