"""The admin pages: health, readiness, metrics, state, routes and resources, on an address of their own.

They show and change nothing: whoever can reach them learns what is configured, so the default address is loopback.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from crossway.errors import UserError

Handler = Callable[[Request], Coroutine[None, None, Response]]


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages get their content."""

    state: Callable[[], Mapping[str, object]]
    """Plain data, for ``/state``."""
    metrics: Callable[[], Awaitable[bytes]]
    """The Prometheus text format, for ``/metrics``."""
    ready: Callable[[], Awaitable[bool]]
    """Whether traffic can come, for ``/readyz``."""
    xds: Callable[[str], Awaitable[Sequence[object]]]
    """What the proxies of a view are given, as plain data, for ``/xds?view=``; `NoSuchView` if there is none."""
    routes: Callable[[], Awaitable[Sequence[object]]] | None = None
    """The inventory of routes as plain data, for ``/routes``; where nobody knows it, the page is not there."""


class NoSuchView(Exception):  # noqa: N818 - an answer, not a failure
    """Nobody is given the view that was asked for."""

    def __init__(self, views: Iterable[str]) -> None:
        super().__init__(f"no proxy has this view; there are: {', '.join(sorted(views))}")


def application(pages: Pages) -> Starlette:
    """Return the pages as an ASGI application."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        ready = await pages.ready()
        return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(await pages.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def state(_: Request) -> Response:
        return JSONResponse(pages.state())

    async def xds(request: Request) -> Response:
        try:
            return JSONResponse(await pages.xds(request.query_params.get("view", "*")))
        except NoSuchView as error:
            problem = {"title": "Not Found", "status": 404, "detail": str(error)}  # RFC 9457
            return JSONResponse(problem, 404, media_type="application/problem+json")

    handlers: dict[str, Handler] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": metrics,
        "/state": state,
        "/xds": xds,
    }
    if (inventory := pages.routes) is not None:

        async def routes(_: Request) -> Response:
            return JSONResponse(await inventory())

        handlers["/routes"] = routes
    return Starlette(routes=[Route(path, handler) for path, handler in handlers.items()])


class AdminServer:
    """Serves the pages inside ``async with``."""

    def __init__(self, address: str, pages: Pages) -> None:
        """Bind *address*, ``host:port``; `UserError` if that cannot be done."""
        host, _, port = address.rpartition(":")
        if not port.isdecimal() or int(port) > 65535:
            raise UserError(f"the admin address {address} is not host:port")
        try:
            self._socket = socket.create_server((host.strip("[]"), int(port)))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise UserError(f"the admin address {address} cannot be used ({reason}); choose one with --admin") from None
        config = uvicorn.Config(application(pages), log_config=None, access_log=False, lifespan="off")
        self._server = _Server(config)
        self._tasks = asyncio.TaskGroup()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        port: int = self._socket.getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._tasks.create_task(self._server.serve([self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._tasks.__aexit__(kind, error, trace)
        self._socket.close()


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process to their owner."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield
