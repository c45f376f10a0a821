"""The answer to a request that the runtime has sent on, on its way here.

Law: each side waits for the other. What comes faster than it is read stays in the proxy.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, Self

from crossway.runtime.tunnel import Tunnel
from crossway.sdk.http import Headers

AHEAD: Final = 65_536
"""How many bytes may wait for who reads them."""


class Source(Protocol):
    """Where an answer comes from."""

    def let_wait(self) -> None:
        """Take no more, until there is room for it."""

    def let_come(self) -> None:
        """Take what comes."""

    def abandon(self) -> None:
        """End it, since nobody reads on. Any thread may say so: it may be one that collects garbage."""


class Incoming:
    """An answer on its way, between where it comes from and who reads it."""

    __slots__ = (
        "_error",
        "_is_waiting",
        "_pieces",
        "_size",
        "_some",
        "_source",
        "fields",
        "is_over",
        "status",
        "trailers",
        "tunnel",
    )

    def __init__(self, source: Source, status: int, fields: list[tuple[str, str]]) -> None:
        self.status, self.fields, self.trailers = status, fields, Headers()
        self.is_over = False
        """Whether no more of it comes."""
        self._source = source
        self._pieces: list[bytes] = []
        """What of the body waits for who reads it."""
        self._size = 0
        self._is_waiting = False
        """Whether the proxy waits too."""
        self._some: asyncio.Future[None] | None = None
        """Done once there is something, for who waits for that."""
        self._error: Exception | None = None
        self.tunnel: Tunnel | None = None
        """The connection, if it goes on in another protocol."""

    @property
    def is_whole(self) -> bool:
        """Whether it has come as a whole."""
        return self.is_over and self._error is None

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)
            if self._size > AHEAD and not self._is_waiting:
                self._is_waiting = True
                self._source.let_wait()
            self._wake()

    def end(self, error: Exception | None = None) -> None:
        """Take note that no more comes: that it is whole, or cut off by an *error*."""
        if not self.is_over:
            self.is_over, self._error = True, error
            self._wake()

    def _wake(self) -> None:
        if self._some is not None and not self._some.done():
            self._some.set_result(None)

    def take(self) -> bytes:
        """Return what of the body is here."""
        pieces, self._pieces, self._size = self._pieces, [], 0
        if self._is_waiting and not self.is_over:
            self._is_waiting = False
            self._source.let_come()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def more(self) -> bytes:
        """Return the next part of the body, once there is one; `b""` behind the last one."""
        while not self._pieces and not self.is_over:
            self._some = asyncio.get_running_loop().create_future()
            try:
                await self._some
            except asyncio.CancelledError:
                self.abandon()
                raise
        if self._pieces or self._error is None:
            return self.take()
        raise ConnectionError(str(self._error)) from self._error

    def abandon(self) -> None:
        """Take note that nobody reads on."""
        if not self.is_over:
            self._source.abandon()


class Body:
    """Reads the body of an answer. Whoever lets go of it before its end closes the connection."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Incoming) -> None:
        self._answer = answer

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        part = await self._answer.more()
        if not part:
            raise StopAsyncIteration
        return part

    def __del__(self) -> None:
        self._answer.abandon()
