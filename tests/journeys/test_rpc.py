"""gRPC and its relatives, each with clients and services that speak them: JSON, Connect, gRPC-Web, gRPC for REST."""

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import grpc.aio
import pyqwest
import pytest
from connectrpc.client import ConnectClient
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from harness.background import Background
from harness.gateway import Gateway
from harness.orders import (
    DESCRIPTORS,
    METHODS,
    SERVICE,
    CreateOrderRequest,
    GetOrderRequest,
    HttpBody,
    ListOrdersRequest,
    Order,
    Orders,
)
from harness.ports import free_port
from harness.rest import Rest
from harness.rpc_clients import client, method
from harness.waiting import until

pytestmark = pytest.mark.journey

DEADLINE = 15.0
CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services:
  shop: "h2c://127.0.0.1:$shop"
  late: "h2c://127.0.0.1:$late"
  rest: "http://127.0.0.1:$rest"
  away: "http://127.0.0.1:$away"
definitions:
  shop: {file: $descriptors}
  said: {reflection: shop}
  late: {reflection: late}
routes:
  json: {matches: [{path: /*, headers: {x-way: json}}], to: shop, policies: {grpc_json: {definition: shop}}}
  mapped:
    matches: [{path: /*, headers: {x-way: mapped}}]
    to: shop
    policies: {grpc_json: {definition: said, auto_mapping: true, streaming: ndjson, max_size: 1KiB}}
  late: {matches: [{path: /*, headers: {x-way: late}}], to: late, policies: {grpc_json: {definition: late}}}
  connect:
    matches: [{path: /*, headers: {x-way: connect}}]
    to: shop
    policies: {connect: {definition: said, max_size: 64KiB}}
  guarded:
    matches: [{path: /*, headers: {x-way: guarded}}]
    to: shop
    policies: {connect: {definition: shop}, plugins: [guard]}
  rest:
    matches: [{path: /*, headers: {x-way: rest}}]
    to: rest
    policies:
      grpc:
        definition: shop
        max_size: 64KiB
        rules:
          $service/Hidden: {put: "/hidden/{id}", body: part_of}
          $service/Count: {get: /v1/count, response_body: count}
  away: {matches: [{path: /*, headers: {x-way: away}}], to: away, policies: {grpc: {definition: shop}}}
  web:
    matches: [{path: /*, headers: {x-way: web}}]
    to: shop
    policies:
      cors: {origins: ["https://a.example"], methods: [POST], headers: [x-grpc-web], expose_headers: [grpc-status]}
plugins:
  guard:
    attribute: guard
    source: |
      from crossway import Request, Response, plugin

      @plugin
      async def guard(request: Request) -> Response:
          return Response(403, json={"detail": "not you"})
"""


@dataclass
class World:
    gateway: Gateway
    shop: Orders
    rest: Rest
    late: int
    http: pyqwest.Client = field(default_factory=pyqwest.Client)

    @property
    def port(self) -> int:
        return self.gateway.port("http")

    async def ask(
        self, way: str, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> pyqwest.FullResponse:
        named = {"x-way": way, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = self.http.execute(method, f"http://127.0.0.1:{self.port}{path}", headers=named, content=body)
        return await asyncio.wait_for(request, DEADLINE)


@pytest.fixture(scope="module")
def world(background: Background) -> Iterator[World]:
    with background.entered(Orders()) as shop, background.entered(Rest()) as rest:
        late = free_port()
        values = {"shop": shop.port, "rest": rest.port, "late": late, "away": free_port()}
        gateway = Gateway(CONFIG, **values, descriptors=DESCRIPTORS, service=SERVICE)
        with background.entered(gateway):
            yield World(gateway, shop, rest, late)


def way(name: str) -> dict[str, str]:
    return {"x-way": name}


# JSON


async def test_json_is_translated_by_the_annotations(world: World) -> None:
    answer = await world.ask("json", "GET", "/v1/orders/7")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "id": "7",
        "item": "tea",
        "quantity": "9007199254740993",
        "unitPrice": 0.5,
        "tags": ["a", "b"],
        "state": "PAID",
    }
    created = await world.ask("json", "POST", "/v1/customers/ada/orders", b'{"item": "milk"}')
    assert created.json() == {"id": "ada-1", "item": "milk"}


async def test_what_a_service_says_by_reflection_is_enough(world: World) -> None:
    answer = await world.ask("mapped", "GET", "/v1/orders/7")
    assert answer.json()["item"] == "tea"
    hidden = await world.ask("mapped", "POST", f"/{SERVICE}/Hidden", b'{"id": "a", "partOf": {"partOf": {"id": "b"}}}')
    assert hidden.json() == {"id": "a", "partOf": {"partOf": {"id": "b"}}}


async def test_a_route_opens_once_its_service_says_what_it_is(world: World, background: Background) -> None:
    closed = await world.ask("late", "GET", "/v1/orders/7")
    assert (closed.status, closed.json()["code"]) == (503, "definition.unfetched")
    with background.entered(Orders(port=world.late)):

        async def opens() -> bool:
            return (await world.ask("late", "GET", "/v1/orders/7")).status == 200

        await until(opens)


async def test_streams_in_json(world: World) -> None:
    listed = await world.ask("json", "GET", "/v1/orders?limit=2&items=a&items=b")
    assert listed.json() == [{"id": "0", "item": "a,b"}, {"id": "1", "item": "a,b"}]
    lines = await world.ask("mapped", "GET", "/v1/orders?limit=2")
    assert [json.loads(line) for line in lines.content.splitlines()] == [{"id": "0"}, {"id": "1"}]
    added = await world.ask("json", "POST", "/v1/orders:add", b'[{"id": "a"}, {"id": "b"}]')
    assert added.json() == {"count": 2}
    watched = await world.ask("json", "POST", "/v1/orders:watch", b'[{"item": "a"}, {"item": "b"}]')
    assert watched.json() == [{"item": "A"}, {"item": "B"}]


async def test_bodies_pass_as_they_are_in_json(world: World) -> None:
    receipt = await world.ask("json", "GET", "/v1/receipts/7")
    assert (receipt.headers["content-type"], receipt.content) == ("text/plain", b"receipt 7")
    uploaded = await world.ask("json", "POST", "/v1/receipts", b"\x00" * 9, content_type="image/png")
    assert uploaded.json() == {"count": 9}


async def test_mistakes_in_json_are_told(world: World) -> None:
    for body, status in ((b"{", 400), (b'{"quantity": "many"}', 400), (b"[" * 500 + b"]" * 500, 400)):
        answer = await world.ask("json", "POST", "/v1/customers/ada/orders", body, content_type="application/json")
        assert answer.status == status
    assert (await world.ask("mapped", "POST", f"/{SERVICE}/Hidden", b'{"id": "%s"}' % (b"x" * 2_000))).status == 413
    missing = await world.ask("json", "GET", "/v1/orders/none")
    assert (missing.status, missing.json()["code"], missing.json()["message"]) == (404, 5, "no \u00e9!")


# Connect


@pytest.fixture(params=["json", "proto"])
async def caller(world: World, request: pytest.FixtureRequest) -> AsyncIterator[ConnectClient]:
    async with client(world.port, request.param) as connected:
        yield connected


async def test_connect_calls_methods(caller: ConnectClient) -> None:
    for use_get in (False, True):
        order = await caller.execute_unary(
            request=GetOrderRequest(id="7"), method=method("GetOrder"), headers=way("connect"), use_get=use_get
        )
        assert (order.id, order.quantity, order.state, list(order.tags)) == ("7", 2**53 + 1, 1, ["a", "b"])


async def test_connect_passes_metadata_and_deadline(world: World) -> None:
    data = GetOrderRequest(id="7").SerializeToString()
    headers = {"content_type": "application/proto", "connect_timeout_ms": "9000", "x_mine": "1"}
    answer = await world.ask("connect", "POST", f"/{SERVICE}/GetOrder", data, **headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/proto")
    assert (answer.headers["x-shop"], answer.headers["trailer-x-took"]) == ("open", "1ms")
    assert base64.b64decode(answer.headers["trailer-x-raw-bin"] + "==") == b"\x00\xff"
    assert "trailer-grpc-status" not in answer.headers
    assert world.shop.metadata["x-mine"] == "1"
    assert not [name for name in world.shop.metadata if name.startswith("connect-")]


async def test_connect_tells_errors_with_their_details(caller: ConnectClient) -> None:
    with pytest.raises(ConnectError) as raised:
        await caller.execute_unary(
            request=GetOrderRequest(id="none"), method=method("GetOrder"), headers=way("connect")
        )
    assert (raised.value.code, raised.value.message) == (Code.NOT_FOUND, "no \u00e9!")
    (detail,) = raised.value.details
    assert (detail.type_name, Order.FromString(detail.message_bytes).id) == ("shop.v1.Order", "none")


async def test_connect_streams_in_each_direction(caller: ConnectClient) -> None:
    listed = caller.execute_server_stream(
        request=ListOrdersRequest(limit=3, items=["a"]), method=method("ListOrders"), headers=way("connect")
    )
    assert [(order.id, order.item) async for order in listed] == [("0", "a"), ("1", "a"), ("2", "a")]

    async def orders() -> AsyncIterator[Message]:
        for number in range(3):
            yield Order(item=f"x{number}")

    added = await caller.execute_client_stream(request=orders(), method=method("AddOrders"), headers=way("connect"))
    assert added.count == 3
    watched = caller.execute_bidi_stream(request=orders(), method=method("Watch"), headers=way("connect"))
    assert [order.item async for order in watched] == ["X0", "X1", "X2"]


async def test_both_sides_of_connect_talk_at_once(caller: ConnectClient) -> None:
    said: asyncio.Queue[Message | None] = asyncio.Queue()

    async def orders() -> AsyncIterator[Message]:
        while (order := await said.get()) is not None:
            yield order

    watched = caller.execute_bidi_stream(request=orders(), method=method("Watch"), headers=way("connect"))
    for word in ("one", "two"):
        await said.put(Order(item=word))
        assert (await asyncio.wait_for(anext(watched), DEADLINE)).item == word.upper()
    await said.put(None)
    assert [order async for order in watched] == []


async def test_a_stream_of_connect_ends_with_its_error(caller: ConnectClient) -> None:
    listed = caller.execute_server_stream(
        request=ListOrdersRequest(limit=2, customer={"id": "none"}), method=method("ListOrders"), headers=way("connect")
    )
    found = [(await anext(listed)).id for _ in range(2)]
    with pytest.raises(ConnectError) as raised:
        await anext(listed)
    assert found == ["0", "1"]
    assert (raised.value.code, raised.value.message) == (Code.RESOURCE_EXHAUSTED, "no more")


async def test_connect_ends_in_time(world: World) -> None:
    cancelled = world.shop.cancelled
    answer = await world.ask(
        "connect",
        "POST",
        f"/{SERVICE}/GetOrder",
        b'{"id": "slow"}',
        content_type="application/json",
        connect_timeout_ms="200",
    )
    assert (answer.status, answer.json()["code"]) == (504, "deadline_exceeded")
    await until(lambda: world.shop.cancelled > cancelled)


async def test_a_client_of_connect_that_leaves_ends_its_call(world: World, caller: ConnectClient) -> None:
    cancelled = world.shop.cancelled
    asking = caller.execute_unary(request=GetOrderRequest(id="slow"), method=method("GetOrder"), headers=way("connect"))
    with pytest.raises((TimeoutError, ConnectError)):
        await asyncio.wait_for(asking, 0.5)
    await until(lambda: world.shop.cancelled == cancelled + 1)
    listed = caller.execute_server_stream(
        request=ListOrdersRequest(limit=2**31 - 1), method=method("ListOrders"), headers=way("connect")
    )
    assert (await anext(listed)).id == "0"
    await listed.aclose()
    await until(lambda: world.shop.cancelled == cancelled + 2)


async def test_mistakes_of_clients_of_connect_are_told_in_connect(world: World) -> None:
    long = b'{"id": "%s"}' % (b"x" * 70_000)
    get, hidden, add = f"/{SERVICE}/GetOrder", f"/{SERVICE}/Hidden", f"/{SERVICE}/AddOrders"
    for path, body, headers, status, code in (
        (get, b"{", {}, 400, "invalid_argument"),
        (get, b'{"id": "a", "id": "b"}', {}, 400, "invalid_argument"),
        (get, b'{"id": 7}', {}, 400, "invalid_argument"),
        (get, b"[" * 2_000, {}, 400, "invalid_argument"),
        (get, long, {}, 429, "resource_exhausted"),
        (get, gzip.compress(long), {"content_encoding": "gzip"}, 429, "resource_exhausted"),
        (get, b"no", {"content_encoding": "gzip"}, 400, "invalid_argument"),
        (get, b"{}", {"content_encoding": "br"}, 501, "unimplemented"),
        (get, b"{}", {"connect_protocol_version": "2"}, 400, "invalid_argument"),
        (get, b"{}", {"connect_timeout_ms": "-1"}, 400, "invalid_argument"),
        (get, b"{}", {"connect_timeout_ms": "99999999999"}, 400, "invalid_argument"),
        (f"/{SERVICE}/Unknown", b"{}", {}, 501, "unimplemented"),
        ("/other.Service/GetOrder", b"{}", {}, 501, "unimplemented"),
        (get, b"\xff", {"content_type": "application/proto"}, 500, "unknown"),
        (get, b"{}", {"content_type": "application/xml"}, 415, None),
        (get, b"{}", {"content_type": "application/connect+json"}, 415, None),
        (add, b"{}", {}, 415, None),
    ):
        answer = await world.ask("connect", "POST", path, body, **{"content_type": "application/json", **headers})
        assert answer.status == status, (path, body[:40], headers, answer.text()[:200])
        if code is not None:
            assert (answer.headers["content-type"], answer.json()["code"]) == ("application/json", code)
    assert (await world.ask("connect", "PUT", hidden, b"{}")).status == 405
    unsafe = await world.ask("connect", "GET", f"{hidden}?connect=v1&encoding=json&message=%7B%7D")
    assert (unsafe.status, unsafe.headers["allow"]) == (405, "POST")
    for query, status in (
        ("connect=v2&encoding=json&message=%7B%7D", 400),
        ("connect=v1&encoding=xml&message=%7B%7D", 415),
        ("connect=v1&encoding=proto&base64=1&message=%21", 400),
        ("connect=v1&encoding=json&message=" + quote('{"id": "\u00e9"}'), 200),
        ("connect=v1&encoding=proto&base64=1&message=CgE3", 200),
    ):
        assert (await world.ask("connect", "GET", f"{get}?{query}")).status == status


async def test_frames_that_are_none_end_a_stream_of_connect(world: World) -> None:
    for body, code in (
        (b"\x00\x00\x00\x00\x05{}", "invalid_argument"),
        (b"\x00\xff\xff\xff\xff", "resource_exhausted"),
        (b"\x02\x00\x00\x00\x02{}", "invalid_argument"),
        (b"\x01\x00\x00\x00\x02{}", "invalid_argument"),
        (b"\x00\x00\x00\x00\x01{", "invalid_argument"),
    ):
        headers = {"content_type": "application/connect+json", "connect_content_encoding": "gzip"}
        answer = await world.ask("connect", "POST", f"/{SERVICE}/AddOrders", body, **headers)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/connect+json")
        assert answer.content[0] == 2
        assert json.loads(answer.content[5:])["error"]["code"] == code


async def test_who_refuses_a_call_of_connect_does_it_in_connect(world: World) -> None:
    async with client(world.port, "json") as guarded:
        with pytest.raises(ConnectError) as raised:
            await guarded.execute_unary(
                request=GetOrderRequest(id="7"), method=method("GetOrder"), headers=way("guarded")
            )
    assert raised.value.code is Code.PERMISSION_DENIED


async def test_grpc_passes_beside_connect(world: World) -> None:
    for protocol in (ProtocolType.GRPC, ProtocolType.GRPC_WEB):
        async with client(world.port, protocol=protocol) as native:
            order = await native.execute_unary(
                request=GetOrderRequest(id="7"), method=method("GetOrder"), headers=way("connect")
            )
            assert order.item == "tea"


# gRPC-Web


async def test_a_client_of_grpc_web_calls_and_streams(world: World) -> None:
    async with client(world.port, protocol=ProtocolType.GRPC_WEB) as caller:
        order = await caller.execute_unary(
            request=GetOrderRequest(id="7"), method=method("GetOrder"), headers=way("web")
        )
        assert order.item == "tea"
        listed = caller.execute_server_stream(
            request=ListOrdersRequest(limit=2), method=method("ListOrders"), headers=way("web")
        )
        assert [each.id async for each in listed] == ["0", "1"]
        with pytest.raises(ConnectError) as raised:
            await caller.execute_unary(
                request=GetOrderRequest(id="none"), method=method("GetOrder"), headers=way("web")
            )
        assert (raised.value.code, raised.value.message) == (Code.NOT_FOUND, "no \u00e9!")


async def test_grpc_web_in_text_from_another_site(world: World) -> None:
    preflight = await world.ask(
        "web", "OPTIONS", f"/{SERVICE}/GetOrder", origin="https://a.example",
        access_control_request_method="POST", access_control_request_headers="x-grpc-web",
    )  # fmt: skip
    assert preflight.headers["access-control-allow-origin"] == "https://a.example"
    data = GetOrderRequest(id="7").SerializeToString()
    answer = await world.ask(
        "web", "POST", f"/{SERVICE}/GetOrder", base64.b64encode(b"\x00\x00\x00\x00" + bytes((len(data),)) + data),
        content_type="application/grpc-web-text+proto", accept="application/grpc-web-text+proto", x_grpc_web="1",
        origin="https://a.example",
    )  # fmt: skip
    assert answer.headers["content-type"] == "application/grpc-web-text+proto"
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["access-control-expose-headers"] == "grpc-status"
    body = b"".join(base64.b64decode(part) for part in _padded(answer.content))
    size = int.from_bytes(body[1:5], "big")
    assert Order.FromString(body[5 : 5 + size]).id == "7"
    trailers = body[5 + size :]
    assert trailers[0] == 0x80
    assert b"grpc-status:0" in trailers
    assert b"x-took:1ms" in trailers


def _padded(text: bytes) -> Iterator[bytes]:
    """Yield the pieces of *text* that are each in base64, with their padding."""
    for start in range(0, len(text), 4):
        yield text[start : start + 4]


# gRPC for REST


@pytest.fixture
async def channel(world: World) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{world.port}") as channel:
        yield channel


def call(channel: grpc.aio.Channel, name: str) -> Any:
    """Return what calls the method *name*."""
    found = METHODS[name]
    kinds = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
        (True, True): channel.stream_stream,
    }
    return kinds[found.client_streaming, found.server_streaming](
        f"/{SERVICE}/{name}",
        request_serializer=lambda request: request.SerializeToString(),
        response_deserializer=GetMessageClass(found.output_type).FromString,
    )


def through(name: str = "rest", **options: Any) -> dict[str, Any]:
    return {"metadata": (("x-way", name), ("x-mine", "1")), "timeout": DEADLINE, **options}


async def test_grpc_becomes_rest(world: World, channel: grpc.aio.Channel) -> None:
    getting = call(channel, "GetOrder")(GetOrderRequest(id="a b", with_parts=True), **through())
    order = await getting
    assert (order.id, order.unit_price, order.quantity, order.state) == ("7", 0.5, 2**53 + 1, 1)
    assert dict(await getting.initial_metadata())["x-rest"] == "yes"
    verb, target, headers, body = world.rest.asked[-1]
    assert (verb, target, body) == ("GET", "/v1/orders/a%20b?withParts=true", b"")
    assert headers["x-mine"] == "1"


async def test_a_field_stays_in_its_part_of_the_path(world: World, channel: grpc.aio.Channel) -> None:
    before = len(world.rest.asked)
    for request in ("", ".", "..", "a/b", "../../admin"):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(channel, "GetOrder")(GetOrderRequest(id=request), **through())
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for request in ("orders/..", "orders/", "other/7", "orders/7/8"):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(channel, "CancelOrder")(Order(id=request), **through())
        assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(world.rest.asked) == before


async def test_fields_go_where_the_rule_says(world: World, channel: grpc.aio.Channel) -> None:
    order = Order(item="tea", tags=["a", "b"], labels={"k": "v"}, unit_price=0.5)
    await call(channel, "CreateOrder")(
        CreateOrderRequest(customer={"id": "ada"}, order=order, dry_run=True), **through()
    )
    verb, target, _, body = world.rest.asked[-1]
    assert (verb, target) == ("POST", "/v1/customers/ada/orders?dryRun=true")
    assert json.loads(body) == {"item": "tea", "tags": ["a", "b"], "labels": {"k": "v"}, "unitPrice": 0.5}
    await call(channel, "CancelOrder")(Order(id="orders/7", item="tea"), **through())
    verb, target, _, body = world.rest.asked[-1]
    assert (verb, target, json.loads(body)) == ("POST", "/v1/orders/7:cancel", {"item": "tea"})
    await call(channel, "Hidden")(Order(id="7", quantity=2, part_of={"id": "6"}, tags=["a", "b"]), **through())
    verb, target, _, body = world.rest.asked[-1]
    assert (verb, target, json.loads(body)) == ("PUT", "/hidden/7?quantity=2&tags=a&tags=b", {"id": "6"})
    assert (await call(channel, "Count")(ListOrdersRequest(limit=1), **through())).count == 7
    assert world.rest.asked[-1][1] == "/v1/count?limit=1"


async def test_bodies_pass_as_they_are_where_the_message_says_so(channel: grpc.aio.Channel) -> None:
    receipt = await call(channel, "Receipt")(GetOrderRequest(id="7"), **through())
    assert (receipt.content_type, receipt.data) == ("image/png", b"receipt 7")
    uploaded = await call(channel, "Upload")(HttpBody(content_type="image/png", data=b"\x00" * 9), **through())
    assert uploaded.count == 9


@pytest.mark.parametrize("kind", ["application/x-ndjson", "text/event-stream", "application/json"])
async def test_streams_of_rest_are_streams(channel: grpc.aio.Channel, kind: str) -> None:
    listed = call(channel, "ListOrders")(ListOrdersRequest(items=[kind]), **through())
    assert [order.id async for order in listed] == ["0", "1", "2"]


async def test_streams_to_rest_are_lines(channel: grpc.aio.Channel) -> None:
    orders = iter([Order(item="a"), Order(item="b")])
    assert (await call(channel, "AddOrders")(orders, **through())).count == 2
    watching = call(channel, "Watch")(**through())
    for word in ("one", "two"):
        await watching.write(Order(item=word))
        assert (await watching.read()).item == word.upper()
    await watching.done_writing()
    assert await watching.read() is grpc.aio.EOF
    assert await watching.code() is grpc.StatusCode.OK


async def test_what_a_rest_service_refuses_is_a_status(channel: grpc.aio.Channel) -> None:
    for name, code, said in (
        ("none", grpc.StatusCode.NOT_FOUND, "no such order"),
        ("plain", grpc.StatusCode.ABORTED, "a plain text"),
        ("status", grpc.StatusCode.FAILED_PRECONDITION, "not caf\u00e9"),
        ("huge", grpc.StatusCode.INTERNAL, "status 500"),
        ("long", grpc.StatusCode.RESOURCE_EXHAUSTED, "more than 65536 bytes"),
        ("twice", grpc.StatusCode.INTERNAL, "twice"),
        ("html", grpc.StatusCode.INTERNAL, "text/html"),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call(channel, "GetOrder")(GetOrderRequest(id=name), **through())
        assert (raised.value.code(), said in (raised.value.details() or "")) == (code, True), raised.value
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call(channel, "GetOrder")(GetOrderRequest(id="slow"), **through(timeout=0.3))
    assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call(channel, "GetOrder")(GetOrderRequest(id="7"), **through("away"))
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    listed = call(channel, "ListOrders")(ListOrdersRequest(items=["text/html"]), **through())
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        _ = [order async for order in listed]
    assert raised.value.code() is grpc.StatusCode.INTERNAL


async def test_mistakes_of_clients_of_grpc_are_statuses(channel: grpc.aio.Channel) -> None:
    raw = channel.unary_unary(f"/{SERVICE}/GetOrder")
    for data, code in (
        (b"\xff", grpc.StatusCode.INVALID_ARGUMENT),
        (bytes(70_000), grpc.StatusCode.RESOURCE_EXHAUSTED),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await raw(data, **through())
        assert raised.value.code() is code
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await channel.unary_unary(f"/{SERVICE}/Unknown")(b"", **through())
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
    two = channel.stream_unary(f"/{SERVICE}/GetOrder")
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await two(iter([b"", b""]), **through())
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    compressed = call(channel, "GetOrder")(GetOrderRequest(id="7"), **through(compression=grpc.Compression.Gzip))
    assert (await compressed).id == "7"


async def test_rest_passes_beside_grpc(world: World) -> None:
    answer = await world.ask("rest", "GET", "/anything")
    assert answer.json()["unknown"] == [1]


async def test_what_a_service_said_holds_over_a_restart(world: World, background: Background) -> None:
    """The one that was late is away again."""
    background.run(world.gateway.stop())
    background.run(world.gateway.start())
    answer = await world.ask("late", "GET", "/v1/orders/7")
    assert answer.status == 503
    assert "definition.unfetched" not in answer.text()
    assert (await world.ask("json", "GET", "/v1/orders/7")).status == 200


async def test_nothing_of_it_is_an_error_of_ours(world: World) -> None:
    """The last of those that share a gateway: what they had it say."""
    assert "Traceback" not in world.gateway.log
    assert "never retrieved" not in world.gateway.log
