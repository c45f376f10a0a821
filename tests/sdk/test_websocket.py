import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from crossway.sdk.http import Request, Response
from crossway.sdk.websocket import MOST, WebSocket, WebSocketClosed, path_params

Event = MutableMapping[str, Any]
CONNECT: Event = {"type": "websocket.connect"}


class Client:
    """The other side, as ASGI shows it."""

    def __init__(self, *events: Event) -> None:
        self.coming: asyncio.Queue[Event] = asyncio.Queue()
        for event in (CONNECT, *events):
            self.coming.put_nowait(event)
        self.got: list[Event] = []

    async def send(self, event: Event) -> None:
        self.got.append(event)

    def socket(self, **options: Any) -> WebSocket:
        request = Request("GET", "/rooms/a?b=c", {"x-consumer-username": "ann", "x-request-id": "1"})
        return WebSocket(request, self.coming.get, self.send, **options)


def says(message: str | bytes) -> Event:
    return {"type": "websocket.receive", ("text" if isinstance(message, str) else "bytes"): message}


LEAVES: Event = {"type": "websocket.disconnect", "code": 1001, "reason": "away"}


async def test_messages_in_both_directions() -> None:
    client = Client(says("text"), says(b"bytes"), says('{"a":1}'), says(b"utf-8"), LEAVES)
    socket = client.socket()
    assert [await socket.receive(), await socket.receive_bytes()] == ["text", b"bytes"]
    assert await socket.receive_json() == {"a": 1}
    assert await socket.receive_text() == "utf-8"
    await socket.send_json({"b": "é"})
    await socket.send_bytes(b"c")
    assert [event["type"] for event in client.got] == ["websocket.accept", "websocket.send", "websocket.send"]
    assert (client.got[1]["text"], client.got[2]["bytes"]) == ('{"b":"é"}', b"c")
    with pytest.raises(WebSocketClosed) as closed:
        await socket.receive()
    assert (closed.value.code, closed.value.reason) == (1001, "away")
    with pytest.raises(WebSocketClosed):
        await socket.send("too late")


async def test_iteration_ends_when_the_client_leaves() -> None:
    assert [message async for message in Client(says("a"), says(b"b"), LEAVES).socket()] == ["a", b"b"]


async def test_what_is_known_of_the_handshake() -> None:
    socket = Client().socket(path_params={"room": "a"}, subprotocols=("chat",))
    assert (socket.path, socket.params, socket.path_params) == ("/rooms/a", {"b": "c"}, {"room": "a"})
    assert (socket.consumer, socket.groups, socket.id, socket.subprotocols) == ("ann", (), "1", ("chat",))


async def test_it_is_accepted_once_with_what_is_asked() -> None:
    client = Client()
    socket = client.socket()
    await socket.accept("chat", {"X-A": "b"})
    await socket.accept()
    assert client.got == [{"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-a", b"b")]}]


async def test_a_handshake_is_answered_with_a_response_instead() -> None:
    client = Client()
    socket = client.socket()
    await socket.deny(Response(403, {"x-why": "no"}, b"no"))
    assert [event["type"] for event in client.got] == ["websocket.http.response.start", "websocket.http.response.body"]
    with pytest.raises(WebSocketClosed):
        await socket.accept()


async def test_an_open_one_cannot_be_denied() -> None:
    socket = Client().socket()
    await socket.accept()
    with pytest.raises(RuntimeError, match="open already"):
        await socket.deny(Response(403))


async def test_a_message_that_is_too_long_closes_it() -> None:
    client = Client(says("x" * (MOST + 1)))
    with pytest.raises(WebSocketClosed):
        await client.socket().receive()
    assert client.got[-1]["code"] == 1009


async def test_it_is_closed_once() -> None:
    client = Client()
    socket = client.socket()
    await socket.accept()
    await socket.close(1008, "no")
    await socket.close()
    assert client.got[1:] == [{"type": "websocket.close", "code": 1008, "reason": "no"}]
    assert not socket.is_open


async def test_a_client_that_leaves_before_it_is_accepted() -> None:
    client = Client()
    await client.coming.get()
    client.coming.put_nowait(LEAVES)
    with pytest.raises(WebSocketClosed):
        await client.socket().accept()


def test_path_params() -> None:
    assert path_params("/rooms/{room}/{user_id}", "/rooms/a%20b/7") == {"room": "a b", "user_id": "7"}
    assert path_params("/rooms/{room}/*", "/rooms/a/b") == {"room": "a"}
    assert path_params("/rooms/{room}", "/other") == {}
    assert path_params("/a.b", "/a.b") == {}
