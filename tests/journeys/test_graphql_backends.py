"""A GraphQL server behind the running product: with limits, over HTTP, events and WebSockets, and as a REST API."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from joserfc import jwt
from joserfc.jwk import OctKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from crossway.runtime.graphql.refusal import GRAPHQL_JSON
from harness import client
from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.shop import SDL, Shop
from harness.waiting import until

pytestmark = pytest.mark.journey

PROTOCOL = "graphql-transport-ws"
CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services:
  shop: "http://127.0.0.1:$backend"
definitions: {shop: {text: $sdl}}
consumers:
  ada: {groups: [admin], credentials: {api_key: [$key]}}
routes:
  shop:
    matches: [{path: /graphql}]
    to: shop
    policies:
      authentication: optional
      api_key: {}
      graphql_limits:
        definition: shop
        depth: 5
        cost: 100
        batch: 2
        max_body: 4KiB
        subscriptions: 3
        persisted: {automatic: {}}
  tokens:
    matches: [{path: /tokens}]
    to: shop
    policies:
      jwt: {jwks: {secret: $secret}}
      rewrite: {path: /graphql}
      graphql_limits: {definition: shop, introspection: [docs]}
  api:
    matches: [{path: /api/*}]
    policies:
      graphql_backend:
        service: shop
        definition: shop
        endpoints:
          customer: {method: GET, path: "/customers/{id}", query: "query($$id: ID!) {customer(id: $$id) {id name}}"}
          add: {path: /orders, query: "mutation($$total: Int!) {addOrder(total: $$total) {total}}"}
        openapi: /openapi.json
"""
KEY = "ada-0123456789"
SECRET = secrets.token_hex(32)


@dataclass
class World:
    gateway: Gateway
    shop: Shop

    async def ask(self, body: object, path: str = "/graphql", **headers: str) -> Answer:
        told = {"content-type": "application/json", "accept": GRAPHQL_JSON}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        port = self.gateway.port("http")
        return await client.request(port, path, method="POST", headers=told, body=json.dumps(body))

    async def code(self, body: object, path: str = "/graphql", **headers: str) -> str:
        answer = await self.ask(body, path, **headers)
        (error,) = json.loads(answer.body)["errors"]
        return str(error["extensions"]["code"])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.gateway.port('http')}/graphql"

    @asynccontextmanager
    async def opened(self, *, begun: bool = True) -> AsyncIterator["Socket"]:
        async with connect(self.url, subprotocols=[PROTOCOL]) as connection:  # type: ignore[list-item]
            socket = Socket(connection)
            if begun:
                await socket.send(type="connection_init")
                assert await socket.heard() == {"type": "connection_ack"}
            yield socket
            connection.transport.abort()  # a farewell takes two seconds


class Socket:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, name: str, query: str, **payload: object) -> None:
        await self.send(id=name, type="subscribe", payload={"query": query, **payload})

    async def heard(self) -> dict[str, Any]:
        return json.loads(await asyncio.wait_for(self.connection.recv(), 15))

    async def closed(self) -> int:
        """Return the code with which the connection is closed; nothing but acknowledgements may come before."""
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012  # a loop is one statement
            while True:
                assert await self.heard() == {"type": "connection_ack"}
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code


@pytest.fixture(scope="module")
def world(background: Background) -> Iterator[World]:
    with background.entered(Shop()) as shop:
        values = {"backend": shop.port, "key": KEY, "secret": SECRET, "sdl": json.dumps(SDL)}
        with background.entered(Gateway(CONFIG, **values)) as gateway:
            yield World(gateway, shop)


async def test_nothing_is_wrong(world: World) -> None:
    assert (await world.gateway.state())["findings"] == []


async def test_what_is_good_is_answered_by_the_backend(world: World) -> None:
    answer = await world.ask({"query": "{hello customers(first: 2) {name}}"})
    assert json.loads(answer.body) == {"data": {"hello": "world", "customers": [{"name": "Ada"}, {"name": "Ada"}]}}


async def test_what_is_not_never_reaches_it(world: World) -> None:
    before = world.shop.calls.total()
    for query, code in (
        ("{customers(first: 200) {name}}", "COST_ESTIMATED_TOO_EXPENSIVE"),
        ("{customers{friends{friends{friends{friends{friends{id}}}}}}}", "MAX_DEPTH_LIMIT"),
        ("{__schema{types{name}}}", "INTROSPECTION_DISABLED"),
        ("{customer(id: 1) {email}}", "UNAUTHENTICATED"),
    ):
        assert await world.code({"query": query}) == code
    assert await world.code([{"query": "{hello}"}] * 3) == "BATCH_LIMIT_EXCEEDED"
    assert await world.code({"query": "{hello #" + "x" * 4096 + "\n}"}) == "REQUEST_TOO_LARGE"
    assert world.shop.calls.total() == before


