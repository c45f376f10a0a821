"""The handler: which messages it changes, what it does to their headers, and what becomes of those it refuses."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest

from crossway.model.transformation import Transform
from crossway.runtime import telling
from crossway.runtime.converting import IN_THREAD, transform
from crossway.runtime.handler import Handler, Tools
from crossway.sdk.http import Request, Response

JSON = {"content-type": "application/json"}
XML = {"content-type": "application/xml"}


async def no_call(_: str, __: Request) -> Response:
    raise ConnectionError


def handler(**settings: object) -> Handler:
    spec = Transform.model_validate(settings)
    again = Transform.model_validate_json(spec.model_dump_json(exclude_unset=True))
    assert again == spec
    return transform(again, "routes/case", Tools(no_call, None, lambda: 0.0, lambda _: None))  # type: ignore[arg-type]


class Backend:
    """Answers, and keeps the requests."""

    def __init__(self, response: Response | None = None) -> None:
        self.requests: list[Request] = []
        self.response = response or Response(200, json={"ok": True})

    async def __call__(self, request: Request) -> Response:
        await request.read()
        self.requests.append(request)
        return self.response


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def details(response: Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    problem = json.loads(response.body)
    assert problem["status"] == response.status
    return response.status, problem["code"]


async def test_a_request_is_changed_on_its_way():
    backend = Backend()
    headers = {**XML, "content-length": "8", "digest": "sha-256=x", "accept-encoding": "br", "x-other": "1"}
    response = await handler(request=["xml_to_json"])(Request("POST", "/a?b=1", headers, b"<a>1</a>"), backend)
    [request] = backend.requests
    assert request.body == b'{"a":"1"}'
    assert dict(request.headers.items()) == {
        **JSON,
        "content-length": "9",
        "accept-encoding": "br",
        "x-other": "1",
    }
    assert response is backend.response


async def test_an_answer_is_changed_on_its_way():
    answer = Response(200, {**XML, "etag": '"1"', "accept-ranges": "bytes", "content-md5": "x"}, b"<a>1</a>")
    backend = Backend(answer)
    headers = {"accept-encoding": "gzip, br", "range": "bytes=0-1", "if-range": '"1"', "if-none-match": 'W/"0"'}
    response = await handler(response=["xml_to_json"])(Request("GET", "/", headers), backend)
    assert backend.requests[0].headers.items() == [("if-none-match", 'W/"0"'), ("accept-encoding", "identity")]
    assert response.body == b'{"a":"1"}'
    assert dict(response.headers.items()) == {**JSON, "etag": 'W/"1"', "content-length": "9"}


async def test_operations_follow_each_other():
    backend = Backend()
    operations = [
        {"form_to_json": {"types": "guess"}},
        {"json_schema": {"body_schema": {"required": ["user"]}}},
        {"headers_to_body": {"fields": {"/trace": "x-trace"}, "remove": True}},
        {"body_to_headers": {"headers": {"x-user": "user"}}},
        {"body_to_query": {"parameters": {"user": "user"}}},
        {"template": '{"u": {{ body.user }}, "t": "{{ body.trace }}", "m": "{{ method }}"}'},
        "json_to_xml",
    ]
    headers = {"content-type": "application/x-www-form-urlencoded", "x-trace": "t", "x-user": "forged"}
    await handler(request=operations)(Request("PUT", "/a?user=forged", headers, b"user=7"), backend)
    [request] = backend.requests
    assert request.body == b'<?xml version="1.0" encoding="UTF-8"?><root><u>7</u><t>t</t><m>PUT</m></root>'
    assert (request.headers["x-user"], request.query, "x-trace" in request.headers) == ("7", "user=7", False)


async def test_what_is_of_another_type_passes_unread():
    backend = Backend(Response(200, {"content-type": "image/png", "etag": '"1"'}, pieces(b"x" * 100, b"y")))
    request = Request("POST", "/", {"content-type": "text/plain"}, pieces(b"<a>"))
    response = await handler(request=["xml_to_json"], response=["xml_to_json"], max_size=10)(request, backend)
    assert backend.requests[0].body == b"<a>"
    assert not response.is_read
    assert response.headers["etag"] == '"1"'
    assert await response.read() == b"x" * 100 + b"y"


async def test_a_compressed_body_is_changed_uncompressed():
    backend = Backend(Response(200, {**XML, "content-encoding": "gzip"}, gzip.compress(b"<a>1</a>")))
    request = Request("POST", "/", {**XML, "content-encoding": "gzip"}, gzip.compress(b"<b>2</b>"))
    response = await handler(request=["xml_to_json"], response=["xml_to_json"])(request, backend)
    assert (backend.requests[0].body, "content-encoding" in backend.requests[0].headers) == (b'{"b":"2"}', False)
    assert (response.body, "content-encoding" in response.headers) == (b'{"a":"1"}', False)


async def test_a_body_that_is_only_checked_stays_as_it_is():
    backend = Backend()
    body = gzip.compress(b'{"a": 1}')
    request = Request("POST", "/", {**JSON, "content-encoding": "gzip", "digest": "x"}, pieces(body[:5], body[5:]))
    request.headers["digest"] = "x"
    await handler(request=[{"json_schema": {"body_schema": {"type": "object"}}}])(request, backend)
    assert backend.requests[0].body == body
    assert {"content-encoding", "digest"} <= set(backend.requests[0].headers)


BOMB = gzip.compress(bytes(5000), mtime=0)
REFUSED = [
    (["xml_to_json"], XML, b"<a>", 400, "transform.malformed"),
    (["xml_to_json"], XML, b"<!DOCTYPE a><a/>", 400, "transform.entity"),
    (["xml_to_json"], XML, b"<a>" * 65 + b"</a>" * 65, 400, "transform.too_deep"),
    (["xml_to_json"], XML, b"<a>" + b"x" * 2000 + b"</a>", 413, "transform.too_large"),
    (["xml_to_json"], {**XML, "content-encoding": "gzip"}, BOMB, 413, "transform.too_large"),
    (["xml_to_json"], {**XML, "content-encoding": "gzip"}, b"<a/>", 400, "transform.malformed"),
    (["xml_to_json"], {**XML, "content-encoding": "zstd"}, b"<a/>", 415, "transform.encoding"),
    (["xml_to_json"], {"content-type": "text/xml; charset=x"}, b"<a/>", 415, "transform.charset"),
    (["json_to_xml"], JSON, b"[" * 1000, 400, "transform.too_deep"),
    (["json_to_xml"], JSON, b'{"a b": 1}', 400, "transform.malformed"),
    ([{"json_schema": {"body_schema": {"type": "array"}}}], JSON, b"{}", 400, "transform.schema"),
    ([{"json_schema": {"body_schema": {}}}], XML, b"<a/>", 415, "transform.type"),
    ([{"template": "{{ body.a }}"}], JSON, b"{}", 400, "transform.template"),
    ([{"body_to_headers": {"headers": {"x-a": "a"}}}], JSON, b'{"a": "\\r"}', 400, "transform.header"),
]  # fmt: skip


@pytest.mark.parametrize(("operations", "headers", "body", "status", "code"), REFUSED)
async def test_what_a_client_sends_wrong_is_told_to_it(operations, headers, body, status, code):
    backend = Backend()
    response = await handler(request=operations, max_size=1500)(Request("POST", "/", headers, body), backend)
    assert details(response) == (status, code)
    assert backend.requests == []


@pytest.mark.parametrize(("operations", "headers", "body", "_", "code"), REFUSED)
async def test_what_a_backend_sends_wrong_is_a_bad_gateway(operations, headers, body, _, code, monkeypatch, capsys):
    monkeypatch.setattr(telling, "_told", {})
    backend = Backend(Response(200, headers, body))
    response = await handler(response=operations, max_size=1500)(Request("GET", "/"), backend)
    assert details(response) == (502, code)
    assert "errors" not in json.loads(response.body)
    (why,) = capsys.readouterr().err.splitlines()
    assert why.startswith("transform of routes/case: the answer of the backend is refused: ")
    assert why.endswith(f" [{code}]")
    await handler(response=operations, max_size=1500)(Request("GET", "/"), backend)
    assert capsys.readouterr().err == "", "it is told once in a while"


@pytest.mark.parametrize(("operations", "headers", "body", "_", "__"), REFUSED)
async def test_it_can_pass_as_it_came(operations, headers, body, _, __):
    if "json_to_xml" in operations and len(body) == 1000:
        body += b" "
    backend = Backend(Response(200, headers, pieces(body[:3], body[3:])))
    client = Request("POST", "/a?b=1", headers, pieces(body[:3], body[3:]))
    both = handler(request=operations, response=operations, max_size=1500, on_error="pass")
    response = await both(client, backend)
    assert await response.read() == body
    assert dict(response.headers.items()) == headers
    [request] = backend.requests
    assert (request.body, request.target) == (body, "/a?b=1")
    assert {name: request.headers[name] for name in headers} == headers


async def test_what_passes_as_it_came_carries_no_header_or_parameter_that_would_be_believed():
    backend = Backend()
    operations = [
        {"body_to_headers": {"headers": {"x-user": "user"}}},
        {"body_to_query": {"parameters": {"user": "user"}}},
    ]
    request = Request("POST", "/?user=forged&a=1", {**JSON, "x-user": "forged"}, b"{")
    await handler(request=operations, on_error="pass")(request, backend)
    assert ("x-user" in backend.requests[0].headers, backend.requests[0].query) == (False, "a=1")


async def test_a_body_of_another_type_sets_no_header_either():
    backend = Backend()
    request = Request("POST", "/", {"content-type": "text/plain", "x-user": "forged"}, b"user")
    await handler(request=[{"body_to_headers": {"headers": {"x-user": "user"}}}])(request, backend)
    assert (backend.requests[0].body, "x-user" in backend.requests[0].headers) == (b"user", False)


async def test_a_length_that_is_told_is_refused_unread():
    request = Request("POST", "/", {**XML, "content-length": "2000"}, pieces(b"<a/>"))
    request.headers["content-length"] = "2000"
    response = await handler(request=["xml_to_json"], max_size=1000)(request, Backend())
    assert details(response) == (413, "transform.too_large")
    assert not request.is_read


async def test_what_is_refused_lists_its_errors_and_what_can_be_read():
    schema = {"json_schema": {"body_schema": {"properties": {"a": {"type": "string"}}}}}
    response = await handler(request=[schema])(Request("POST", "/", JSON, b'{"a": 1}'), Backend())
    [error] = json.loads(response.body)["errors"]
    assert error["path"] == "/a"
    request = Request("POST", "/", {**XML, "content-encoding": "zstd"}, b"x")
    response = await handler(request=["xml_to_json"])(request, Backend())
    assert response.headers["accept-encoding"] == "gzip, deflate, br"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_an_answer_without_body_is_left_as_it_is(method, status):
    backend = Backend(Response(status, {**XML, "etag": '"1"', "content-length": "12"}))
    response = await handler(response=["xml_to_json"])(Request(method, "/"), backend)
    assert (response.status, response.headers.items()) == (status, [*XML.items(), ("etag", 'W/"1"')])


async def test_statuses_choose_what_is_done():
    operations = [{"template": '"ok"'}, {"xml_to_json": {"on": ["4xx"]}}]
    for status, expected in ((200, b'"ok"'), (404, b'{"e":""}'), (500, b"<e/>")):
        response = await handler(response=operations)(Request("GET", "/"), Backend(Response(status, XML, b"<e/>")))
        assert response.body == expected


async def test_a_request_without_body_needs_no_schema():
    schema = {"json_schema": {"body_schema": {"type": "object"}}}
    assert (await handler(request=[schema])(Request("GET", "/"), Backend())).status == 200
    assert details(await handler(request=[schema])(Request("POST", "/"), Backend())) == (415, "transform.type")


async def test_an_answer_for_one_consumer_is_private():
    backend = Backend(Response(200, {**JSON, "cache-control": "public, max-age=60, s-maxage=600"}, b"{}"))
    request = Request("GET", "/", {"x-consumer-username": "ann"})
    response = await handler(response=[{"template": '{"for": "{{ consumer }}"}'}])(request, backend)
    assert (response.body, response.headers["cache-control"]) == (b'{"for": "ann"}', "max-age=60, private")


async def test_a_large_body_keeps_nobody_waiting():
    rows = b"".join(b"<r><a>%d</a></r>" % index for index in range(10_000))
    assert len(rows) > IN_THREAD
    turns = 0
    task = asyncio.ensure_future(
        handler(request=["xml_to_json"])(Request("POST", "/", XML, b"<rows>%b</rows>" % rows), backend := Backend())
    )
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert (await task).status == 200
    assert len(json.loads(backend.requests[0].body)["rows"]["r"]) == 10_000
    assert turns > 3
