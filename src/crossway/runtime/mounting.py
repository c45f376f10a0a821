"""Applications in ASGI 3 (Starlette, FastAPI, Django and others) as handlers: they answer requests inside the proxy.

Law: an application sees what a server would show it. Its bodies pass piece by piece in both directions, each waiting
for the one that takes it; a client that leaves is an ``http.disconnect``; and what it goes on doing after its answer
has a bound.

https://asgi.readthedocs.io/en/stable/specs/www.html
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote

from crossway.runtime.handler import Next
from crossway.runtime.serving import Event, Receive, Scope
from crossway.runtime.serving import Sending as Send
from crossway.sdk.http import Headers, Request, Response

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

AFTER_ANSWER: Final = 60.0
"""Seconds that an application may go on after its answer, as with background tasks."""
AFTER_LEAVING: Final = 5.0
"""Seconds that it may go on after its client has left."""
STARTING: Final = 30.0
"""Seconds that its startup, and its shutdown, may take."""
_VERSION: Final = {"version": "3.0", "spec_version": "2.4"}
_OURS: Final = b"x-crossway-"


class Mounted:
    """One application below a prefix, from its startup to its shutdown."""

    def __init__(self, app: Application, prefix: str = "") -> None:
        """Mount *app* below *prefix*, which is ``/admin`` for ``/admin/*`` and empty for all paths."""
        self._app = app
        self._prefix = prefix.rstrip("/")
        self._state: dict[str, Any] = {}
        self._lifespan: _Lifespan | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Let the application start up; `RuntimeError` says why it cannot.

        One that knows no lifespan has nothing to start.
        """
        self._lifespan = _Lifespan(self._app, self._state)
        await self._lifespan.start()

    async def stop(self) -> None:
        """End what still runs, and let the application shut down."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        if self._lifespan is not None:
            await self._lifespan.stop()

    async def __call__(self, request: Request, _: Next) -> Response:
        """Return the answer of the application, once it begins; the body may still be on its way."""
        exchange = _Exchange(request)
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
        scope = self._scope(request.method, request.path.encode("latin-1"), request.query.encode("latin-1"), fields)
        task = exchange.loop.create_task(self._run(scope, exchange))
        exchange.task = task
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await exchange.answer
        except asyncio.CancelledError:
            exchange.leave()
            raise

    async def _run(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:  # noqa: BLE001  # of somebody else's application: whoever waits for it is told
            await exchange.end(error)
        else:
            await exchange.end(RuntimeError("the application ended before the end of its answer"))
        finally:
            exchange.close()

    def _scope(self, method: str, path: bytes, query: bytes, fields: Iterable[tuple[bytes, bytes]]) -> Scope:
        kept = [field for field in fields if not field[0].startswith(_OURS)]
        said = dict(kept)
        host = said.get(b"host", b"").decode("latin-1")
        client = said.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
        server, _, port = host.rpartition(":")
        return {
            "type": "http",
            "asgi": _VERSION,
            "http_version": "1.1",
            "method": method,
            "scheme": said.get(b"x-forwarded-proto", b"http").decode("latin-1"),
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "root_path": self._prefix,
            "headers": kept,
            "client": (client, 0) if client else None,
            "server": (server, int(port)) if port.isdecimal() else (host or "crossway", None),
            "state": self._state.copy(),
            "extensions": {},
        }

    async def raw(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or a WebSocket, whose *scope* comes from the proxy itself, with nothing in between."""
        if scope["type"] == "http":
            await self._raw(scope, receive, send)
            return
        await self._app(
            {
                **scope,
                "root_path": self._prefix,
                "state": self._state.copy(),
                "headers": [field for field in scope["headers"] if not field[0].startswith(_OURS)],
            },
            receive,
            send,
        )

    async def _raw(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = self._scope(scope["method"], scope["raw_path"], scope["query_string"], scope["headers"])
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
        try:
            await self._app(ours, receive, send)
        finally:
            if task is not None:
                self._running.discard(task)


class _Exchange:
    """One request and its answer, between the application and the handler that waits for it."""

    __slots__ = (
        "_bound",
        "_client",
        "_complete",
        "_fields",
        "_leaving",
        "_left",
        "_pieces",
        "_status",
        "answer",
        "loop",
        "task",
    )

    def __init__(self, request: Request) -> None:
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Response] = self.loop.create_future()
        self.task: asyncio.Task[None] | None = None
        self._client: Request | AsyncIterator[bytes] | None = request
        self._left = False
        self._leaving: asyncio.Event | None = None
        self._status = 0
        self._fields: list[tuple[str, str]] = []
        self._pieces: asyncio.Queue[bytes | Exception | None] | None = None
        self._complete = False
        self._bound: asyncio.TimerHandle | None = None

    async def receive(self) -> Event:
        """Return the next piece of the request; after the last one, wait until the client has left."""
        if isinstance(self._client, Request):
            if self._client.is_read:
                body, self._client = self._client.body, None
                return {"type": "http.request", "body": body, "more_body": False}
            self._client = aiter(self._client.stream())
        if self._client is not None and not self._left:
            piece = await anext(self._client, None)
            if piece is None:
                self._client = None
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}
        if not self._left:
            self._leaving = self._leaving or asyncio.Event()
            await self._leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Event) -> None:
        """Take the next piece of the answer, and wait until the one before it is taken."""
        if self._left:
            raise ConnectionError("the client has left")
        if event["type"] == "http.response.start":
            self._status = event["status"]
            self._fields = [
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in event.get("headers", ())
            ]
        elif event["type"] == "http.response.body":
            if not self._status or self._complete:
                raise RuntimeError("an answer is its start, and then its body until that ends")
            self._complete = not event.get("more_body", False)
            await self._take(bytes(event.get("body", b"")))

    async def _take(self, piece: bytes) -> None:
        if self._pieces is None:
            response = Response(self._status)
            if self._complete:
                response.body = piece
            else:
                self._pieces = asyncio.Queue(1)
                response.arriving(self._stream(self._pieces))
            response.headers = Headers.of(self._fields)  # as the application wrote them, whatever the body is
            if not self.answer.done():
                self.answer.set_result(response)
        if self._pieces is not None:
            if piece:
                await self._pieces.put(piece)
            if self._complete:
                await self._pieces.put(None)
        if self._complete:
            self._end_within(AFTER_ANSWER)

    async def _stream(self, pieces: asyncio.Queue[bytes | Exception | None]) -> AsyncIterator[bytes]:
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            if not self._complete:
                self.leave()
            while not pieces.empty():
                pieces.get_nowait()  # who waits in `send` goes on

    async def end(self, error: Exception) -> None:
        """Take note that the application is done; *error* is what is wrong where the answer is not complete."""
        if self._left:
            return
        if self._complete:
            if not isinstance(error, RuntimeError):
                traceback.print_exception(error, file=sys.stderr)
        elif self._pieces is not None:
            await self._pieces.put(error)
        elif not self.answer.done():
            self.answer.set_exception(error)

    def leave(self) -> None:
        """Take note that nobody waits for the answer any more."""
        self._left = True
        if self._leaving is not None:
            self._leaving.set()
        self._end_within(AFTER_LEAVING)

    def _end_within(self, seconds: float) -> None:
        if self.task is not None and not self.task.done():
            self.close()
            self._bound = self.loop.call_later(seconds, self.task.cancel)

    def close(self) -> None:
        """Forget the bound on the application: it is done."""
        if self._bound is not None:
            self._bound.cancel()


class _Lifespan:
    """The life of an application: https://asgi.readthedocs.io/en/stable/specs/lifespan.html."""

    def __init__(self, app: Application, state: dict[str, Any]) -> None:
        self._app = app
        self._state = state
        self._told: asyncio.Queue[Event] = asyncio.Queue()
        self._said: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._told.put_nowait({"type": "lifespan.startup"})
        async with asyncio.timeout(STARTING):
            said = await self._said.get()
        if said["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application does not start: {said.get('message') or 'it does not say why'}")

    async def stop(self) -> None:
        if self._task is None or self._task.done():
            return
        self._told.put_nowait({"type": "lifespan.shutdown"})
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTING):
                await self._said.get()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": _VERSION, "state": self._state}
        with suppress(Exception):  # an application that knows no lifespan raises, whatever it likes
            await self._app(scope, self._told.get, self._said.put)
        self._said.put_nowait({"type": "lifespan.over"})
