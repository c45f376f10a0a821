"""``python -m bench.sink``: a backend that takes bodies as fast as they come, and says how long each was.

It tells its port on its standard output, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Final, cast

import uvloop

ROOM: Final = 2**20
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Sink(asyncio.BufferedProtocol):
    """One connection. Requests come one after the other, and each says how long it is."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._room = bytearray(ROOM)
        self._head = b""
        self._left = -1
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, _: int) -> bytearray:
        """Return where to put what comes next."""
        return self._room

    def buffer_updated(self, size: int) -> None:
        """Take what has come."""
        if self._left < 0:
            self._head += self._room[:size]
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            said = _LENGTH.search(head)
            self._length = self._left = int(said[1]) if said else 0
            self._head, size = b"", len(body)
        self._left -= size
        if self._left <= 0:
            text = b"%d" % self._length
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text))
            self._left = -1


async def main() -> None:
    """Serve until there is nobody to serve."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
