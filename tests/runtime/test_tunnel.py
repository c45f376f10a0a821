"""Connections that have left HTTP, between a Unix socket and whoever takes and says what passes on it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from crossway.runtime.tunnel import SWITCHING, Switched, Tunnel
from harness.waiting import until


class Backend:
    """The other end."""

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter


@pytest.fixture
async def ends(tmp_path) -> AsyncIterator[tuple[Tunnel, Backend]]:
    backend, connected = Backend(), asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend.reader, backend.writer = reader, writer
        connected.set()

    server = await asyncio.start_unix_server(take, tmp_path / "socket")
    tunnel = Tunnel(*await asyncio.open_unix_connection(tmp_path / "socket"), b"first ")
    await connected.wait()
    yield tunnel, backend
    tunnel.close()
    backend.writer.close()
    server.close()


async def said(*pieces: bytes, leaves: bool = False) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if leaves:
        raise ConnectionError("the client has left")


async def test_what_came_with_the_answer_comes_first(ends):
    tunnel, backend = ends
    backend.writer.write(b"second")
    backend.writer.close()
    assert b"".join([piece async for piece in tunnel.pieces()]) == b"first second"


async def test_a_backend_that_breaks_off_has_said_all(ends):
    tunnel, backend = ends
    backend.writer.transport.abort()
    assert [piece async for piece in tunnel.pieces()] == [b"first "]


async def test_a_client_that_is_done_may_still_listen(ends):
    tunnel, backend = ends
    await tunnel.take(said(b"a", b"b"))
    assert await backend.reader.read() == b"ab"
    backend.writer.write(b"answer")
    backend.writer.close()
    assert b"".join([piece async for piece in tunnel.pieces()]) == b"first answer"


async def test_a_client_that_leaves_is_gone_at_once_though_the_backend_does_not_listen(ends):
    tunnel, backend = ends
    backend.reader._transport.pause_reading()
    stalled = asyncio.ensure_future(tunnel.take(said(*[bytes(65_536)] * 100)))
    await until(lambda: tunnel._writer.transport.get_write_buffer_size() > 0)
    stalled.cancel()
    await asyncio.wait((stalled,))
    await tunnel.take(said(leaves=True))
    assert [piece async for piece in tunnel.pieces()] == [b"first "]


def test_an_answer_that_came_from_elsewhere_has_no_connection():
    assert (Switched().status, Switched().tunnel) == (SWITCHING, None)
