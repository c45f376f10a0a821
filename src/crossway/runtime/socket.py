"""The way of a request from the runtime into the proxy: over the socket of the inner listener, in HTTP/1.1.

Who listens there is Envoy, which writes in one way. So this client is a small one: it sends a request to the letter,
reads the answer as RFC 9112 has it, and does nothing else.

Law: each side waits for the other. No body is taken into memory because somebody reads slowly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Final, cast
from weakref import WeakKeyDictionary

from crossway.compile.program import socket_path
from crossway.runtime import wire
from crossway.runtime.incoming import Body, Incoming
from crossway.runtime.tunnel import PIECE, SWITCHING, Switched, Tunnel
from crossway.sdk.http import Request, Response

LONGEST_HEAD: Final = 262_144
"""How many bytes the head of an answer may have, and its trailers."""
MOST_IDLE: Final = 256
"""How many connections to one listener are kept for further requests."""

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""What may be sent again if nobody knows whether it has arrived (RFC 9110, section 9.2.2)."""
_BODILESS: Final = frozenset({SWITCHING, 204, 304})


_Reading = Generator[None, bytes, Callable[[], None]]
"""Takes what comes, and returns what is to be done at the end."""


class _LostError(ConnectionError):
    """A connection was closed before anything of the answer came."""


async def send(cluster: str, word: str, request: Request) -> Response:
    """Return the answer to *request* of the route that the inner listener behind *cluster* knows by *word*.

    Raises `ConnectionError` if there is no answer at all. Its body may still be on its way.
    """
    loop = asyncio.get_running_loop()
    idle = _idle.setdefault(loop, {}).setdefault(cluster, [])
    while idle:
        try:
            return await idle.pop().exchange(word, request)
        except _LostError:  # it was closed for having been idle
            if request.method not in _IDEMPOTENT or not request.is_read:
                raise
    try:
        _, connection = await loop.create_unix_connection(lambda: _Connection(loop, idle), socket_path(cluster))
    except OSError as error:
        raise ConnectionError(str(error)) from error
    return await connection.exchange(word, request)


async def close() -> None:
    """Close the connections of the loop that runs this: its program is over."""
    for connections in _idle.pop(asyncio.get_running_loop(), {}).values():
        for connection in [*connections]:
            connection.hang_up()
    await asyncio.sleep(0)  # in which the loop closes them


