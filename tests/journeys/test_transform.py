"""What bodies become on their way: smaller, whole again, JSON; and files, which nobody sent."""

import asyncio
import base64
import gzip
import json
import random
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import grpc
import pyqwest
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodOptions
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.upstreams import Echo, Upstreams

pytestmark = pytest.mark.journey

DEADLINE = 15.0
TEXT = "It was the best of times, it was the worst of times. " * 200
JSON, EVENTS = "application/json; charset=utf-8", "text/event-stream"
BROWSER = {"accept-encoding": "gzip, deflate, br, zstd"}

CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      raw: {port: $raw, policies: {paths: {normalize: false, merge_slashes: false, escaped_slashes: keep}}}
services:
  library: {endpoints: ["127.0.0.1:$library"]}
  echo: {endpoints: ["127.0.0.1:$echo"]}
  shop: "h2c://127.0.0.1:$shop"
definitions: {shop: {text: $shop_set}, lines: {text: $lines_set}, sse: {text: $sse_set}}
routes:
  plain: {matches: [{path: /plain/*}], to: library, policies: {rewrite: {path_prefix: /}}}
  compressed: {matches: [{path: /compressed/*}], to: library, policies: {rewrite: {path_prefix: /}, compression: true}}
  gzip: {matches: [{path: /gzip/*}], to: library, policies: {rewrite: {path_prefix: /}, compression: [gzip]}}
  events:
    matches: [{path: /events}]
    to: library
    policies: {compression: {algorithms: [gzip], content_types: [text/event-stream]}}
  whole: {matches: [{path: /whole}], to: echo, policies: {decompression: {max_size: 1MiB}}}
  shop:
    matches: [{path: /v1/*}]
    to: shop
    policies: {grpc_json: {definition: shop}, compression: {min_size: 16B}, decompression: true}
  lines:
    matches: [{path: /lines/*}]
    to: shop
    policies: {grpc_json: {definition: lines, streaming: ndjson, max_size: 1KiB}}
  as_events: {matches: [{path: /sse/*}], to: shop, policies: {grpc_json: {definition: sse, streaming: sse}}}
  native: {matches: [{grpc: shop.Orders}], to: shop}
  untranslated: {matches: [{grpc: shop.Untranslated}], to: shop, policies: {grpc_web: false}}
  files:
    matches: [{path: /files/*}]
    respond: {status: 404}
    policies: {static_files: {directory: $www, cache_control: "max-age=60"}, compression: true}
  app:
    matches: [{path: /app/*}]
    respond: {status: 404}
    policies: {static_files: {directory: $www, fallback: index.html}}
"""


class Library:
    """An HTTP/1.1 server with texts of different kinds. Each connection carries one request."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[dict[str, str], bytes]] = {
            "/text": ({"content-type": "text/plain", "etag": '"strong"', "vary": "Origin"}, TEXT.encode()),
            "/json": ({"content-type": JSON}, TEXT.encode()),
            "/small": ({"content-type": JSON}, b"{}"),
            "/image": ({"content-type": "image/png"}, TEXT.encode()),
            "/final": ({"content-type": JSON, "cache-control": "public, no-transform"}, TEXT.encode()),
            "/done": ({"content-type": JSON, "content-encoding": "gzip"}, gzip.compress(TEXT.encode())),
            "/grpc": ({"content-type": "application/grpc"}, TEXT.encode()),
        }
        self.heard = asyncio.Event()
        """Set when the client has read the first event."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        if path == "/events":
            await self._tell(writer)
        else:
            headers, body = self.answers[path]
            status = "206 Partial Content" if "range:" in head else "200 OK"
            lines = [f"{name}: {value}" for name, value in {**headers, "content-length": len(body)}.items()]
            writer.write("\r\n".join([f"HTTP/1.1 {status}", "connection: close", *lines, "", ""]).encode())
            if not head.startswith("HEAD"):
                writer.write(body)
            await writer.drain()
        writer.close()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        """Send an event, and another one when the first has been read."""
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-type: {EVENTS}\r\nconnection: close\r\n\r\ndata: 1\n\n".encode())
        await writer.drain()
        await asyncio.wait_for(self.heard.wait(), DEADLINE)
        writer.write(b"data: 2\n\n")
        await writer.drain()


def _annotated(method: str, path: str, body: bool = False) -> MethodOptions:
    """Return the option `google.api.http` as protoc writes it: field 72295728, in it the path under the verb."""
    verb = {"get": 2, "put": 3, "post": 4}[method]
    rule = bytes([verb << 3 | 2, len(path)]) + path.encode() + (b"\x3a\x01*" if body else b"")
    return MethodOptions.FromString(b"\x82\xd3\xe4\x93\x02" + bytes([len(rule)]) + rule)


def _shop(prefix: str) -> FileDescriptorProto:
    """Return the compiled form of a `.proto` file whose HTTP paths begin with *prefix*."""
    file = FileDescriptorProto(name="shop.proto", package="shop", syntax="proto3")
    order = file.message_type.add(name="Order")
    for number, (name, kind) in enumerate([("id", 9), ("unit_price", 5), ("note", 9)], 1):
        order.field.add(name=name, number=number, type=kind, label=1)
    orders = file.service.add(name="Orders")
    for name, options in {
        "Get": _annotated("get", f"{prefix}/orders/{{id}}"),
        "Put": _annotated("put", f"{prefix}/orders/{{id}}", body=True),
        "Watch": _annotated("get", f"{prefix}/watch/{{id}}"),
        "Collect": _annotated("post", f"{prefix}/collect", body=True),
        "Fail": _annotated("get", f"{prefix}/fail/{{id}}"),
    }.items():
        orders.method.add(
            name=name,
            input_type=".shop.Order",
            output_type=".shop.Order",
            options=options,
            server_streaming=name == "Watch",
            client_streaming=name == "Collect",
        )
    return file


def _descriptor_set(prefix: str) -> str:
    return base64.b64encode(FileDescriptorSet(file=[_shop(prefix)]).SerializeToString()).decode()


def _order_class() -> Callable[..., Any]:
    pool = DescriptorPool()
    pool.AddSerializedFile(_shop("").SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


Order = _order_class()


class Shop(grpc.GenericRpcHandler):
    """A gRPC server with the service ``shop.Orders``."""

    async def __aenter__(self) -> Self:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers([self])
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(grace=None)

    def service(self, call: grpc.HandlerCallDetails) -> Any:
        codec = {"request_deserializer": Order.FromString, "response_serializer": Order.SerializeToString}  # type: ignore[attr-defined]
        handlers = {
            "/shop.Orders/Get": grpc.unary_unary_rpc_method_handler(self.get, **codec),
            "/shop.Orders/Put": grpc.unary_unary_rpc_method_handler(self.get, **codec),
            "/shop.Orders/Watch": grpc.unary_stream_rpc_method_handler(self.watch, **codec),
            "/shop.Orders/Collect": grpc.stream_unary_rpc_method_handler(self.collect, **codec),
            "/shop.Orders/Fail": grpc.unary_unary_rpc_method_handler(self.fail, **codec),
        }
        return handlers.get(call.method)

    async def get(self, request: Any, _context: grpc.aio.ServicerContext) -> Message:
        return request

    async def watch(self, request: Any, _context: grpc.aio.ServicerContext) -> AsyncIterator[Message]:
        for price in (1, 2):
            yield Order(id=request.id, unit_price=price)

    async def collect(self, requests: AsyncIterator[Any], _context: grpc.aio.ServicerContext) -> Message:
        return Order(unit_price=sum([request.unit_price async for request in requests]))

    async def fail(self, request: Any, context: grpc.aio.ServicerContext) -> Message:
        await context.abort(grpc.StatusCode[request.id], "because")
        raise AssertionError


@pytest.fixture(scope="module")
def www() -> Iterator[Path]:
    """A directory of files, and a secret beside it."""
    with TemporaryDirectory(prefix="cw-") as directory:
        root = Path(directory)
        root.chmod(0o755)  # the proxy may run as another user
        (root / "secret.txt").write_text("secret")
        www = root / "www"
        for name, content in {
            "index.html": "<h1>Home</h1>",
            "style sheet.css": "p {}",
            "blob": "bytes",
            "long.txt": TEXT,
            "sub/index.html": "<h1>Sub</h1>",
            "empty/.keep": "",
            ".git/config": "secret",
            ".well-known/security.txt": "Contact: ...",
        }.items():
            path = www / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (www / "link.txt").symlink_to(root / "secret.txt")
        yield www


@pytest.fixture(scope="module")
def library(background: Background) -> Iterator[Library]:
    with background.entered(Library()) as library:
        yield library


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture(scope="module")
def gateway(background: Background, library: Library, echo: Echo, www: Path) -> Iterator[Gateway]:
    with background.entered(Shop()) as shop:
        sets = {f"{name}_set": _descriptor_set(path) for name, path in SETS.items()}
        values = {"library": library.port, "echo": echo.port, "shop": shop.port, "www": www, **sets}
        with background.entered(Gateway(CONFIG, **values)) as gateway:
            yield gateway


SETS = {"shop": "/v1", "lines": "/lines", "sse": "/sse"}


async def fetch(gateway: Gateway, path: str, accepted: str) -> bytes:
    """Return the body as a client reads it that undoes the coding it asked for."""
    url = f"http://127.0.0.1:{gateway.port('http')}{path}"
    return (await pyqwest.Client().execute("GET", url, {"accept-encoding": accepted})).content


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, *", "zstd"),
        ("GZIP ; q=1", "gzip"),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("deflate", None),
        ("", None),
    ],
)
async def test_the_client_and_then_the_route_choose_the_coding(
    gateway: Gateway, accepted: str, expected: str | None
) -> None:
    answer = await gateway.get("/compressed/text", headers={"accept-encoding": accepted})
    assert answer.status == 200
    assert answer.headers.get("content-encoding") == expected
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["vary"] == "Origin, Accept-Encoding"
    assert answer.headers["etag"] == ('W/"strong"' if expected else '"strong"')
    assert (len(answer.body) < len(TEXT) / 20) is bool(expected)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
async def test_what_was_compressed_comes_out_again(gateway: Gateway, coding: str) -> None:
    assert await fetch(gateway, "/compressed/text", coding) == TEXT.encode()


@pytest.mark.parametrize("path", ["small", "image", "final", "grpc"])
async def test_what_is_not_worth_it_is_left_alone(gateway: Gateway, path: str) -> None:
    plain = await gateway.get(f"/plain/{path}", headers=BROWSER)
    answer = await gateway.get(f"/compressed/{path}", headers=BROWSER)
    assert "content-encoding" not in answer.headers
    assert (answer.body, answer.headers["content-type"]) == (plain.body, plain.headers["content-type"])


async def test_what_the_backend_compressed_stays_as_it_is(gateway: Gateway) -> None:
    answer = await gateway.get("/compressed/done", headers=BROWSER)
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == TEXT.encode()


async def test_a_part_of_a_whole_is_not_compressed(gateway: Gateway) -> None:
    answer = await gateway.get("/compressed/text", headers=BROWSER | {"range": "bytes=0-9"})
    assert (answer.status, answer.headers.get("content-encoding")) == (206, None)


async def test_only_the_routes_that_say_so_compress_and_each_in_its_way(gateway: Gateway) -> None:
    codings = [
        (await gateway.get(f"/{route}/json", headers=BROWSER)).headers.get("content-encoding")
        for route in ("plain", "compressed", "gzip")
    ]
    assert codings == [None, "br", "gzip"]


async def test_compressed_events_come_when_they_are_sent(
    gateway: Gateway, library: Library, background: Background
) -> None:
    async with connected(gateway.port("http")) as connection, asyncio.timeout(DEADLINE):
        connection.writer.write(b"GET /events HTTP/1.1\r\nhost: test\r\naccept-encoding: gzip\r\n\r\n")
        head = await connection.reader.readuntil(b"\r\n\r\n")
        assert b"content-encoding: gzip" in head
        assert f"content-type: {EVENTS}\r\n".encode() in head
        decoder, events = zlib.decompressobj(wbits=31), b""
        while size := int(await connection.reader.readline(), 16):
            events += decoder.decompress((await connection.reader.readexactly(size + 2))[:-2])
            if events == b"data: 1\n\n":
                background.run(_set(library.heard))
    assert events == b"data: 1\n\ndata: 2\n\n"


async def _set(event: asyncio.Event) -> None:
    event.set()


async def post(gateway: Gateway, path: str, body: bytes) -> pyqwest.FullResponse:
    """Send a body that says it is gzip, and return the answer."""
    url = f"http://127.0.0.1:{gateway.port('http')}{path}"
    return await pyqwest.Client().execute("POST", url, {"content-encoding": "gzip"}, body)


async def test_a_backend_gets_a_body_as_it_was(gateway: Gateway) -> None:
    for text in ("hello", "", NOISE.hex() * 10):
        told = json.loads((await post(gateway, "/whole", gzip.compress(text.encode()))).content)
        assert told["body"] == text
        assert told["headers"]["content-length"] == str(len(text))
        assert "content-encoding" not in told["headers"]


NOISE = random.Random(1).randbytes(40_000)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(bytes(100_000_000)), 413),
        (gzip.compress(NOISE) + gzip.compress(bytes(10_000_000)), 400),
        (gzip.compress(TEXT.encode())[:-9], 400),
        (gzip.compress(NOISE)[:20_000] + b"x" + gzip.compress(NOISE)[20_001:], 400),
        (gzip.compress(b"one") + gzip.compress(b"two"), 400),
        (b"no gzip at all", 400),
        (gzip.compress(NOISE * 30, compresslevel=1), 413),
    ],
    ids=["bomb", "hidden bomb", "cut off", "flipped", "two members", "text", "large"],
)
async def test_what_cannot_be_trusted_never_gets_to_the_backend(
    gateway: Gateway, echo: Echo, body: bytes, status: int
) -> None:
    before = len(echo.received)
    answer = await post(gateway, "/whole", body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.content)["request_id"] == answer.headers["x-request-id"]
    assert len(echo.received) == before


async def test_json_calls_a_grpc_service(gateway: Gateway) -> None:
    answer = await gateway.get("/v1/orders/7?unitPrice=5&note=x")
    assert (answer.status, answer.json) == (200, {"id": "7", "unitPrice": 5, "note": "x"})
    answer = await gateway.get("/v1/orders/7", method="PUT", body='{"unit_price": 6, "unknown": 1}')
    assert answer.json == {"id": "7", "unitPrice": 6}


async def test_streams_are_arrays_lines_or_events(gateway: Gateway) -> None:
    assert (await gateway.get("/v1/watch/a")).json == [{"id": "a", "unitPrice": 1}, {"id": "a", "unitPrice": 2}]
    lines = (await gateway.get("/lines/watch/a")).text
    assert lines.split() == ['{"id":"a","unitPrice":1}', '{"id":"a","unitPrice":2}']
    events = await gateway.get("/sse/watch/a")
    assert events.headers["content-type"] == EVENTS
    assert events.text == 'data: {"id":"a","unitPrice":1}\n\ndata: {"id":"a","unitPrice":2}\n\n'
    summed = await gateway.get("/v1/collect", method="POST", body='[{"unitPrice": 1}, {"unitPrice": 2}]')
    assert summed.json == {"unitPrice": 3}


@pytest.mark.parametrize(
    ("code", "status"), [("NOT_FOUND", 404), ("PERMISSION_DENIED", 403), ("UNAVAILABLE", 503), ("INTERNAL", 500)]
)
async def test_a_grpc_error_is_an_http_status(gateway: Gateway, code: str, status: int) -> None:
    answer = await gateway.get(f"/v1/fail/{code}")
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert answer.json == {"code": grpc.StatusCode[code].value[0], "message": "because"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/customers/7", "", 404),
        ("DELETE", "/v1/orders/7", "", 404),
        ("GET", "/v1/orders/7?colour=red", "", 400),
        ("GET", "/v1/orders/7?unitPrice=much", "", 400),
        ("PUT", "/v1/orders/7", "{", 400),
        ("PUT", "/v1/orders/7", '{"unitPrice": "much"}', 400),
        ("PUT", "/lines/orders/7", '{"note": "' + "x" * 10_000 + '"}', 413),
    ],
)
async def test_what_no_method_takes_is_refused_here(
    gateway: Gateway, method: str, path: str, body: str, status: int
) -> None:
    answer = await gateway.get(path, method=method, body=body)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json["request_id"] == answer.headers["x-request-id"]


async def test_json_may_be_compressed_on_both_ways(gateway: Gateway) -> None:
    answer = await gateway.get(f"/v1/orders/7?note={'x' * 100}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == f'{{"id":"7","note":"{"x" * 100}"}}'.encode()


async def test_grpc_itself_passes(gateway: Gateway) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{gateway.port('http')}") as channel:
        call = channel.unary_unary("/shop.Orders/Get", Order.SerializeToString, Order.FromString)  # type: ignore[attr-defined]
        assert (await call(Order(id="7"), timeout=DEADLINE)).id == "7"


FRAME = "\0\0\0\0\x03\x0a\x017"
"""A gRPC message in its frame: an order with the id 7."""


@pytest.mark.parametrize(("service", "answered"), [("Orders", True), ("Untranslated", False)])
async def test_browsers_call_grpc_where_it_is_not_switched_off(gateway: Gateway, service: str, answered: bool) -> None:
    headers = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
    answer = await gateway.get(f"/shop.{service}/Get", method="POST", headers=headers, body=FRAME)
    assert (answer.headers["content-type"] == "application/grpc-web+proto") is answered
    assert answer.body.startswith(FRAME.encode()) is answered


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", "text/html; charset=utf-8", "<h1>Home</h1>"),
        ("/index.html?v=1", "text/html; charset=utf-8", "<h1>Home</h1>"),
        ("/sub/", "text/html; charset=utf-8", "<h1>Sub</h1>"),
        ("/style%20sheet.css", "text/css; charset=utf-8", "p {}"),
        ("/blob", "application/octet-stream", "bytes"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8", "Contact: ..."),
        ("/link.txt", "text/plain; charset=utf-8", "secret"),
    ],
)
async def test_files_are_served(gateway: Gateway, path: str, kind: str, body: str) -> None:
    answer = await gateway.get(f"/files{path}")
    assert (answer.status, answer.headers["content-type"], answer.text) == (200, kind, body)
    assert answer.headers["cache-control"] == "max-age=60"
    head = await gateway.get(f"/files{path}", method="HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(body)), b"")


@pytest.mark.parametrize("at", ["http", "raw"])
@pytest.mark.parametrize(
    "path",
    [
        *("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/sub/../../secret.txt"),
        *("/..\\secret.txt", "/%5c..%5csecret.txt", "/%252e%252e/secret.txt", "//secret.txt", "/%2fetc/passwd"),
        *("/secret.txt%00.html", "/.git/config", "/%2egit/config", "/sub/../.git/config", "/sub%2f..%2f.git/config"),
        *("/.well-known/../.git/config", "/.git", "/./.git/config", "/nothing", "/blob/", "/empty/", "/empty/.keep"),
    ],
)
async def test_no_path_leads_to_what_is_not_served(gateway: Gateway, path: str, at: str) -> None:
    answer = await gateway.get(f"/files{path}", at=at)
    assert answer.status in {307, 400, 403, 404}
    assert b"secret" not in answer.body
    if "location" in answer.headers:
        assert (await gateway.get(answer.headers["location"], at=at)).status == 404


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({"range": "bytes=0-4"}, 206, TEXT[:5]),
        ({"range": f"bytes={len(TEXT) - 3}-"}, 206, TEXT[-3:]),
        ({"range": "bytes=-3"}, 200, TEXT),
        ({"range": "bytes=0-1,3-4"}, 200, TEXT),
        ({"range": "bytes=0-4", "if-range": '"old"'}, 200, TEXT),
    ],
)
async def test_parts_of_files(gateway: Gateway, headers: dict[str, str], status: int, body: str) -> None:
    answer = await gateway.get("/files/long.txt", headers=headers)
    assert (answer.status, answer.text) == (status, body)
    assert answer.headers["accept-ranges"] == "bytes"
    assert ("content-range" in answer.headers) is (status == 206)


async def test_a_range_behind_the_end(gateway: Gateway) -> None:
    assert (await gateway.get("/files/long.txt", headers={"range": "bytes=999999-"})).status == 416


async def test_files_are_compressed(gateway: Gateway) -> None:
    assert len((await gateway.get("/files/long.txt", headers=BROWSER)).body) < len(TEXT) / 20
    assert await fetch(gateway, "/files/long.txt", "zstd") == TEXT.encode()


async def test_files_are_read_and_not_written(gateway: Gateway) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = await gateway.get("/files/index.html", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_pages_of_an_application_are_one_file(gateway: Gateway) -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    for page in ("", "/", "/orders/7", "/sub/"):
        assert (await gateway.get(f"/app{page}", headers=browser)).text == "<h1>Home</h1>"
    assert (await gateway.get("/app/missing.js", headers=browser)).status == 404
    assert (await gateway.get("/app/orders/7")).status == 404
    assert (await gateway.get("/app/.git/config", headers=browser)).status == 404
