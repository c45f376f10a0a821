"""The server of a process: HTTP and WebSockets, as the proxy itself forwards them where a plugin answers a whole route.

Nothing of it is there for a plugin that only stands in a chain.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server as Granian

from crossway.compile.program import WORD
from crossway.runtime.meters import METERS
from crossway.runtime.mounting import Mounted
from crossway.runtime.plugins import Running
from crossway.runtime.problem import PROBLEM_JSON, problem
from crossway.runtime.process.application import Application
from crossway.runtime.serving import Receive, Scope, serve
from crossway.runtime.serving import Sending as Send
from crossway.sdk.context import UNDER_WAY
from crossway.sdk.http import Headers, Request, Response
from crossway.sdk.plugin import Hooks
from crossway.sdk.websocket import WebSocket, WebSocketClosed

_WORD = WORD.encode()


class Server:
    """Serves an `Application` at a socket."""

    def __init__(self, app: Application, socket: str) -> None:
        self._app = app
        self._socket = socket
        self._granian = Granian(
            self._asgi,
            uds=Path(socket),
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            backlog=1024,
            backpressure=2**16,
            log_enabled=False,
        )

    async def run(self) -> None:
        """Serve until `stop`."""
        await self._granian.serve()

    def stop(self) -> None:
        """Accept no more."""
        self._granian.stop()  # type: ignore[no-untyped-call]

    async def _asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        word = next((value.decode("latin-1") for name, value in scope["headers"] if name == _WORD), "")
        scope["client"] = None  # the proxy, which has said who its own client is
        with self._app.under_way():
            if scope["type"] == "http":
                await serve({word: partial(self._answer, word)}, scope, receive, send)
            elif scope["type"] == "websocket":
                await self._converse(word, scope, receive, send)

    async def _answer(self, word: str, request: Request) -> Response:
        place = await self._app.place(word)
        hooks = await place.ready() if isinstance(place, Running) else None
        if isinstance(hooks, Hooks) and hooks == Hooks(websocket=hooks.websocket, start=hooks.start, stop=hooks.stop):
            refused = problem(426, "websocket.required", "This route takes WebSockets alone.").of(request.id)
            return Response(426, {"upgrade": "websocket", "content-type": PROBLEM_JSON}, refused.body)
        return await self._app.answer(word, request, _nothing_behind)

    async def _converse(self, word: str, scope: Scope, receive: Receive, send: Send) -> None:
        place = await self._app.place(word)
        hooks = await place.ready() if isinstance(place, Running) else place
        socket = WebSocket(_handshake(scope), receive, send, subprotocols=tuple(scope.get("subprotocols") or ()))
        if isinstance(hooks, Response):
            await socket.deny(hooks)
        elif isinstance(hooks.around, Mounted) and hooks.websocket is None:
            await hooks.around.raw(scope, receive, send)
        elif hooks.websocket is None or not isinstance(place, Running):
            await socket.deny(problem(403, "websocket.refused", "This route takes no WebSockets."))
        else:
            await _handled(hooks.websocket, place, socket)


async def _handled(handler: Callable[[WebSocket], Awaitable[None]], place: Running, socket: WebSocket) -> None:
    """Let *handler* do what it does, and close *socket* after it."""
    meter = METERS.of(place.scene.name)
    meter.calls += 1
    token = UNDER_WAY.set((place.scene, socket.request))
    try:
        await handler(socket)
        await socket.close()
    except WebSocketClosed:
        pass
    except asyncio.CancelledError:
        await socket.close(1012, "its process is replaced")
        raise
    except Exception:  # noqa: BLE001  # the supervisor of a user's handler
        meter.errors += 1
        traceback.print_exc(file=sys.stderr)
        if socket.is_open:
            await socket.close(1011, "its handler failed")
        else:
            await socket.deny(problem(500, "plugin.failed", "The handler of this WebSocket failed."))
    finally:
        UNDER_WAY.reset(token)


async def _nothing_behind(request: Request) -> Response:
    return problem(404, "app.nothing_behind", f"There is no backend behind {request.path}.")


def _handshake(scope: Scope) -> Request:
    request = Request("GET", "")
    request.path = scope["raw_path"].decode("latin-1")
    request.query = scope["query_string"].decode("latin-1")
    request.headers = Headers.of(
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"] if name != _WORD]
    )
    return request
