"""Clients that only read: the messages of an API as server-sent events.

A client that was cut off comes back with the id of the last event it has read, and is given what it has missed: as long
as it comes to the same proxy, within `RESUMED`, and no more was sent meanwhile than is kept.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final

from msgspec import json

from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.clients import BACKLOG, Client
from crossway.sdk.http import Request

EVENTS: Final = "text/event-stream"
RESUMED: Final = 30.0
"""Seconds that a client has to come back."""
_LINES: Final = re.compile(r"\r\n|\r|\n")


class EventClient(Client):
    """One client that reads events, on one connection after the other."""

    __slots__ = ("_away_since", "_is_over", "_kept", "_next", "_number", "_replay", "_size", "_turn", "_wake")

    def __init__(self, name: str, api: str, request: Request, replay: int) -> None:
        super().__init__(name, api, request)
        self._replay = replay
        self._number = 0
        """How many messages there were."""
        self._kept: deque[tuple[int, bytes]] = deque()
        """The last ones: those that are still to be read, and those that may have to be read again."""
        self._next = 1
        """The number of the first one that is still to be read."""
        self._size = 0
        self._wake: asyncio.Event = asyncio.Event()
        self._is_over = False
        self._away_since: float | None = None
        self._turn = 0
        """Which of its connections this is."""

    @property
    def is_gone(self) -> bool:
        """Whether it was away for too long, or was closed."""
        return self._is_over or (self._away_since is not None and self.loop.time() - self._away_since >= RESUMED)

    def push(self, message: str | bytes) -> None:
        """Send a message: text, or binary, in base64."""
        if self._is_over:
            return
        self.spoke = self.loop.time()
        self._number += 1
        lines = [f"id: {self.id}.{self._number}"]
        if isinstance(message, bytes):
            lines += ["event: binary", f"data: {base64.b64encode(message).decode()}"]
        else:
            lines += [f"data: {line}" for line in _LINES.split(message)]
        event = "\n".join((*lines, "", "")).encode()
        self._kept.append((self._number, event))
        self._size += len(event)
        while len(self._kept) > 1 and (
            self._size > BACKLOG or (len(self._kept) > self._replay and self._kept[0][0] < self._next)
        ):
            self._size -= len(self._kept.popleft()[1])
        if self._next < self._kept[0][0] and self._away_since is None:
            self.close(frames.POLICY, "it reads too slowly")
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """End its stream, for good."""
        if not self._is_over:
            self._is_over, self.code, self.reason = True, code, reason
            self._wake.set()

    def look(self, now: float, *, ping: float, idle: float, lifetime: float) -> None:
        """Do what is due after some time."""
        del idle  # it never says anything
        if now - self.began >= lifetime:
            self.close(frames.GOING_AWAY, "its time is over")
        elif now - self.heard >= ping:
            self.heard = now
            self._wake.set()

    def resume(self, number: int) -> bool:
        """Go on behind the event with this *number*, on another connection; return whether all that follows is here."""
        first = self._kept[0][0] if self._kept else self._number + 1
        if self.is_gone or not first - 1 <= number <= self._number:
            return False
        self._next = number + 1
        return True

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the stream of one connection. It ends when the client is closed, or goes on elsewhere."""
        self._turn += 1
        turn, self._away_since = self._turn, None
        self._wake.set()  # whoever reads on the connection before ends
        told = json.encode({"connection_id": self.id}).decode()
        yield f"retry: 1000\nevent: connected\ndata: {told}\n\n".encode()
        try:
            while turn == self._turn:
                if unread := [event for number, event in self._kept if number >= self._next]:
                    self._next = self._number + 1
                    yield b"".join(unread)
                elif self._is_over:
                    return
                else:
                    self._wake.clear()
                    await self._wake.wait()
                    if turn == self._turn and not self._is_over and self._next > self._number:
                        yield b":\n\n"
        finally:
            if turn == self._turn:
                self._away_since = self.loop.time()
