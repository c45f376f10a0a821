"""The memory of clients that are connected and silent: those of a WebSocket API, and those of a backend of their own.

It is counted in all processes together, from the first client on to the last. The clients are here, in the process that
measures, and their memory is not counted.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from string import Template
from typing import Final

from bench.gateway import Gateway, crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.table import Line

CLIENTS: Final = 10_000
PASSED_ON: Final = 4_000
"""How many there are where each is two connections of the proxy."""
BOUND: Final = 25.0
AT_ONCE: Final = 100
SETTLED: Final = 2.0
"""Seconds until nothing is on its way any more."""

_CONFIG: Final = Template("""\
gateways:
  edge:
    policies: {access_log: false}
    listeners: {http: {port: $port, address: 127.0.0.1}}
services: {backend: "http://127.0.0.1:$backend"}
routes:
  api:
    matches: [{path: /api}]
    policies:
      websocket_api: {routes: {say: {service: backend, path: /}}}
  passed_on: {matches: [{path: /passed_on}], to: backend}
""")
_HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nhost: any.example.com\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_AGREES: Final = (
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n"
)


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about idle clients."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < CLIENTS + 1_000:
        raise BenchError(f"{CLIENTS:,} clients need as many descriptors, and there are {most:,}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clients = lab.times(CLIENTS, CLIENTS // 4)
    async with _backend() as backend:
        for path, number, bound, what in (
            ("/api", clients, BOUND, "an idle client of a WebSocket API"),
            ("/passed_on", min(clients, PASSED_ON), None, "an idle WebSocket that Envoy itself passes on"),
        ):
            port = free_port()
            config = _CONFIG.substitute(port=port, backend=backend)
            directory = lab.directory / f"websockets{path}"
            async with crossway_run(config, directory, max_connections=2 * CLIENTS) as gateway:
                each = await _each(gateway, port, path, number)
                yield Line(f"memory of {what}", each, "kB", bound, f"{number:,} of them, in all processes together")


async def _each(gateway: Gateway, port: int, path: str, number: int) -> float:
    """Return how many kB each of so many clients takes."""
    async with AsyncExitStack() as stack:
        for _ in range(AT_ONCE):  # what comes with the first ones is no client's
            await stack.enter_async_context(_client(port, path))
        before = gateway.process.rss()
        for _ in range(0, number, AT_ONCE):
            async with asyncio.TaskGroup() as tasks:
                for _ in range(AT_ONCE):
                    tasks.create_task(stack.enter_async_context(_client(port, path)))
        await asyncio.sleep(SETTLED)
        return (gateway.process.rss() - before) * 1_000 / number


@asynccontextmanager
async def _client(port: int, path: str) -> AsyncIterator[None]:
    """Be a client that has been agreed to, and says nothing."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", port))
        await loop.sock_sendall(connection, _HANDSHAKE.format(path=path).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = await loop.sock_recv(connection, 4_096)
            if not piece:
                raise BenchError("the proxy has hung up on a client")
            head += piece
        if b" 101 " not in head:
            raise BenchError(f"no WebSocket was opened: {head.splitlines()[0].decode()}")
        yield


@asynccontextmanager
async def _backend() -> AsyncIterator[int]:
    """Agree to every WebSocket, and say nothing."""

    async def agree(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_AGREES)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(agree, "127.0.0.1", 0, backlog=1_024)
    async with server:
        yield server.sockets[0].getsockname()[1]