async def test_a_field_is_for_those_with_its_scopes(world: World) -> None:
    answer = await world.ask({"query": "{customer(id: 1) {email}}"}, x_api_key=KEY)
    assert json.loads(answer.body)["data"] == {"customer": {"email": "ada@shop.test"}}
    assert await world.code({"query": "{report {rows}}"}, x_api_key=KEY) == "UNAUTHORIZED_FIELD_OR_TYPE"
    forged = {"x_crossway_claims": '{"scope": "reports"}', "x_consumer_username": "ada", "x_consumer_groups": "admin"}
    assert await world.code({"query": "{report {rows}}"}, **forged) == "UNAUTHENTICATED"


@pytest.mark.parametrize("claim", ["scope", "scp"])
async def test_scopes_are_those_of_the_token(world: World, claim: str) -> None:
    key = OctKey.import_key(SECRET)

    def bearer(*scopes: str) -> str:
        claims = {"exp": int(time.time()) + 60, claim: " ".join(scopes), "name": "\u00c4da\n"}
        return f"Bearer {jwt.encode({'alg': 'HS256'}, claims, key)}"

    query = {"query": "{report {rows} customer(id: 1) {email}}"}
    answer = await world.ask(query, "/tokens", authorization=bearer("reports", "customers:read", "pii"))
    assert json.loads(answer.body)["data"] == {"report": {"rows": 3}, "customer": {"email": "ada@shop.test"}}
    few = {"authorization": bearer("reports", "pii"), "x_crossway_claims": '{"scope": "admin"}'}
    assert await world.code(query, "/tokens", **few) == "UNAUTHORIZED_FIELD_OR_TYPE"
    schema = {"query": "{__schema{queryType{name}}}"}
    assert await world.code(schema, "/tokens", **few) == "INTROSPECTION_DISABLED"
    assert (await world.ask(schema, "/tokens", authorization=bearer("docs"))).status == 200


async def test_events_pass_as_they_come(world: World) -> None:
    body = json.dumps({"query": "subscription {ticks}"})
    head = "POST /graphql HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", world.gateway.port("http"))
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
    ended = world.shop.calls["ticks ended"]
    async with asyncio.timeout(15):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        await reader.readuntil(b"ticks")  # while the stream is open
    writer.close()
    await until(lambda: world.shop.calls["ticks ended"] > ended)


async def test_an_operation_on_a_socket_is_answered(world: World) -> None:
    async with world.opened() as socket:
        await socket.subscribe("1", "subscription {counted(to: 2)}")
        heard = [await socket.heard() for _ in range(3)]
        assert [each["type"] for each in heard] == ["next", "next", "complete"]
        assert heard[1] == {"id": "1", "type": "next", "payload": {"data": {"counted": 1}}}


async def test_one_that_is_refused_on_a_socket_leaves_the_others_alone(world: World) -> None:
    async with world.opened() as socket:
        await socket.subscribe("a", "subscription {ticks}")
        assert (await socket.heard())["payload"]["data"] == {"ticks": 0}
        await socket.subscribe("b", "{__schema{types{name}}}")
        heard = await socket.heard()
        assert (heard["id"], heard["type"]) == ("b", "error")
        assert heard["payload"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
        await socket.subscribe("b", "{hello}")
        assert (await socket.heard())["payload"] == {"data": {"hello": "world"}}
        assert await socket.heard() == {"id": "b", "type": "complete"}


async def test_real_clients_are_told_in_their_protocol(world: World) -> None:
    async with Client(transport=WebsocketsTransport(url=world.url, subprotocols=[PROTOCOL])) as session:
        assert [each async for each in session.subscribe(gql("subscription {counted(to: 1)}"))] == [{"counted": 0}]
        with pytest.raises(TransportQueryError, match="over 100"):
            await session.execute(gql("{customers(first: 101) {id}}"))


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([{"id": "1", "type": "subscribe", "payload": {"query": "{hello}"}}], 4401),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
        ([{"type": "connection_init"}, {"id": "1", "type": "start", "payload": {"query": "{hello}"}}], 4400),
        ([{"type": "connection_init"}, {"type": "subscribe", "payload": {"query": "{hello}"}}], 4400),
        ([{"type": "connection_init"}, {"id": "1", "type": "subscribe", "payload": "{hello}"}], 4400),
        ([{"type": "connection_init"}, {"id": "1", "type": "subscribe"}], 4400),
        (["no json"], 4400),
        ([b"\x00\x01"], 4400),
        (['{"type": "ping", "type": "connection_init"}'], 4400),
        (["[]"], 4400),
        (["x" * 5000], 1009),
    ],
)
async def test_what_is_not_in_the_protocol_ends_the_connection(world: World, messages: list[Any], code: int) -> None:
    async with world.opened(begun=False) as socket:
        for message in messages:
            await socket.connection.send(json.dumps(message) if isinstance(message, dict) else message)
        assert await socket.closed() == code


