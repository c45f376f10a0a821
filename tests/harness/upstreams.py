"""Backends: real servers that say what they received, and behave as the query of a request tells them.

``?status=503`` answers with that status, ``?delay=200ms`` waits first, ``?fail=2`` answers the first two requests with
the same ``x-case-id`` with 503, ``?close=1`` closes the connection without an answer.
"""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import h11

from crossway.model import parse_duration
from harness.background import Background
from harness.proxy_protocol import ProxyHeader, read_proxy_header
from harness.servers import GrpcEcho, TcpEcho, UdpEcho, WebSocketEcho

HEALTH = "/healthz"


@dataclass
class Received:
    """A request as a backend saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    proxy: ProxyHeader | None = None

    @property
    def case(self) -> str:
        """The case that it belongs to."""
        return self.headers.get("x-case-id", "")


class Echo:
    """An HTTP/1.1 server that answers with JSON of what it received. Health checks are answered, not kept."""

    def __init__(
        self,
        name: str = "echo",
        *,
        tls: ssl.SSLContext | None = None,
        proxy_protocol: bool = False,
        path: Path | None = None,
    ) -> None:
        """Make a server that calls itself *name*; at *path* it is a Unix socket."""
        self.name = name
        self.healthy = True
        self.broken = False
        """Whether it answers everything with 500."""
        self.received: list[Received] = []
        self.health_checks = 0
        self.connections = 0
        self._tls = tls
        self._proxy_protocol = proxy_protocol
        self._path = path
        self._seen: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        if self._path is not None:
            self._server = await asyncio.start_unix_server(self._connected, self._path)
            return self
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def of_case(self, case: str) -> list[Received]:
        """Return the requests that belong to *case*."""
        return [request for request in self.received if request.case == case]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        http = h11.Connection(h11.SERVER)
        with suppress(h11.RemoteProtocolError, OSError, asyncio.IncompleteReadError):
            proxy = await read_proxy_header(reader) if self._proxy_protocol else None
            while (request := await _read(http, reader)) is not None:
                request.proxy = proxy
                if not await self._answer(http, request, writer):
                    break
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()

    async def _answer(self, http: h11.Connection, request: Received, writer: asyncio.StreamWriter) -> bool:
        """Answer *request* and say whether another one can follow."""
        url = urlsplit(request.path)
        query = dict(parse_qsl(url.query))
        if url.path == HEALTH:
            self.health_checks += 1
            status = 200 if self.healthy else 503
        else:
            self.received.append(request)
            self._seen[request.case] += 1
            failing = self._seen[request.case] <= int(query.get("fail", 0))
            status = 503 if failing else 500 if self.broken else int(query.get("status", 200))
        if "close" in query:
            return False
        await asyncio.sleep(parse_duration(query.get("delay", 0)).total_seconds())
        body = json.dumps(self._told(request, writer)).encode() if status >= 200 else b""
        headers = {"content-type": "application/json", "content-length": str(len(body)), "x-service": self.name}
        writer.write(http.send(h11.Response(status_code=status, headers=list(headers.items()))) or b"")
        if request.method != "HEAD" and status not in {204, 304}:
            writer.write(http.send(h11.Data(body)) or b"")
        writer.write(http.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
            return False
        http.start_next_cycle()
        return True

    def _told(self, request: Received, writer: asyncio.StreamWriter) -> Mapping[str, object]:
        told: dict[str, object] = {
            "service": self.name,
            "method": request.method,
            "path": request.path,
            "headers": request.headers,
            "body": request.body,
        }
        if request.proxy is not None:
            told["proxy"] = {"version": request.proxy.version, "source": request.proxy.source}
        if (certificate := writer.get_extra_info("peercert")) is not None:
            told["client"] = dict(item for part in certificate["subject"] for item in part) if certificate else None
        return told


async def _read(http: h11.Connection, reader: asyncio.StreamReader) -> Received | None:
    """Return the next request; `None` when there will be none."""
    request: Received | None = None
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Request):
            headers: dict[str, str] = {}
            for name, value in event.headers:
                key, text = name.decode(), value.decode("latin-1")
                headers[key] = f"{headers[key]}, {text}" if key in headers else text
            request = Received(event.method.decode(), event.target.decode(), headers)
        elif isinstance(event, h11.Data) and request is not None:
            request.body += event.data.decode()
        elif isinstance(event, h11.EndOfMessage):
            return request
        else:
            return None


@dataclass
class Upstreams:
    """All backends of a test session. Each call starts another one."""

    background: Background
    _running: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        self._running.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def echo(
        self,
        name: str = "echo",
        *,
        tls: ssl.SSLContext | None = None,
        proxy_protocol: bool = False,
        path: Path | None = None,
    ) -> Echo:
        """Start an HTTP/1.1 server; the arguments are those of `Echo`."""
        echo = Echo(name, tls=tls, proxy_protocol=proxy_protocol, path=path)
        return self._running.enter_context(self.background.entered(echo))

    def tcp(self, name: str = "echo") -> TcpEcho:
        """Start a server that sends back what it receives over TCP."""
        return self._running.enter_context(self.background.entered(TcpEcho(name)))

    def udp(self, name: str = "echo") -> UdpEcho:
        """Start a server that sends back datagrams."""
        return self._running.enter_context(self.background.entered(UdpEcho(name)))

    def websocket(self) -> WebSocketEcho:
        """Start a server that sends back messages over WebSocket."""
        return self._running.enter_context(self.background.entered(WebSocketEcho()))

    def grpc(self, name: str = "echo") -> GrpcEcho:
        """Start a gRPC server."""
        return self._running.enter_context(GrpcEcho(name))
