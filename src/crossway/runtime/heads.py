"""Where the proxy asks about requests: at a socket, behind which are a thread and a loop.

A question is the head of a request, with the beginning of its body where the route says so, and the answer 200 lets
that request go on: with the headers that the answer has in place of its own, and without those that it names. Every
other answer is for the client.

Law: the thread is no listener's, so it is there for as long as the proxy is.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, cast

import uvloop

from crossway.compile.program import CALL, HEADS_SOCKET, LENGTH, PROTOCOL, TOLD_AS, WORD
from crossway.runtime import socket
from crossway.runtime.handler import Next
from crossway.runtime.problem import Problem
from crossway.runtime.serving import answered
from crossway.sdk.http import Headers, Request, Response

Find = Callable[[str], Next | None]
"""Finds what answers requests by the word of their entry: with `GOES_ON`, or with an answer for the client."""
Field = tuple[str, str]

GOES_ON: Final = Response()
"""The answer that is none: the proxy takes the request on."""
LOOK: Final = 30.0
"""Seconds after which the thread looks what has become of the programs, without being asked anything."""

_TOLD: Final = {LENGTH: "content-length", PROTOCOL: "upgrade"}
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)")
_REMOVED: Final = "x-envoy-auth-headers-to-remove"
_ASKERS: Final = frozenset(
    {"content-length", "x-envoy-internal", "x-envoy-expected-rq-timeout-ms", "x-envoy-auth-partial-body"}
)
"""Headers that the proxy writes for a question, and not for its request."""
_FRAMING: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_BODILESS: Final = frozenset({204, 304})
_PASSES: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


async def onward(cluster: str, word: str, request: Request) -> Response:
    """Send a call of a plugin on, as `socket.send` does; a request of a route goes on by itself."""
    return await socket.send(cluster, word, request) if word.startswith(CALL) else GOES_ON


class _Thread:
    """The thread, once it is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_begun = False

    def begin(self, find: Find, look: Callable[[], None]) -> None:
        """Listen, if nobody does. Whoever comes next is answered."""
        with self._lock:
            if not self._is_begun:
                self._is_begun = True
                listening = threading.Event()
                run = uvloop.Loop().run_until_complete
                Path(HEADS_SOCKET).unlink(missing_ok=True)  # of a proxy before
                threading.Thread(target=run, args=(_listen(find, look, listening),), daemon=True).start()
                listening.wait()


THREAD: Final = _Thread()


async def _listen(find: Find, look: Callable[[], None], listening: threading.Event) -> None:
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_unix_server(lambda: Asked(find), HEADS_SOCKET)
    finally:
        listening.set()
    while server.is_serving():  # nobody else holds it: collected as garbage, it would close
        await asyncio.sleep(LOOK)
        look()


class Asked(asyncio.Protocol):
    """A connection of the proxy: for one question at a time."""

    _transport: asyncio.Transport
    _task: asyncio.Task[None] | None = None
    """Answers the question that was asked last."""
    _buffer = b""
    """What has come of the head."""
    _head = b""
    _body: bytearray | None = None
    """What has come of the body, once the head is here."""
    _length = 0

    def __init__(self, find: Find) -> None:
        self._find = find

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer, once the question is here."""
        if self._body is not None:
            self._body += data
        else:
            head, end, rest = (self._buffer + data).partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            length = _LENGTH.search(head)
            self._buffer, self._head, self._body = b"", head, bytearray(rest)
            self._length = int(length[1]) if length else 0
        if len(self._body) >= self._length:
            self._task = asyncio.ensure_future(self._answer(self._head, bytes(self._body)))
            self._body = None

    def connection_lost(self, _: Exception | None) -> None:
        """End the work for who has left."""
        if self._task is not None:
            self._task.cancel()

    async def _answer(self, head: bytes, body: bytes) -> None:
        with suppress(asyncio.CancelledError):
            self._transport.write(await answer(self._find, head, body))


async def answer(find: Find, head: bytes, body: bytes = b"") -> bytes:
    """Return what is said to the question with this *head* and this *body*."""
    word, request = _question(head)
    request.arriving(body)
    asked = request.headers.items()

    handler = find(word)
    response = await answered(handler and partial(_whole, handler), request)
    if response is GOES_ON:
        return _going_on(asked, request.headers.items())
    return _told(request, response.of(request.id) if isinstance(response, Problem) else response)


async def _whole(handler: Next, request: Request) -> Response:
    response = await handler(request)
    await response.read()
    return response


def _question(head: bytes) -> tuple[str, Request]:
    """Return the word of the entry that is asked, and the request as the client has sent it."""
    first, *lines = head.decode("latin-1").split("\r\n")
    word = ""
    fields: list[Field] = []
    for line in lines:
        name, _, value = line.partition(": ")
        if name == WORD:
            word = value
        elif name in _TOLD:
            fields.append((_TOLD[name], value))
        elif name not in _ASKERS:
            fields.append((name, value))
    request = Request.__new__(Request)
    request.method, target, _ = first.split(" ")
    request.path, _, request.query = target.partition("?")
    request.headers = Headers.of(fields)
    return word, request


def _going_on(before: list[Field], after: list[Field]) -> bytes:
    """Return the answer that lets a request go on, and says what is different of its headers."""
    if before == after:
        return _PASSES
    old, new = _by_name(before), _by_name(after)
    lines = [f"{name}: {value}\r\n" for name, value in new.items() if value != old.get(name)]
    if removed := old.keys() - new.keys() - {"host"}:
        lines.append(f"{_REMOVED}: {','.join(sorted(removed))}\r\n")
    return f"HTTP/1.1 200 OK\r\n{''.join(lines)}content-length: 0\r\n\r\n".encode("latin-1")


def _by_name(fields: Iterable[Field]) -> dict[str, str]:
    """Return the values of each name in one (RFC 9110, section 5.3; RFC 9113, section 8.2.3)."""
    found: dict[str, str] = {}
    for name, value in fields:
        found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in found else value
    return found


def _told(request: Request, response: Response) -> bytes:
    """Return *response* as it is said to the proxy, which tells it to the client."""
    body = b"" if response.status in _BODILESS else response.body
    lines = [f"{name}: {value}\r\n" for name, value in response.headers.items() if name not in _FRAMING]
    status = TOLD_AS.get(response.status, response.status if response.status < 500 else TOLD_AS[500])
    head = f"HTTP/1.1 {status} .\r\n{''.join(lines)}content-length: {len(body)}\r\n\r\n"
    return head.encode("latin-1", "replace") + (b"" if request.method == "HEAD" else body)
