"""Connections that leave HTTP: a WebSocket, once its backend has agreed to it.

Law: what is asked and answered before that passes the plugins of the route like any other request, and nothing after it
does. Both ends wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from crossway.sdk.http import Fields, Headers, Response

SWITCHING: Final = 101
"""The status by which a server agrees to another protocol (RFC 9110, section 15.2.2)."""
PIECE: Final = 65_536
"""How many bytes are passed on at once, at most."""


class Tunnel:
    """A connection that has left HTTP. Whoever lets go of it closes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begun: bytes) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader, self._writer = reader, writer
        self._begun = begun
        """What came with the answer."""

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what the backend says, until it hangs up."""
        if self._begun:
            yield self._begun
        with suppress(ConnectionError):
            while piece := await self._reader.read(PIECE):
                yield piece

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Tell the backend *pieces* as fast as it takes them, and hang up if whoever says them does."""
        try:
            async for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
            self._writer.write_eof()
        except ConnectionError:
            self.close()

    def close(self) -> None:
        """Hang up at once, whatever is still to be said: a backend may wait for us to listen before it listens."""
        _hang_up(self._writer)

    def __del__(self) -> None:
        with suppress(RuntimeError):  # the loop is closed, and everything with it
            self._loop.call_soon_threadsafe(_hang_up, self._writer)  # any thread may collect garbage


def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Switched(Response):
    """An answer by which a backend agrees to another protocol."""

    __slots__ = ("tunnel",)

    def __init__(self, status: int = SWITCHING, headers: Headers | Fields = (), tunnel: Tunnel | None = None) -> None:
        super().__init__(status, headers)
        self.tunnel = tunnel
        """The connection on which that goes on: in the proxy itself, and in no process beside it."""
