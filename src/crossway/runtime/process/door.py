"""The way back into the proxy for a plugin in a process: what it sends on goes to the next handler of its chain.

Each loop of the proxy has a socket for it. A word that cannot be guessed says which request is meant, as long as that
is under way.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from typing import Final
from weakref import WeakKeyDictionary

from crossway.runtime.handler import Next
from crossway.runtime.process.frames import listen
from crossway.sdk.http import Request, Response


class Door:
    """What waits in one loop of the proxy for requests to go on."""

    def __init__(self) -> None:
        self.path = f"{os.getpid()}.{secrets.token_hex(8)}.door"
        self.waiting: dict[str, tuple[Next, Context]] = {}
        self._starting = asyncio.Lock()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, unless it does already: in the directory of the proxy, which nobody else may enter."""
        async with self._starting:
            if self._server is None:
                self._server = await listen(self.path, self._serve, self._context)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, word: str, request: Request) -> Response:
        if word not in self.waiting:
            raise ConnectionError(f"nobody waits for {request}")
        return await self.waiting[word][0](request)

    def _context(self, word: str) -> Context | None:
        """Return the context of the request that waits: outside of it, nobody takes note of what answers."""
        return self.waiting[word][1] if word in self.waiting else None


_doors: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Door]] = WeakKeyDictionary()


@asynccontextmanager
async def opened(call_next: Next) -> AsyncIterator[str]:
    """Give what leads to *call_next*, for as long as the context lasts: a socket and a word."""
    loop = asyncio.get_running_loop()
    door = _doors.get(loop)
    if door is None:
        door = _doors[loop] = Door()
        await door.start()
    word = secrets.token_hex(16)
    door.waiting[word] = call_next, copy_context()
    try:
        yield f"{door.path} {word}"
    finally:
        del door.waiting[word]


def shut() -> None:
    """Close the door of this loop, which ends."""
    door = _doors.pop(asyncio.get_running_loop(), None)
    if door is not None:
        door.close()