class _Connection(asyncio.Protocol):
    """A connection: for one request and its answer at a time."""

    _transport: asyncio.Transport
    _head: asyncio.Future[Incoming] | None = None
    """Done once the head of the answer is here."""
    _answer: Incoming | None = None
    """The answer, from its head on."""
    _reading: _Reading | None = None
    """Reads the answer; `None` while none is awaited."""
    _buffer = b""
    """What has come, and was not read."""
    _upload: asyncio.Task[None] | None = None
    """Sends the body of the request, where that comes piece by piece."""
    _room: asyncio.Future[None] | None = None
    """Done once more of it can be written; `None` while it can."""

    def __init__(self, loop: asyncio.AbstractEventLoop, idle: list[_Connection]) -> None:
        self._loop, self._idle = loop, idle

    async def exchange(self, word: str, request: Request) -> Response:
        """Return the answer to *request*."""
        message, length = wire.sent(request, word)
        if self._transport.is_closing():
            raise _LostError("the connection is closed")
        head = self._head = self._loop.create_future()
        self._answer = None
        self._reading = self._read(request.method)
        next(self._reading)
        self._transport.write(message)
        if not request.is_read:
            self._upload = asyncio.ensure_future(self._send(request, length))
        try:
            answer = await head
        except asyncio.CancelledError:
            if head.cancelled() or (head.exception() is None and not head.result().is_over):
                self.hang_up()
            raise
        if answer.tunnel is not None:
            tunnel, answer.tunnel = answer.tunnel, None  # whoever lets go of the response closes it
            return Switched(SWITCHING, wire.passed_on(answer.fields), tunnel)
        body = answer.take() if answer.is_whole else Body(answer)
        return wire.received(answer.status, answer.fields, body, answer.trailers)

    async def _send(self, request: Request, length: int | None) -> None:
        """Send the body of *request*, which has said its *length* if it knows it. One that is not whole ends it all."""
        try:
            async for piece in request.stream():
                if length is None:
                    self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b"")
                elif len(piece) > length:
                    raise ValueError("the body is longer than its content-length")
                else:
                    length -= len(piece)
                    self._transport.write(piece)
                if self._room is not None:
                    await self._room
            if length:
                raise ValueError("the body is shorter than its content-length")
            self._transport.write(b"0\r\n\r\n" if length is None else b"")
            self._upload = None
        except Exception as error:  # noqa: BLE001  # it is told to whoever waits for the answer
            self._upload = None
            self._end(error)

    def hang_up(self) -> None:
        """Close the connection, whatever is under way on it."""
        self._end(ConnectionError("the connection was closed"))

    def _end(self, error: Exception) -> None:
        """Close the connection, and tell whoever waits for something on it of the *error*."""
        self._transport.abort()
        self._reading = None
        if self in self._idle:
            self._idle.remove(self)
        if self._upload is not None:
            self._upload.cancel()
        self.resume_writing()
        if self._answer is not None:
            self._answer.end(error)
        if self._head is not None and not self._head.done():
            self._head.set_exception(error)

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)  # by what it does: that of uvloop is a class of its own

    def data_received(self, data: bytes) -> None:
        """Read on; nothing is the end."""
        if self._reading is None:
            self.hang_up()  # nobody has asked
            return
        try:
            self._reading.send(data)
        except StopIteration as ended:
            self._reading = None
            self._give()
            ended.value()
        except ValueError as wrong:
            self._give()
            self._end(ConnectionError(f"what came is no answer: {wrong}"))
        else:
            self._give()

    def _give(self) -> None:
        """Give the answer that has come to whoever waits for it."""
        if self._answer is not None and self._head is not None and not self._head.done():
            self._head.set_result(self._answer)

    def _stay(self) -> None:
        """Wait for the next request."""
        if self._upload is None and not self._buffer and len(self._idle) < MOST_IDLE:
            self.let_come()
            self._idle.append(self)
        else:
            self.hang_up()

    def _leave(self) -> None:
        """Give the connection away with the answer: it has left HTTP."""
        assert self._answer is not None
        reader = asyncio.StreamReader(PIECE, self._loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=self._loop)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        writer = asyncio.StreamWriter(self._transport, protocol, reader, self._loop)
        self._answer.tunnel = Tunnel(reader, writer, self._buffer)

    def eof_received(self) -> None:
        """Take note that no more comes."""
        if self._answer is not None and self._reading is not None:
            self.data_received(b"")

    def connection_lost(self, _: Exception | None) -> None:
        """Take note that the connection is closed."""
        kind = _LostError if self._answer is None and not self._buffer else ConnectionError
        self._end(kind("the connection was closed before the end of the answer"))

    def pause_writing(self) -> None:
        """Let the body of the request wait."""
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let it go on."""
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None

    # The answer.

    def let_wait(self) -> None:
        """Take no more from the proxy, until there is room for it."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def let_come(self) -> None:
        """Take from the proxy what comes."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def abandon(self) -> None:
        """Close the connection, since nobody reads on. Any thread may say so: it may be one that collects garbage."""
        with suppress(RuntimeError):  # the loop is closed, and everything with it
            self._loop.call_soon_threadsafe(self.hang_up)

    def _read(self, method: str) -> _Reading:
        """Read an answer to *method*, and return what becomes of the connection (RFC 9112, sections 6.3 and 9.3)."""
        status = 0
        while status < 200 and status != SWITCHING:
            first, *lines = (yield from self._until(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(first[9:12])
        answer = self._answer = Incoming(self, status, [wire.field(line) for line in lines])
        said = dict(answer.fields)
        if method == "HEAD" or status in _BODILESS:  # neither has a body, whatever its headers say
            pass
        elif "transfer-encoding" in said:
            while size := int((yield from self._until(b"\r\n")).partition(b";")[0], 16):
                yield from self._read_bytes(size, answer)
                yield from self._until(b"\r\n")
            while line := (yield from self._until(b"\r\n")):
                answer.trailers.add(*wire.field(line.decode("latin-1")))
        elif "content-length" in said:
            yield from self._read_bytes(int(said["content-length"]), answer)
        else:
            answer.feed(self._buffer)
            while data := (yield):
                answer.feed(data)
            answer.end()
            return self.hang_up
        answer.end()
        if status == SWITCHING:
            return self._leave
        return self.hang_up if said.get("connection") == "close" else self._stay

    def _until(self, mark: bytes) -> Generator[None, bytes, bytes]:
        """Return what comes before *mark*."""
        while (end := self._buffer.find(mark)) < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise ValueError("its head is too long")
            yield from self._more()
        found, self._buffer = self._buffer[:end], self._buffer[end + len(mark) :]
        return found

    def _read_bytes(self, size: int, answer: Incoming) -> Generator[None, bytes, None]:
        """Give *answer* the next *size* bytes."""
        while size > len(self._buffer):
            size -= len(self._buffer)
            answer.feed(self._buffer)
            self._buffer = b""
            yield from self._more()
        answer.feed(self._buffer[:size])
        self._buffer = self._buffer[size:]

    def _more(self) -> Generator[None, bytes, None]:
        data = yield
        if not data:
            raise ValueError("it ends too early")
        self._buffer += data


_idle: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, list[_Connection]]]] = WeakKeyDictionary()
"""Connections that may be used, by their loops, since every listener has one of its own, and then by their clusters."""