async def test_a_name_is_used_once_at_a_time(world: World) -> None:
    async with world.opened() as socket:
        await socket.subscribe("1", "subscription {ticks}")
        await socket.heard()
        await socket.subscribe("1", "{hello}")
        assert await socket.closed() == 4409


async def test_only_so_many_are_under_way(world: World) -> None:
    async with world.opened() as socket:
        for name in "abc":
            await socket.subscribe(name, "subscription {ticks}")
            await socket.heard()
        await socket.subscribe("d", "{hello}")
        heard = await socket.heard()
        assert heard["payload"][0]["extensions"] == {"code": "MAX_SUBSCRIPTIONS_LIMIT", "maximum": 3}
        await socket.send(id="a", type="complete")
        await socket.subscribe("d", "{hello}")
        assert (await socket.heard())["payload"] == {"data": {"hello": "world"}}


async def test_a_message_in_pieces_is_read_whole(world: World) -> None:
    async with world.opened() as socket:
        told = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{__schema{types{name}}}"}})
        await socket.connection.send([told[:20], told[20:40], told[40:]])
        assert (await socket.heard())["type"] == "error"
        told = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{hello}"}})
        await socket.connection.send([told[:20], told[20:40], told[40:]])
        assert (await socket.heard())["type"] == "next"


async def test_a_document_that_was_registered_is_known_on_sockets(world: World) -> None:
    from hashlib import sha256

    text = "query Registered {hello}"
    told = {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}
    assert (await world.ask({"query": text, "extensions": told})).status == 200
    async with world.opened() as socket:
        await socket.send(id="1", type="subscribe", payload={"extensions": told})
        assert (await socket.heard())["payload"] == {"data": {"hello": "world"}}


@pytest.mark.parametrize("offered", [["graphql-ws"], ["mqtt"], None])
async def test_other_protocols_are_refused(world: World, offered: Any) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(world.url, subprotocols=offered):
            pass
    response = refused.value.response
    assert response.status_code == 400
    assert json.loads(response.body or b"")["errors"][0]["extensions"]["code"] == "SUBPROTOCOL_NOT_SUPPORTED"


async def test_the_new_protocol_is_taken_where_both_are_offered(world: World) -> None:
    async with connect(world.url, subprotocols=["graphql-ws", PROTOCOL]) as connection:  # type: ignore[list-item]
        assert connection.subprotocol == PROTOCOL
        assert connection.response is not None
        assert "sec-websocket-extensions" not in connection.response.headers


async def test_who_leaves_ends_what_the_backend_does_for_it(world: World) -> None:
    ended = world.shop.calls["ticks ended"]
    async with world.opened() as socket:
        await socket.subscribe("1", "subscription {ticks}")
        await socket.heard()
        socket.connection.transport.abort()
    await until(lambda: world.shop.calls["ticks ended"] > ended)


async def test_an_endpoint_is_an_operation(world: World) -> None:
    port = world.gateway.port("http")
    answer = await client.request(port, "/api/customers/7")
    assert (answer.status, json.loads(answer.body)) == (200, {"id": "7", "name": "Ada"})
    assert (await client.request(port, "/api/customers/0")).status == 404
    headers = {"content-type": "application/json"}
    answer = await client.request(port, "/api/orders", method="POST", headers=headers, body='{"total": 3}')
    assert (answer.status, json.loads(answer.body)) == (200, {"total": 3})
    described = json.loads((await client.request(port, "/api/openapi.json")).body)
    assert list(described["paths"]) == ["/api/customers/{id}", "/api/orders"]
