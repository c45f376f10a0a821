"""A backend that answers with the very bytes that a test says, and keeps what it was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.waiting import until

PIECE = 65_536
PATIENCE = 60.0


@dataclass
class Exchange:
    """One request, and what becomes of it."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: int = 0
    """How many bytes of a long answer have left."""
    received: int = 0
    """How many bytes of its body were read."""
    is_left: bool = False
    """Whether whoever asked has hung up."""
    may_go_on: bool = False
    """Set by a test, for a script that waits for it."""

    @property
    def path(self) -> str:
        return self.head.split()[1].decode()

    @property
    def fields(self) -> list[bytes]:
        """The lines of the headers as they came."""
        return self.head.split(b"\r\n")[1:-2]

    def values(self, name: bytes) -> list[bytes]:
        """Return what stands under *name*, in lower case."""
        fields = (line.split(b":", 1) for line in self.fields)
        return [value.strip() for key, value in fields if key.lower() == name]

    async def say(self, piece: bytes) -> None:
        """Send *piece* of the answer."""
        self.writer.write(piece)
        await self.writer.drain()


Script = Callable[[Exchange], Awaitable[None]]


class Scripted:
    """An HTTP/1.1 server: each path has a script."""

    def __init__(self, socket: Path | None = None) -> None:
        """Make a server; at *socket*, or at a port."""
        self._socket = socket
        self.scripts: dict[str, Script] = {}
        self.exchanges: list[Exchange] = []

    async def __aenter__(self) -> Self:
        if self._socket is not None:
            self._server = await asyncio.start_unix_server(self._connected, self._socket)
            return self
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def at(self, path: str) -> list[Exchange]:
        """Return the exchanges at *path*, in order."""
        return [exchange for exchange in self.exchanges if exchange.path == path]

    async def reached(self, path: str, count: int = 1) -> Exchange:
        """Return the exchange at *path*, the *count*-th, once it has begun."""
        await until(lambda: len(self.at(path)) >= count)
        return self.at(path)[count - 1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            while not writer.is_closing():
                exchange = Exchange(await reader.readuntil(b"\r\n\r\n"), reader, writer)
                self.exchanges.append(exchange)
                await self.scripts[exchange.path](exchange)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def saying(raw: bytes, *, hang_up: bool = False) -> Script:
    """Answer with *raw*, and then *hang_up*."""

    async def script(exchange: Exchange) -> None:
        exchange.writer.write(raw)
        await exchange.writer.drain()
        if hang_up:
            exchange.writer.close()

    return script


def beginning(raw: bytes) -> Script:
    """Answer with *raw*, or with nothing, and never end."""

    async def script(exchange: Exchange) -> None:
        exchange.writer.write(raw)
        try:
            while await exchange.reader.read(PIECE):
                pass
        finally:
            exchange.is_left = True
        exchange.writer.close()

    return script


def pouring(size: int) -> Script:
    """Answer with *size* bytes, as fast as they are taken."""

    async def script(exchange: Exchange) -> None:
        exchange.writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n".encode())
        while exchange.sent < size:
            piece = min(PIECE, size - exchange.sent)
            exchange.writer.write(bytes(piece))
            await exchange.writer.drain()
            exchange.sent += piece

    return script


async def waiting(exchange: Exchange) -> None:
    """Read nothing until a test says so; then all of the body, whose length is known, and answer."""
    await until(lambda: exchange.may_go_on, PATIENCE)
    (length,) = exchange.values(b"content-length")
    while exchange.received < int(length):
        exchange.received += len(await exchange.reader.read(PIECE))
    exchange.writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    await exchange.writer.drain()
