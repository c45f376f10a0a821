"""Requests and answers between a proxy and the process of a plugin, over Unix sockets.

A message is a frame with its head and the beginning of its body, and then frames with the rest, the last one empty;
behind that of an answer come its trailers. A connection carries one exchange at a time, in both directions at once.
Each side waits for the other: what is not taken is not sent.

It is no HTTP, which would cost more than twice the CPU: both sides are ours, and of the same version.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import Context
from typing import cast
from weakref import WeakKeyDictionary

from msgspec import Struct, msgpack

from crossway.runtime.tunnel import SWITCHING, Switched
from crossway.sdk.http import Headers, Message, Request, Response

LONGEST_FRAME = 2**26
"""How many bytes a frame may have: a body that was read is one frame."""
HIGH = 2**18
"""How many bytes may wait to be taken before the other side has to wait."""

Serve = Callable[[str, Request], Awaitable[Response]]
"""Answers a request that brings a word."""


class NobodyThereError(ConnectionError):
    """Nobody listens at a socket: what was to be sent was not."""


class _Asked(Struct, array_like=True):
    word: str
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    more: bool


class _Answered(Struct, array_like=True):
    status: int
    """0 if there was no answer, and 1 if there was none in time."""
    headers: list[tuple[str, str]]
    body: bytes
    more: bool
    trailers: list[tuple[str, str]] = []


_ask = msgpack.Encoder().encode
_asked = msgpack.Decoder(_Asked).decode
_answered = msgpack.Decoder(_Answered).decode
_trailers = msgpack.Decoder(list[tuple[str, str]]).decode


class Channel(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.is_lost = False
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._frames: deque[bytes] = deque()
        self._waiting = 0
        self._is_paused = False
        self._taker: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and let the other side wait once there is much of it."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= 4:
            size = int.from_bytes(buffer[start : start + 4])
            if size > LONGEST_FRAME:
                self.abort()
                return
            end = start + 4 + size
            if len(buffer) < end:
                break
            self._frames.append(bytes(buffer[start + 4 : end]))
            self._waiting += size
            start = end
        if start:
            del buffer[:start]
            self._wake(self._taker)
        if self._waiting > HIGH and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Wait with what is to be sent."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Go on with it."""
        self._wake(self._writable)
        self._writable = None

    def connection_lost(self, _: Exception | None) -> None:
        """Wake up who waits."""
        self.is_lost = True
        self._wake(self._taker)
        self._wake(self._writable)

    def _wake(self, waiter: asyncio.Future[None] | None) -> None:
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def frame(self) -> bytes:
        """Return the next frame; `ConnectionError` if there will be none."""
        while not self._frames:
            if self.is_lost:
                raise ConnectionError("the other side is gone")
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        frame = self._frames.popleft()
        self._waiting -= len(frame)
        if self._is_paused and self._waiting <= HIGH // 2 and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return frame

    async def write(self, frame: bytes) -> None:
        """Send *frame* once the other side is ready for it; `ConnectionError` if it is gone."""
        if self._writable is not None:
            await self._writable
        if self.is_lost or self._transport is None:
            raise ConnectionError("the other side is gone")
        self._transport.write(len(frame).to_bytes(4) + frame)

    async def write_rest(self, message: Message) -> None:
        """Send the body of *message*, whose head was sent, and its end."""
        async for piece in message.stream():
            if piece:
                await self.write(piece)
        await self.write(b"")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body of a message, whose head was taken."""
        while piece := await self.frame():
            yield piece

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """End the connection once all is sent."""
        if self._transport is not None:
            self._transport.close()


class Peer:
    """Whoever listens at a socket. Every loop has connections of its own."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._idle: WeakKeyDictionary[asyncio.AbstractEventLoop, list[Channel]] = WeakKeyDictionary()

    async def send(self, word: str, request: Request) -> Response:
        """Return the answer to *request*, sent with *word*. Its body is still on its way.

        Raises `NobodyThereError` where the request was not sent, `TimeoutError` where that was the answer, and
        `ConnectionError` where there was none.
        """
        channel = await self._channel()
        body, more = (request.body, False) if request.is_read else (b"", True)
        asked = _Asked(word, request.method, request.path, request.query, request.headers.items(), body, more)
        uploading: asyncio.Task[None] | None = None
        try:
            await channel.write(_ask(asked))
            if more:
                uploading = asyncio.ensure_future(_uploaded(channel, request))
            head = _answered(await channel.frame())
        except BaseException:
            _end(channel, uploading)
            raise
        if head.status < 100:
            _end(channel, uploading)
            raise TimeoutError if head.status else ConnectionError("there was no answer")
        response = (Switched if head.status == SWITCHING else Response)(head.status)
        response.headers, response.trailers = Headers.of(head.headers), Headers.of(head.trailers)
        if head.more:
            response.arriving(self._rest(channel, uploading, response.trailers))
        else:
            response.arriving(head.body)
            self._keep(channel, uploading)
        return response

    async def _rest(
        self, channel: Channel, uploading: asyncio.Task[None] | None, trailers: Headers
    ) -> AsyncIterator[bytes]:
        is_complete = False
        try:
            while piece := await channel.frame():
                yield piece
            for name, value in _trailers(await channel.frame()):
                trailers.add(name, value)
            is_complete = True
        finally:
            if is_complete:
                self._keep(channel, uploading)
            else:
                _end(channel, uploading)

    async def _channel(self) -> Channel:
        loop = asyncio.get_running_loop()
        idle = self._idle.get(loop)
        while idle:
            if not (channel := idle.pop()).is_lost:
                return channel
        try:
            channel = (await loop.create_unix_connection(Channel, self.path))[1]
            await channel.frame()
        except OSError as error:
            raise NobodyThereError(str(error)) from error
        return channel

    def _keep(self, channel: Channel, uploading: asyncio.Task[None] | None) -> None:
        if uploading is not None and not uploading.done():
            _end(channel, uploading)
        else:
            self._idle.setdefault(asyncio.get_running_loop(), []).append(channel)

    def close(self) -> None:
        """Close the connections that are idle, each in the loop that it belongs to; from any thread."""
        for loop, channels in list(self._idle.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(_close, channels)


def _close(channels: list[Channel]) -> None:
    while channels:
        channels.pop().close()


def _end(channel: Channel, uploading: asyncio.Task[None] | None) -> None:
    if uploading is not None:
        uploading.cancel()
    channel.abort()


async def _uploaded(channel: Channel, request: Request) -> None:
    try:
        await channel.write_rest(request)
    except (ConnectionError, TimeoutError):
        channel.abort()  # the body has no end


class Served(Channel):
    """A connection whose requests are answered; its end ends the work for the one under way."""

    def __init__(self, serve: Serve, context: Callable[[str], Context | None]) -> None:
        super().__init__()
        self._serve, self._context = serve, context
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say that somebody is there, which the kernel alone does not, and begin to answer."""
        super().connection_made(transport)
        cast("asyncio.Transport", transport).write(bytes(4))
        self._task = asyncio.ensure_future(self._run())

    def connection_lost(self, error: Exception | None) -> None:
        """End the work for the request under way."""
        super().connection_lost(error)
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while True:
                asked = _asked(await self.frame())
                request = Request.__new__(Request)
                request.method, request.path, request.query = asked.method, asked.path, asked.query
                request.headers = Headers.of(asked.headers)
                request.arriving(self.pieces() if asked.more else asked.body)
                context = self._context(asked.word)
                answering = self._answer(asked.word, request)
                await (asyncio.get_running_loop().create_task(answering, context=context) if context else answering)
                if asked.more:
                    async for _ in request.stream():
                        pass
        except ConnectionError:
            pass
        finally:
            self.abort()

    async def _answer(self, word: str, request: Request) -> None:
        try:
            response = await self._serve(word, request)
        except TimeoutError:
            await self.write(_ask(_Answered(1, [], b"", more=False)))
        except ConnectionError:
            await self.write(_ask(_Answered(0, [], b"", more=False)))
        else:
            body, more = (response.body, False) if response.is_read else (b"", True)
            trailers = [] if more else response.trailers.items()
            await self.write(_ask(_Answered(response.status, response.headers.items(), body, more, trailers)))
            if more:
                await self.write_rest(response)
                await self.write(_ask(response.trailers.items()))


def _own(_: str) -> Context | None:
    return None


async def listen(path: str, serve: Serve, context: Callable[[str], Context | None] = _own) -> asyncio.Server:
    """Return a server that answers what comes to the socket *path*: each word in a *context*, if it has one."""
    return await asyncio.get_running_loop().create_unix_server(lambda: Served(serve, context), path, backlog=1024)
