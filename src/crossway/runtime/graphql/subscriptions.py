"""Operations on WebSockets, in `graphql-transport-ws`: each is looked at before the backend hears of it.

Law: what a client says is passed on message by message, as it was read here; what the backend says passes as it
comes. A client is told by its own protocol: an operation that is refused by an `error` with its id, a message that
cannot be read by the code with which the connection is closed.
https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from crossway.model.graphql_limits import GraphqlLimits
from crossway.runtime.graphql.frames import Heard, to_backend
from crossway.runtime.graphql.refusal import Refused
from crossway.runtime.graphql.requests import Asked, malformed, of_json, strict
from crossway.runtime.tunnel import SWITCHING, Switched, Tunnel
from crossway.runtime.websocket_api.frames import BINARY, TEXT, FrameError, Frames, Received, closing, frame
from crossway.sdk.http import Request, Response

PROTOCOL: Final = "graphql-transport-ws"
LEGACY: Final = "graphql-ws"
"""That of `subscriptions-transport-ws`, which nobody maintains."""
_NAMES: Final = "sec-websocket-protocol"
_EXTENSIONS: Final = "sec-websocket-extensions"
_PASSED: Final = frozenset({"ping", "pong"})
_ENDS: Final = frozenset({"complete", "error"})
READ_ALONG: Final = 65_536
"""Bytes of a message of a backend that is looked into for the end of an operation. An `error` that is longer leaves its
operation among those under way, until the client completes it."""
LONGEST_ID: Final = 1024
"""Characters of the id of an operation: ids are kept for as long as their operations are under way."""
MOST_WAITING: Final = 64
"""Frames for a client that may wait for it. With more, nothing is heard of it until it listens."""

INVALID: Final = 4400
UNAUTHORIZED: Final = 4401
EXISTS: Final = 4409
TOO_MANY: Final = 4429

Admit = Callable[[Asked], Awaitable["dict[str, object] | None"]]
"""Returns what to send to the backend in place of an operation, if not the operation; `Refused` if it must not be."""


class _Told(Struct):
    """What a message of a backend is about."""

    type: str = ""
    id: str = ""


_TOLD: Final = Decoder(_Told)


def offer(request: Request) -> None:
    """Let a handshake offer what is understood here, and nothing else; `Refused` if there is no such thing."""
    offered = [name.strip() for text in request.headers.get_all(_NAMES) for name in text.split(",")]
    if PROTOCOL not in offered:
        hint = f" {LEGACY} is that of a library that is not maintained any more." if LEGACY in offered else ""
        raise malformed(f"A WebSocket speaks {PROTOCOL} here.{hint}", 400, "SUBPROTOCOL_NOT_SUPPORTED")
    request.headers[_NAMES] = PROTOCOL
    request.headers.discard(_EXTENSIONS)  # what is compressed cannot be read along


def guarded(response: Response, admit: Admit, limits: GraphqlLimits) -> Response:
    """Return the answer of the backend to a handshake, with a guard in its connection if it has agreed."""
    if response.status != SWITCHING or not isinstance(response, Switched) or response.tunnel is None:
        return response
    if response.headers.get(_NAMES) != PROTOCOL or _EXTENSIONS in response.headers:
        response.tunnel.close()
        raise malformed("The backend speaks another protocol on WebSockets.", 502, "SUBPROTOCOL_NOT_SUPPORTED")
    response.tunnel = Guarded(response.tunnel, admit, limits)
    return response


class Guarded(Tunnel):
    """A connection on which each operation is looked at."""

    def __init__(self, tunnel: Tunnel, admit: Admit, limits: GraphqlLimits) -> None:
        self._tunnel, self._admit, self._limits = tunnel, admit, limits
        self._client = Frames(limits.max_body)
        self._backend = Heard(READ_ALONG)
        self._is_begun = False
        self._active: set[str] = set()
        """The operations under way."""
        self._said: list[bytes] = []
        """Frames for the client that wait for the end of a message of the backend."""
        self._saying: asyncio.Future[None] | None = None
        self._room = asyncio.Event()
        """Whether more may wait."""
        self._room.set()
        self._is_over = False

    def __del__(self) -> None:
        """Leave it to the connection within to hang up."""

    def close(self) -> None:
        """Hang up at once."""
        self._tunnel.close()

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Tell the backend what of *pieces* it may hear."""
        await self._tunnel.take(self._read(pieces))

    async def _read(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            try:
                for message in self._client.feed(piece):
                    if heard := await self._hear(message):
                        yield heard
                    await self._room.wait()
            except FrameError as error:
                self._end(error.code, str(error))
            if self._is_over:
                return

    async def _hear(self, message: Received) -> bytes:
        """Return what the backend hears of a *message*: itself, something else, or nothing."""
        if message.opcode not in (TEXT, BINARY):
            return to_backend(*message)
        try:
            if message.opcode == BINARY:
                raise malformed("Messages are text.")
            told = strict(message.payload)
            if not isinstance(told, dict):
                raise malformed("A message is an object.")
            return await self._obey(told, message)
        except Refused as refused:
            self._end(INVALID, refused.message)
            return b""

    async def _obey(self, told: dict[str, Any], message: Received) -> bytes:
        """Return what the backend hears of the message *told*; `Refused` if it is none of the protocol."""
        kind, operation = told.get("type"), told.get("id")
        if kind in _PASSED:
            return to_backend(*message)
        if kind == "connection_init":
            if self._is_begun:
                self._end(TOO_MANY, "Too many initialisation requests")
                return b""
            self._is_begun = True
            return to_backend(*message)
        if kind not in ("subscribe", "complete"):
            raise malformed(f"{PROTOCOL} has no message of the type {str(kind)[:40]!r}.")
        if not isinstance(operation, str) or not 0 < len(operation) <= LONGEST_ID:
            raise malformed(f"An operation has an id, of at most {LONGEST_ID} characters.")
        if kind == "complete":
            self._active.discard(operation)
            return to_backend(*message)
        if not self._is_begun:
            self._end(UNAUTHORIZED, "Unauthorized")
            return b""
        if operation in self._active:
            self._end(EXISTS, f"Subscriber for {operation[:60]} already exists")
            return b""
        return await self._subscribe(operation, told, message)

    async def _subscribe(self, operation: str, told: dict[str, Any], message: Received) -> bytes:
        asked = of_json(told.get("payload"))
        try:
            if len(self._active) >= self._limits.subscriptions:
                most = self._limits.subscriptions
                raise Refused("MAX_SUBSCRIPTIONS_LIMIT", f"{most} operations are under way.", maximum=most)
            spelt = await self._admit(asked)
        except Refused as refused:
            said = {"id": operation, "type": "error", "payload": [refused.error]}
            self._say(frame(TEXT, json.dumps(said, ensure_ascii=False).encode()))
            return b""
        self._active.add(operation)
        if spelt is None:
            return to_backend(*message)
        content = json.dumps({**told, "payload": spelt}, ensure_ascii=False).encode()
        return to_backend(TEXT, content)

    def _end(self, code: int, reason: str) -> None:
        """Close the connection, as soon as the client can be told why."""
        if not self._is_over:
            self._is_over = True
            self._say(closing(code, reason))

    def _say(self, said: bytes) -> None:
        self._said.append(said)
        if len(self._said) >= MOST_WAITING:
            self._room.clear()
        if self._saying is not None and not self._saying.done():
            self._saying.set_result(None)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what the backend says, and between its messages what is said here, until one of them ends it."""
        coming = self._tunnel.pieces()
        piece: asyncio.Future[bytes | None] | None = None
        try:
            while True:
                if self._said and self._backend.is_between:
                    yield self._flush()
                    if self._is_over:
                        return
                piece = piece or asyncio.ensure_future(_next(coming))
                if not piece.done():
                    self._saying = asyncio.get_running_loop().create_future()
                    await asyncio.wait((piece, self._saying), return_when=asyncio.FIRST_COMPLETED)
                if not piece.done():
                    continue
                heard, piece = piece.result(), None
                if heard is None:
                    return
                between = self._backend.feed(heard)
                self._note()
                if self._said and between:
                    yield heard[:between] + self._flush()
                    if self._is_over:
                        return
                    heard = heard[between:]
                yield heard
        finally:
            if piece is not None:
                piece.cancel()

    def _flush(self) -> bytes:
        said, self._said = b"".join(self._said), []
        self._room.set()
        return said

    def _note(self) -> None:
        """Take note of the operations that the backend has ended."""
        for message in self._backend.messages:
            with suppress(DecodeError):
                told = _TOLD.decode(message)
                if told.type in _ENDS:
                    self._active.discard(told.id)
        self._backend.messages.clear()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)
