"""The line of a client behind plugins: between its handshake, which passes them as a request, and what it says then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from crossway.runtime.tunnel import Tunnel

AHEAD: Final = 4
"""How many pieces may wait for the proxy to take them."""


class Line(Tunnel):
    """A tunnel whose other end is here."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(AHEAD)
        self._receive: Callable[[bytes], Awaitable[bool]] | None = None
        self._leave: Callable[[], None] | None = None
        self._is_closed = False

    def begin(self, receive: Callable[[bytes], Awaitable[bool]], leave: Callable[[], None]) -> None:
        """Give what comes to *receive*, and call *leave* at the end."""
        self._receive, self._leave = receive, leave

    async def write(self, data: bytes, more: bool) -> None:
        """Send *data*; `OSError` if the client has left."""
        if self._is_closed:
            raise ConnectionError("the client has left")
        await self._pieces.put(data)
        if not more:
            await self._pieces.put(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what is sent."""
        while (piece := await self._pieces.get()) is not None:
            if piece:
                yield piece

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Give what the client says to who does it."""
        assert self._receive is not None
        with suppress(ConnectionError):
            async for piece in pieces:
                if not await self._receive(piece):
                    return  # what is still to be sent is on its way, and the end of it too
        self.close()

    def close(self) -> None:
        """Take note that the client has left."""
        if not self._is_closed:
            self._is_closed = True
            while not self._pieces.empty():
                self._pieces.get_nowait()
            self._pieces.put_nowait(None)
        if self._leave is not None:
            self._leave()

    def __del__(self) -> None:
        """Hang up on nobody: there is no connection of its own."""
