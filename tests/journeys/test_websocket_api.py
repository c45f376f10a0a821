"""WebSocket APIs, asked of the running product: two proxies that share a Redis, real clients, a real service behind."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.ports import free_port
from harness.redis import Redis, needed
from harness.upstreams import Echo, Received, Upstreams
from harness.waiting import until

pytestmark = [pytest.mark.journey, needed]

CONFIG = """
gateways:
  edge: {listeners: {http: $http, inside: $inside}}
  side: {listeners: {http: $side}}
services: {echo: "http://127.0.0.1:$echo", teller: "http://127.0.0.1:$teller"}
consumers:
  ada: {credentials: {api_key: [ada-key]}}
  bob: {credentials: {api_key: [bob-key]}}
plugins:
  around:
    source: |
      from crossway import Next, Request, Response, plugin

      @plugin
      async def around(request: Request, call_next: Next) -> Response:
          response = await call_next(request)
          response.headers["x-around"] = "1"
          return response
routes:
  chat: &chat
    gateways: [edge, side]
    listeners: [http]
    matches: [{path: /chat}]
    policies: &policies
      websocket_api: &api
        routes:
          say:
            service: echo
            method: POST
            path: "/rooms/{message.room}"
            query: {status: "{message.status}", delay: "{message.delay}"}
            body: {text: message.text, from: connection.id, agent: 'connection.headers."user-agent"'}
            answer: {path: body.path, body: body.body}
        default: {service: echo, method: POST, path: /other, body: message, answer: body.body}
        connect:
          {service: echo, path: /connect, query: {status: "{connection.query.status}", id: "{connection.id}"}}
        disconnect:
          {service: echo, method: POST, path: /gone, body: {id: connection.id, code: close.code}}
        groups: ["room-{connection.query.room}"]
        subprotocols: [v2, v1]
        replay: 3
  behind: {<<: *chat, matches: [{path: /behind}], policies: {<<: *policies, plugins: [around]}}
  limited:
    matches: [{path: /limited}]
    policies:
      api_key: {}
      websocket_api: {max_message: 1KiB, rate: 3/minute, max_connections: 2, max_connections_per_consumer: 1}
  silent: {matches: [{path: /silent}], policies: {websocket_api: {ping: 300ms}}}
  idle: {matches: [{path: /idle}], policies: {websocket_api: {idle: 400ms}}}
  brief: {matches: [{path: /brief}], policies: {websocket_api: {lifetime: 400ms}}}
  events: {matches: [{path: /events/*}], to: teller}
  events_behind: {matches: [{path: /behind-events/*}], to: teller, policies: {plugins: [around]}}
  push:
    gateways: [edge, side]
    matches: [{path: /push/*}]
    policies: {websocket_push: {api: chat, max_message: 64KiB}}
  push_behind: {matches: [{path: /behind-push/*}], policies: {websocket_push: behind}}
"""
WITHIN = 15.0


class Teller:
    """Tells an event, and another one when it is told that the first was heard."""

    async def __aenter__(self) -> Self:
        self._heard = asyncio.Event()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if "/heard" in head:
            self._heard.set()
            writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        else:
            self._heard.clear()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: 1\n\n")
            await asyncio.wait_for(self._heard.wait(), WITHIN)
            writer.write(b"data: 2\n\n")
        await writer.drain()
        writer.close()


@dataclass
class World:
    """Two proxies, and what is behind and beside them."""

    control: Gateway
    proxies: list[Gateway]
    redis: Redis
    echo: Echo

    def opened(self, path: str = "/chat", at: str = "http", **options: object) -> connect:
        """Open a WebSocket."""
        return connect(f"ws://127.0.0.1:{self.control.port(at)}{path}", **options)  # type: ignore[arg-type]

    async def push(self, path: str, method: str = "POST", body: str = "", at: str = "inside", **of: str) -> Answer:
        """Ask what reaches clients: at another listener than that of the clients, unless told otherwise."""
        return await self.control.get(f"/push/{path}", at=at, method=method, body=body, headers=of)

    async def heard(self, path: str, name: str) -> Received:
        """Return the request in which the service was told of the client *name*."""
        found = (one for one in self.echo.received if one.path.startswith(path) and name in one.path + one.body)
        return await until(lambda: next(found, None) or self._again(path, name))

    def _again(self, path: str, name: str) -> Received | None:
        return next(
            (one for one in self.echo.received if one.path.startswith(path) and name in one.path + one.body), None
        )


@pytest.fixture(scope="module")
def world(background: Background, upstreams: Upstreams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as running:
        redis, echo = running.enter_context(background.entered(Redis())), upstreams.echo()
        address, teller = f"127.0.0.1:{free_port()}", running.enter_context(background.entered(Teller()))
        ports = {"echo": echo.port, "teller": teller.port}
        control = Gateway(CONFIG, "--role", "control", "--listen", address, address=address, **ports)
        running.enter_context(background.entered(control))
        credentials = control.issue(tmp_path_factory.mktemp("credentials"))
        proxies = [
            control.joined_by(credentials, "--gateway", name, "--shared-store", redis.url) for name in ("edge", "side")
        ]
        for proxy in proxies:
            running.enter_context(background.entered(proxy))
        background.run(until(lambda: control.has_joined(2)))
        yield World(control, proxies, redis, echo)


def identity(socket: ClientConnection) -> str:
    """Return the id of a connection."""
    assert socket.response is not None
    return socket.response.headers["x-connection-id"]


async def told(socket: ClientConnection) -> str | bytes:
    """Return the next message."""
    return await asyncio.wait_for(socket.recv(), WITHIN)


async def answered(socket: ClientConnection, message: object) -> dict[str, object]:
    """Send a message, and return what comes back."""
    await socket.send(message if isinstance(message, str) else json.dumps(message))
    value = json.loads(await told(socket))
    return value if isinstance(value, dict) else {"value": value}


async def ended(socket: ClientConnection) -> tuple[int, str]:
    """Return how a connection is closed."""
    with pytest.raises(ConnectionClosed) as closed:
        await told(socket)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_field_of_a_message_names_the_operation(world):
    assert (await world.control.state())["findings"] == []
    async with world.opened(user_agent_header="tests") as socket:
        said = await answered(socket, {"action": "say", "room": "a b", "text": "hi"})
        assert said["path"] == "/rooms/a%20b"
        assert json.loads(said["body"]) == {"text": "hi", "from": identity(socket), "agent": "tests"}
        for other in ({"action": "nobody", "n": 1}, [1, 2], "no JSON"):
            await socket.send(other if isinstance(other, str) else json.dumps(other))
            assert json.loads(json.loads(await told(socket))) == other


@pytest.mark.parametrize("path", ["/chat", "/behind"])
async def test_what_a_service_is_told_of_a_client(world, path):
    async with world.opened(f"{path}?room=1", subprotocols=["v0", "v1", "v2"]) as socket:
        name = identity(socket)
        assert socket.subprotocol == "v2"
        assert ("x-around" in socket.response.headers) == (path == "/behind")
        assert (await world.heard("/connect", name)).method == "GET"
        await socket.send("leave")
        await told(socket)
        await socket.close(4001, "enough")
    assert json.loads((await world.heard("/gone", name)).body) == {"id": name, "code": 4001}
    socket = await world.opened(path)
    socket.transport.abort()
    assert json.loads((await world.heard("/gone", identity(socket))).body)["code"] == 1006


@pytest.mark.parametrize("path", ["/chat", "/behind"])
@pytest.mark.parametrize(("said", "status"), [(401, 401), (403, 403), (500, 502)])
async def test_a_service_refuses_a_client(world, path, said, status):
    with pytest.raises(InvalidStatus) as refused:
        await world.opened(f"{path}?status={said}")
    response = refused.value.response
    assert response.status_code == status
    assert json.loads(response.body)["code"] == "websocket_api.refused"


async def test_mistakes_of_a_client_are_messages(world):
    async with world.opened() as socket:
        failed = await answered(socket, {"action": "say", "room": "x", "status": 404})
        assert (failed["error"]["code"], failed["error"]["status"]) == ("websocket_api.refused", 404)
        failed = await answered(socket, {"action": "say"})
        assert failed["error"]["code"] == "websocket_api.invalid"
        failed = await answered(socket, '{"action": "say", "room": 1, "room": 2}')
        assert failed["error"] == {
            "code": "websocket_api.ambiguous",
            "detail": "The message has the key 'room' twice in one object.",
        }
        said = await answered(socket, {"action": "say", "room": "x"})
        assert said["path"] == "/rooms/x"
    async with world.opened("/idle") as socket:
        assert (await answered(socket, "anything"))["error"]["code"] == "websocket_api.no_route"


async def test_messages_of_one_client_are_done_in_their_order(world):
    async with world.opened() as socket:
        for room, delay in (("slow", "300ms"), ("fast", "0ms")):
            await socket.send(json.dumps({"action": "say", "room": room, "delay": delay}))
        assert [json.loads(await told(socket))["path"].partition("?")[0] for _ in range(2)] == [
            "/rooms/slow",
            "/rooms/fast",
        ]


HANDSHAKE = {"sec-websocket-version": "13", "sec-websocket-key": base64.b64encode(bytes(16)).decode()}


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({}, 426, "websocket_api.upgrade_required"),
        ({"upgrade": "websocket", **HANDSHAKE, "sec-websocket-version": "8"}, 426, "websocket_api.version"),
        ({"upgrade": "websocket", **HANDSHAKE, "sec-websocket-key": "short"}, 400, "websocket_api.handshake"),
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/behind"])
async def test_a_handshake_that_is_none(world, path, sent, status, code):
    answer = await world.control.get(path, headers=sent | ({"connection": "upgrade"} if sent else {}))
    assert (answer.status, answer.json["code"]) == (status, code)


def frame(opcode: int, payload: bytes = b"", *, last: bool = True, masked: bool = True, extra: int = 0) -> bytes:
    """Return a frame of a client, right or wrong."""
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2)
    return (
        bytes([opcode | (0x80 if last else 0) | extra, size[0] | (0x80 if masked else 0)])
        + size[1:]
        + (bytes(4) if masked else b"")
        + payload
    )


@asynccontextmanager
async def raw(world: World, path: str = "/chat") -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a WebSocket over which anything can be sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.control.port("http"))
    fields = {"host": "test", "connection": "upgrade", "upgrade": "websocket", **HANDSHAKE}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
    async with asyncio.timeout(WITHIN):
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        try:
            yield reader, writer
        finally:
            writer.close()


BAD = {
    "unmasked": (frame(1, b"x", masked=False), 1002),
    "a bit of an extension": (frame(1, b"x", extra=0x40), 1002),
    "an unknown frame": (frame(3, b"x"), 1002),
    "goes on without a beginning": (frame(0, b"x"), 1002),
    "begins twice": (frame(1, b"x", last=False) + frame(1, b"y"), 1002),
    "a ping in pieces": (frame(9, b"x", last=False), 1002),
    "a long ping": (frame(9, bytes(126)), 1002),
    "closed with one byte": (frame(8, b"x"), 1002),
    "closed with a code that nobody sends": (frame(8, (1006).to_bytes(2)), 1002),
    "a reason that is no UTF-8": (frame(8, (1000).to_bytes(2) + b"\xff"), 1007),
    "text that is no UTF-8": (frame(1, b"\xff"), 1007),
    "UTF-8 that is cut off": (frame(1, "é".encode()[:1]), 1007),
    "binary": (frame(2, b"x"), 1003),
}


@pytest.mark.parametrize("path", ["/chat", "/behind"])
@pytest.mark.parametrize("what", BAD)
async def test_frames_that_are_against_the_protocol(world, what, path):
    sent, code = BAD[what]
    async with raw(world, path) as (reader, writer):
        writer.write(sent)
        said = await reader.readexactly(4)
        assert (said[0], int.from_bytes(said[2:])) == (0x88, code)


@pytest.mark.parametrize("path", ["/chat", "/behind"])
async def test_frames_arrive_in_pieces(world, path):
    whole = frame(1, b'{"n":', last=False) + frame(9, b"hey") + frame(0, b"", last=False) + frame(0, b"1}")
    async with raw(world, path) as (reader, writer):
        for byte in whole:
            writer.write(bytes([byte]))
            await writer.drain()
        assert await reader.readexactly(5) == b"\x8a\x03hey"
        head = await reader.readexactly(2)
        assert json.loads(json.loads(await reader.readexactly(head[1]))) == {"n": 1}
        writer.write(frame(8, (1000).to_bytes(2)))
        assert await reader.readexactly(4) == b"\x88\x02" + (1000).to_bytes(2)


async def test_limits(world):
    keys = {name: {"x-api-key": f"{name}-key"} for name in ("ada", "bob")}
    async with world.opened("/limited", additional_headers=keys["ada"]) as socket:
        with pytest.raises(InvalidStatus) as refused:
            await world.opened("/limited", additional_headers=keys["ada"])
        assert refused.value.response.status_code == 429
        with pytest.raises(InvalidStatus) as refused:
            await world.opened("/limited")
        assert refused.value.response.status_code == 401
        async with world.opened("/limited", additional_headers=keys["bob"]) as other:
            await other.send("x" * 1025)
            assert await ended(other) == (1009, "a message has at most 1024 bytes")
        for _ in range(3):
            assert (await answered(socket, "x"))["error"]["code"] == "websocket_api.no_route"
        await socket.send("x")
        assert await ended(socket) == (1008, "too many messages")

    async def is_free() -> bool:
        try:
            async with world.opened("/limited", additional_headers=keys["ada"]):
                return True
        except InvalidStatus:
            return False

    await until(is_free)


async def test_times(world):
    async with world.opened("/idle") as socket:
        assert await ended(socket) == (1001, "it is idle")
    async with world.opened("/brief") as socket:
        assert await ended(socket) == (1001, "its time is over")
    async with raw(world, "/silent") as (reader, _):
        assert await reader.read() == b"\x89\x00"
    async with world.opened("/silent", ping_interval=None) as socket, raw(world, "/silent") as (reader, _):
        await reader.read()  # until the silent one has gone
        assert (await answered(socket, "x"))["error"]["code"] == "websocket_api.no_route"


@pytest.mark.parametrize("at", ["inside", "http", "side"])
async def test_a_service_reaches_a_client_and_its_groups_through_any_proxy(world, at):
    async with world.opened(f"/chat?room={at}") as one, world.opened(f"/chat?room={at}", "side") as other:
        names = identity(one), identity(other)
        for socket, name in zip((one, other), names, strict=True):
            assert (await world.push(f"@connections/{name}", body="hello", at=at)).status == 204
            binary = {"content-type": "application/octet-stream"}
            assert (await world.push(f"@connections/{name}", body="\x00é", at=at, **binary)).status == 204
            assert [await told(socket) for _ in range(2)] == ["hello", "\x00é".encode()]
            about = await world.push(f"@connections/{name}", "GET", at=at)
            assert (about.status, about.json["id"], about.json["groups"]) == (200, name, [f"room-{at}"])
            assert (await world.push(f"@groups/more-{at}/{name}", "PUT", at=at)).status == 204
        for group in (f"room-{at}", f"more-{at}"):
            assert (await world.push(f"@groups/{group}", body=group, at=at)).status == 202
            assert [await told(socket) for socket in (one, other)] == [group, group]
        assert (await world.push(f"@groups/more-{at}/{names[1]}", "DELETE", at=at)).status == 204
        assert (await world.push(f"@groups/more-{at}", body="again", at=at)).status == 202
        assert (await world.push("@connections", body="all", at=at)).status == 202
        assert [await told(one) for _ in range(2)] == ["again", "all"]
        assert await told(other) == "all"
        for socket, name in zip((one, other), names, strict=True):
            assert (await world.push(f"@connections/{name}", "DELETE", at=at)).status == 204
            assert await ended(socket) == (1000, "")
            assert (await world.push(f"@connections/{name}", body="late", at=at)).status == 410
            assert (await world.push(f"@groups/g/{name}", "PUT", at=at)).status == 410


async def test_an_address_reaches_the_clients_of_its_own_api_alone(world):
    async with world.opened() as socket:
        path = f"/behind-push/@connections/{identity(socket)}"
        assert (await world.control.get(path, at="inside")).status == 410
        assert (await world.push("@connections/nobody")).status == 410
        assert (await world.push(f"@connections/{identity(socket)}", body="x" * 65_537)).status == 413
        assert (await world.push(f"@connections/{identity(socket)}", "PATCH")).headers["allow"] == "DELETE, GET, POST"
        assert (await world.push("elsewhere")).status == 404


async def test_while_redis_is_away_each_proxy_reaches_its_own(world):
    async with world.opened("/chat?room=r") as one, world.opened("/chat?room=r", "side") as other:
        await world.redis.kill()
        assert (await world.push(f"@connections/{identity(one)}", body="local")).status == 204
        refused = await world.push(f"@connections/{identity(other)}", body="remote")
        assert (refused.status, refused.json["code"]) == (503, "websocket_push.away")
        assert (await world.push("@groups/room-r", body="group")).status == 503
        assert [await told(one) for _ in range(2)] == ["local", "group"]
        with_redis_away = await answered(one, {"action": "say", "room": "x"})
        assert with_redis_away["path"] == "/rooms/x"
        await world.redis.start()

        async def is_back() -> bool:
            return (await world.push(f"@connections/{identity(other)}", body="back")).status == 204

        await until(is_back)
        assert await told(other) == "back"
        with world.redis.stunned():
            refused = await asyncio.wait_for(world.push(f"@connections/{identity(other)}", body="stunned"), 5)
            assert refused.status == 503

        await until(is_back)


async def test_a_client_that_reads_too_slowly_is_closed(world):
    async with raw(world) as (reader, _), world.opened() as other:
        reader._transport.pause_reading()
        size = 60_000
        for _ in range(400):
            assert (await world.push("@connections", body="x" * size)).status == 202
            assert len(await told(other)) == size
        reader._transport.resume_reading()
        said = await reader.read()
        assert said.endswith(b"\x88\x15" + (1008).to_bytes(2) + b"it reads too slowly")


class Events:
    """A client that reads server-sent events."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer
        self._text = ""

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event."""
        async with asyncio.timeout(WITHIN):
            while "\n\n" not in self._text:
                size = int(await self._reader.readline(), 16)
                self._text += (await self._reader.readexactly(size + 2))[:-2].decode()
        event, _, self._text = self._text.partition("\n\n")
        fields = [line.partition(": ") for line in event.split("\n")]
        return {name: "\n".join(value for key, _, value in fields if key == name) for name, _, _ in fields}


@asynccontextmanager
async def events(world: World, path: str, last: str = "") -> AsyncIterator[Events]:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.control.port("http"))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: test\r\naccept: text/event-stream\r\n".encode())
    writer.write((f"last-event-id: {last}\r\n\r\n" if last else "\r\n").encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WITHIN)).decode()
    assert " 200 OK" in head
    assert "content-type: text/event-stream" in head
    try:
        yield Events(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("path", ["/chat", "/behind"])
async def test_messages_as_server_sent_events(world, path):
    push = "/push" if path == "/chat" else "/behind-push"

    async def sent(text: str, **headers: str) -> int:
        where = f"{push}/@connections/{name}"
        return (await world.control.get(where, at="inside", method="POST", body=text, headers=headers)).status

    async with events(world, f"{path}?room=s") as stream:
        name = json.loads((await stream.next())["data"])["connection_id"]
        assert (await world.heard("/connect", name)).method == "GET"
        assert await sent("two\nlines") == 204
        assert await stream.next() == {"id": f"{name}.1", "data": "two\nlines"}
        assert await sent("\x00", **{"content-type": "application/octet-stream"}) == 204
        assert await stream.next() == {"id": f"{name}.2", "event": "binary", "data": "AA=="}
    for text in ("3", "4"):
        assert await sent(text) == 204
    async with events(world, f"{path}?room=s", f"{name}.2") as stream:
        assert json.loads((await stream.next())["data"]) == {"connection_id": name}
        assert [(await stream.next())["data"] for _ in range(2)] == ["3", "4"]
    async with events(world, path, f"{name}.0") as stream:
        assert json.loads((await stream.next())["data"])["connection_id"] != name, "what is gone is gone"


@pytest.mark.parametrize("path", ["/events", "/behind-events"])
async def test_events_of_a_service_pass_as_they_come(world, path):
    async with events(world, f"{path}/all") as stream:
        assert await stream.next() == {"data": "1"}
        assert (await world.control.get(f"{path}/heard")).status == 204
        assert await stream.next() == {"data": "2"}


async def test_nothing_of_it_is_an_error_of_ours(world):
    """The last of those that share the proxies: what they had them say."""
    said = [proxy.log for proxy in world.proxies]
    assert [log for log in said if "Traceback" in log or "never retrieved" in log] == []
