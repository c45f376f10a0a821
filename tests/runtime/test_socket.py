"""The way over the socket, to a server that listens where the inner listener would."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crossway.compile.program import ROUTE, socket_path
from crossway.runtime import socket
from crossway.sdk.http import Request
from harness.scripted import Scripted, saying
from harness.upstreams import Echo


@pytest.fixture
async def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Echo]:
    monkeypatch.chdir(tmp_path)  # as the proxy: its sockets have names relative to its directory
    async with Echo(path=Path(socket_path("inner"))) as running:
        yield running
        await socket.close()


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
        await socket.close()


async def test_an_answer_that_is_cut_off_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scripted = Scripted(Path(socket_path("inner")))
    scripted.scripts["/"] = saying(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun", hang_up=True)
    async with scripted:
        response = await socket.send("inner", "word", Request("GET", "/"))
        with pytest.raises(ConnectionError):
            await response.read()
        await socket.close()


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
