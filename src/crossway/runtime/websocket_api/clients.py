"""Clients over a WebSocket: what they say becomes messages, and what they are sent goes out as fast as they take it.

Law: an idle client costs no timer and no buffer, and no task but the one in which the proxy waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.frames import FrameError, Frames
from crossway.sdk.http import Request

BACKLOG: Final = 2**20
"""The bytes that may wait for a client that reads slowly. One message may always wait; with more, it is closed."""
CLOSING: Final = 5.0
"""Seconds that a client has to agree to be closed."""

Write = Callable[[bytes, bool], Awaitable[None]]
"""Writes bytes to a client, the last ones if there are no more; `OSError` if it has left."""


class Client:
    """What all clients have in common, however they are reached."""

    __slots__ = (
        "allowance",
        "api",
        "began",
        "code",
        "groups",
        "heard",
        "id",
        "loop",
        "reason",
        "request",
        "spoke",
        "subprotocol",
    )

    def __init__(self, name: str, api: str, request: Request, subprotocol: str | None = None) -> None:
        self.id, self.api, self.request, self.subprotocol = name, api, request, subprotocol
        self.groups: frozenset[str] = frozenset()
        """Of the API, not those of its consumer."""
        self.loop = asyncio.get_running_loop()
        self.began = self.heard = self.spoke = self.loop.time()
        """When it came, when anything came from it last, and when there was a message last, in either direction."""
        self.code, self.reason = frames.ABNORMAL, ""
        """How it has ended (RFC 6455, section 7.1.5)."""
        self.allowance = (0.0, 0)
        """Since when messages are counted, and how many there were."""

    @property
    def consumer(self) -> str:
        """The name of its consumer; empty without one."""
        return self.request.consumer or ""

    def may_speak(self, most: int, seconds: float) -> bool:
        """Take note of a message; return whether there may be so many in so many seconds."""
        now = self.loop.time()
        since, count = self.allowance
        self.allowance = (since, count + 1) if now - since < seconds else (now, 1)
        return self.allowance[1] <= most

    def told(self) -> dict[str, object]:
        """Return what is said of it to services that ask."""
        now = self.loop.time()
        return {
            "id": self.id,
            "consumer": self.request.consumer,
            "groups": sorted(self.groups),
            "connected_seconds": round(now - self.began, 3),
            "idle_seconds": round(now - self.spoke, 3),
        }


class WebSocketClient(Client):
    """One client over a WebSocket."""

    __slots__ = (
        "_asked_at",
        "_ending",
        "_frames",
        "_is_begun",
        "_is_pinged",
        "_pending",
        "_size",
        "_write",
        "_writer",
        "is_open",
    )

    def __init__(
        self, name: str, api: str, request: Request, subprotocol: str | None, write: Write, max_message: int
    ) -> None:
        super().__init__(name, api, request, subprotocol)
        self._write = write
        self._frames = Frames(max_message)
        self._pending: list[bytes] = []
        self._size = 0
        self._writer: asyncio.Task[None] | None = None
        self._ending = False
        """Whether nothing more is to be sent after what is pending."""
        self._asked_at = 0.0
        """When it was asked to close."""
        self._is_pinged = False
        self._is_begun = False
        self.is_open = True
        """Whether messages pass."""

    def begin(self) -> None:
        """Take note that the handshake is agreed to: what waits may go."""
        self._is_begun = True
        if self._pending:
            self._writer = self.loop.create_task(self._flush())

    # What comes.

    async def received(self, data: bytes, message: Callable[[WebSocketClient, str], Awaitable[None]]) -> bool:
        """Do what *data* asks for, each *message* after the one before; return whether more may come."""
        self.heard, self._is_pinged = self.loop.time(), False
        try:
            for opcode, payload in self._frames.feed(data):
                if opcode == frames.CLOSE:
                    self._agree(*frames.closed(payload))
                    return False
                if opcode == frames.PING and self._size < BACKLOG:
                    self._send(frames.frame(frames.PONG, payload))
                elif opcode == frames.BINARY:
                    raise FrameError(frames.UNSUPPORTED, "messages are text")
                elif opcode == frames.TEXT and self.is_open:
                    self.spoke = self.heard
                    await message(self, payload.decode())
        except FrameError as error:
            self.close(error.code, error.reason)
            self.end()
            return False
        except UnicodeDecodeError:
            self.close(frames.NOT_UTF8, "text is UTF-8")
            self.end()
            return False
        return True

    def _agree(self, code: int, reason: str) -> None:
        """Close, since the client does."""
        if self.is_open:
            self.is_open = False
            self.code, self.reason = code, reason
            self._send(frames.closing(code) if code != frames.NO_CODE else frames.frame(frames.CLOSE, b""))
        self.end()

    # What goes.

    def push(self, message: str | bytes) -> None:
        """Send a message: text, or binary. To one that is being closed nothing is sent."""
        if not self.is_open:
            return
        if self._pending and self._size + len(message) > BACKLOG:
            self._pending.clear()
            self.close(frames.POLICY, "it reads too slowly")
            self.end()
            return
        self.spoke = self.loop.time()
        if isinstance(message, str):
            self._send(frames.frame(frames.TEXT, message.encode()))
        else:
            self._send(frames.frame(frames.BINARY, message))

    def close(self, code: int, reason: str) -> None:
        """Ask the client to close."""
        if self.is_open:
            self.is_open = False
            self.code, self.reason = code, reason
            self._asked_at = self.loop.time()
            self._send(frames.closing(code, reason))

    def end(self) -> None:
        """Hang up, once everything is sent."""
        self._send(b"")
        self._ending = True

    def look(self, now: float, *, ping: float, idle: float, lifetime: float) -> None:
        """Do what is due after some time."""
        if not self.is_open:
            if now - self._asked_at >= CLOSING:
                self.end()
        elif now - self.began >= lifetime:
            self.close(frames.GOING_AWAY, "its time is over")
        elif now - self.spoke >= idle:
            self.close(frames.GOING_AWAY, "it is idle")
        elif now - self.heard >= 2 * ping:
            self.is_open, self.reason = False, "it does not answer"
            self._pending.clear()
            self.end()
        elif now - self.heard >= ping and not self._is_pinged:
            self._is_pinged = True
            self._send(frames.frame(frames.PING, b""))

    def _send(self, data: bytes) -> None:
        if self._ending:
            return
        self._pending.append(data)
        self._size += len(data)
        if self._writer is None and self._is_begun:
            self._writer = self.loop.create_task(self._flush())

    async def flushed(self) -> None:
        """Return when nothing is on its way any more."""
        if self._writer is not None:
            await asyncio.wait((self._writer,))

    async def _flush(self) -> None:
        """Write what is pending, for as long as there is something."""
        try:
            while self._pending:
                data, self._pending, self._size = b"".join(self._pending), [], 0
                await self._write(data, not self._ending)
        except OSError:  # it has left, and whoever reads what it says finds that out
            self.is_open = False
        finally:
            self._writer = None
