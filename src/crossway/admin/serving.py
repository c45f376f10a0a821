"""The admin server: one application behind two doors."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import uvicorn
from litestar.types import ASGIApp, HTTPResponseStartEvent, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from crossway.admin.application import Application
from crossway.admin.doors import Tls, account_of, close_unix, open_tcp, open_unix
from crossway.admin.gate import LOCAL
from crossway.admin.problems import MEDIA_TYPE
from crossway.admin.targets import trick

_GRACE = 5
"""Seconds for requests that go on at the end."""


class AdminServer:
    """Serves an application inside ``async with``."""

    def __init__(self, application: Application, state: Path, address: str = "", tls: Tls | None = None) -> None:
        """Open the Unix socket in the directory *state*, and *address*, ``host:port``, if there is one.

        `UserError` if one of them cannot be had, or if *address* is not loopback and there is no *tls*.
        """
        self._application = application
        self._state = state
        app = _strict(application.app)
        context = tls.context() if tls is not None else None
        self._tcp = open_tcp(address, tls) if address else None
        try:
            self._unix = open_unix(state)
        except BaseException:
            if self._tcp is not None:
                self._tcp.close()
            raise
        self._servers = [(_Server(_config(_local(app), _LocalProtocol)), self._unix)]
        if self._tcp is not None:
            self._servers.append((_Server(_config(app, H11Protocol, context)), self._tcp))
        self._tasks = asyncio.TaskGroup()

    @property
    def port(self) -> int:
        """The TCP port that is listened on."""
        port: int = self._tcp.getsockname()[1] if self._tcp is not None else 0
        return port

    async def __aenter__(self) -> Self:
        if self._application.changes is not None:
            await self._application.changes.start()
        await self._tasks.__aenter__()
        for server, listener in self._servers:
            self._tasks.create_task(server.serve([listener]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, _ in self._servers:
            server.should_exit = True
        if self._application.changes is not None:  # first, so that who waits for one gets an answer
            await self._application.changes.stop()
        await self._tasks.__aexit__(None, None, None)
        close_unix(self._unix, self._state)
        if self._tcp is not None:
            self._tcp.close()


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process to their owner."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _LocalProtocol(H11Protocol):
    """HTTP over a Unix socket: the client is the account that opened it."""

    # uvicorn asks for more than asyncio.Protocol promises, and so must whoever inherits from it.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as connection:
            self.client = (account_of(connection), 0)


def _config(app: ASGIApp, protocol: type[H11Protocol], tls: ssl.SSLContext | None = None) -> uvicorn.Config:
    # No proxy stands before it, so nobody is believed who says which address a request came from.
    return uvicorn.Config(
        app,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what goes wrong in the application is said; the rest is what clients send
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=(lambda _config, _default: tls) if tls is not None else None,
    )


def _local(app: ASGIApp) -> ASGIApp:
    """Return *app* behind the Unix socket."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"]
        scope["state"][LOCAL] = client[0] if client else ""
        await app(scope, receive, send)

    return served


def _strict(app: ASGIApp) -> ASGIApp:
    """Return *app* for targets that mean one thing."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        problem = trick(scope["raw_path"], scope["query_string"])
        if problem is None:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": problem.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": msgspec.json.encode(problem), "more_body": False})

    return served
