"""The way over the socket, to a server that listens where the inner listener would."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crossway.compile.program import ROUTE, socket_path
from crossway.runtime import socket
from crossway.runtime.tunnel import Switched
from crossway.sdk.http import Request, Response
from harness.scripted import Exchange, Scripted, beginning, saying
from harness.upstreams import Echo
from harness.waiting import until


@pytest.fixture
async def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Echo]:
    monkeypatch.chdir(tmp_path)  # as the proxy: its sockets have names relative to its directory
    async with Echo(path=Path(socket_path("inner"))) as running:
        yield running
        await hung_up()


async def hung_up() -> None:
    """Close all connections, and wait until the server has noticed."""
    await socket.close()
    await until(lambda: len(asyncio.all_tasks()) == 1)


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


@pytest.mark.usefixtures("echo")
async def test_a_request_arrives_to_the_letter():
    target = "/a/%2e%2e/b'\"<>?x='y'&z=\"<>"
    fields = [("host", "Host:80"), ("x-a", "1"), ("x-a", "2"), ("x-utf-8", "caf\u00c3\u00a9")]
    response = await socket.send("inner", "word", Request("GET", target, fields))
    told = (await response.read(), response.json())[1]
    assert (told["method"], told["path"]) == ("GET", target)
    assert told["headers"] == {ROUTE: "word", "x-a": "1, 2", "x-utf-8": "caf\u00c3\u00a9", "host": "Host:80"}


@pytest.mark.usefixtures("echo")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_arrives_with_its_length_or_in_chunks(method):
    whole = Request(method, "/", body=b"hello")
    streamed = Request(method, "/", body=pieces(b"he", b"llo"))
    known = Request(method, "/", {"content-length": "5"})
    known.arriving(pieces(b"he", b"llo"))
    for request, framing in ((whole, "content-length"), (streamed, "transfer-encoding"), (known, "content-length")):
        response = await socket.send("inner", "word", request)
        await response.read()
        assert response.json()["body"] == "hello"
        assert framing in response.json()["headers"]


async def test_an_answer_keeps_every_header_and_byte(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = (
        b"HTTP/1.1 302 Found\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-l: caf\xe9\r\nlocation: /elsewhere\r\n"
        b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\nraw"
    )
    scripted = Scripted(Path(socket_path("inner")))
    scripted.scripts["/"] = saying(raw)
    async with scripted:
        response = await socket.send("inner", "word", Request("GET", "/"))
        assert response.status == 302
        assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
        assert response.headers["x-l"] == "caf\xe9"
        assert await response.read() == b"raw"
        await hung_up()


async def test_an_answer_that_is_cut_off_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scripted = Scripted(Path(socket_path("inner")))
    scripted.scripts["/"] = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun", hang_up=True)
    async with scripted:
        response = await socket.send("inner", "word", Request("GET", "/"))
        with pytest.raises(ConnectionError):
            await response.read()
        await hung_up()


async def test_nobody_there_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConnectionError):
        await socket.send("nowhere", "word", Request("GET", "/"))
    await socket.close()


@pytest.mark.usefixtures("echo")
async def test_every_loop_has_connections_of_its_own():
    """Each program runs on a loop that ends with it."""
    statuses: list[int] = []

    async def ask() -> None:
        for _ in range(2):
            response = await socket.send("inner", "word", Request("GET", "/"))
            await response.read()
            statuses.append(response.status)
        await socket.close()

    def program() -> None:
        asyncio.run(ask())

    await ask()
    for _ in range(2):
        other = threading.Thread(target=program)
        other.start()
        await asyncio.to_thread(other.join)
        await ask()
    assert statuses == [200] * 10


SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nx-a: 1\r\n\r\n"


@pytest.fixture
async def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scripted]:
    monkeypatch.chdir(tmp_path)
    async with Scripted(Path(socket_path("inner"))) as running:
        yield running
        await hung_up()


async def ask(request: Request) -> Response:
    async with asyncio.timeout(15):
        return await socket.send("inner", "word", request)


def upgrade() -> Request:
    return Request("GET", "/", {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": "k"})


async def test_an_answer_has_its_trailers_once_its_body_has_come(peer):
    trailers = b"grpc-status: 0\r\nx-a: 1\r\nx-a: 2\r\n\r\n"
    peer.scripts["/"] = saying(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + trailers)
    response = await ask(Request("POST", "/"))
    assert await response.read() == b"ok"
    assert response.trailers.items() == [("grpc-status", "0"), ("x-a", "1"), ("x-a", "2")]
    assert response.headers.items() == []


async def test_both_sides_talk_at_once(peer):
    said: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def talk() -> AsyncIterator[bytes]:
        while (piece := await said.get()) is not None:
            yield piece

    async def script(exchange: Exchange) -> None:
        await exchange.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while (chunk := await exchange.reader.readuntil(b"\r\n")) != b"0\r\n":
            await exchange.say(chunk + await exchange.reader.readuntil(b"\r\n"))
        await exchange.say(b"0\r\n\r\n")

    peer.scripts["/"] = script
    response = await ask(Request("POST", "/", body=talk()))
    answers = response.stream()
    for word in (b"one", b"two"):
        said.put_nowait(word)
        assert await anext(answers) == word
    said.put_nowait(None)
    assert await anext(answers, None) is None


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n"])
async def test_no_answer_is_an_error(peer, raw):
    peer.scripts["/"] = saying(raw, hang_up=True)
    with pytest.raises(ConnectionError):
        await ask(Request("GET", "/"))


async def test_a_request_without_an_end_is_no_request(peer):
    async def broken() -> AsyncIterator[bytes]:
        yield b"begun"
        await peer.reached("/")
        raise ConnectionError("the client left")

    peer.scripts["/"] = beginning(b"")
    with pytest.raises(ConnectionError):
        await ask(Request("POST", "/", body=broken()))
    await until(lambda: peer.exchanges[0].is_left)


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\n\r\n", SWITCHING])
async def test_an_answer_that_nobody_takes_ends_the_work_for_it(peer, raw):
    peer.scripts["/"] = beginning(raw)
    response = await ask(upgrade())
    assert response.status in (200, 101)
    del response
    await until(lambda: peer.exchanges[0].is_left)


async def test_a_backend_may_agree_to_another_protocol(peer):
    async def script(exchange: Exchange) -> None:
        await exchange.say(SWITCHING + b"welcome")
        await exchange.say(b" " + (await exchange.reader.readexactly(5)).upper())
        exchange.writer.close()

    peer.scripts["/"] = script
    response = await ask(upgrade())
    assert isinstance(response, Switched)
    assert response.tunnel is not None
    assert (response.status, response.headers.items()) == (101, [("x-a", "1")])
    assert peer.exchanges[0].values(b"upgrade") == [b"websocket"]
    assert peer.exchanges[0].values(b"connection") == [b"upgrade"]
    await response.tunnel.take(pieces(b"he", b"llo"))
    assert b"".join([piece async for piece in response.tunnel.pieces()]) == b"welcome HELLO"


async def test_a_backend_may_stay_in_this_protocol(peer):
    peer.scripts["/"] = saying(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno")
    response = await ask(upgrade())
    assert (response.status, await response.read()) == (403, b"no")
