"""A whole delta ADS conversation: with our own client as a relay, and with a real Envoy that serves requests."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from crossway.compile.envoy.resource import Resource
from crossway.protos import from_dict
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.xds.client import Client, everything
from crossway.xds.protocol import CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node
from xds.samples import (
    SRDS,
    answer,
    cluster,
    endpoints,
    forward,
    listener,
    rds,
    routes,
    running_envoy,
    scope,
)

ALL = everything([CLUSTER, ENDPOINTS, LISTENER, ROUTES, SCOPED_ROUTES])


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(lambda _node, _identities: "edge", time.monotonic, grace=0.05)
    server.listen(f"unix:{tmp_path}/ads.sock")
    async with server:
        yield server


async def test_a_relay_is_live_when_those_behind_it_are(server: Server, tmp_path: Path) -> None:
    """Control plane, relay, proxy: the proxy's answer decides what the relay says."""
    snapshot = Snapshot.of(
        [cluster("c"), endpoints("c", 1), listener("l", 2, **rds("r")), routes("r", answer("/", "1"))]
    )
    behind = Server(lambda _node, _identities: "edge", time.monotonic)
    behind.listen(f"unix:{tmp_path}/behind.sock")
    relay = Client(f"unix:{tmp_path}/ads.sock", Node("relay"), ALL, lambda _: 0.01)
    proxy = Client(f"unix:{tmp_path}/behind.sock", Node("proxy"), ALL, lambda _: 0.01)

    async def relaying() -> None:
        async for update in relay.updates():
            behind.publish("edge", update.snapshot)
            while not behind.proxies.outcome("edge", update.snapshot.version).live:
                await behind.proxies.change()
            update.accept()

    async def accepting() -> None:
        async for update in proxy.updates():
            update.accept()

    server.publish("edge", snapshot)
    async with behind, asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in (relay.run(), proxy.run(), relaying(), accepting())]
        while not server.proxies.outcome("edge", snapshot.version).live:
            await server.proxies.change()
        assert proxy.accepted.resources == snapshot.resources
        for task in running:
            task.cancel()


@pytest.fixture
async def backend() -> AsyncIterator[int]:
    """The port of an upstream that says who it is."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nbackend")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    upstream = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with upstream:
        yield upstream.sockets[0].getsockname()[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def get(port: int, path: str, host: str = "test") -> tuple[int, str]:
    """The status and the body of one request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    size = int(head.partition("content-length: ")[2].split("\r\n")[0] or 0)
    body = (await reader.readexactly(size)).decode()
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body


async def becomes(expected: tuple[int, str], request: Callable[[], Awaitable[tuple[int, str]]]) -> float:
    """Ask until the answer is *expected*, and return the seconds that it took."""
    began = time.monotonic()
    async with asyncio.timeout(20):
        while True:
            try:
                if await request() == expected:
                    return time.monotonic() - began
            except OSError:
                await asyncio.sleep(0.01)


async def bring_live(server: Server, snapshot: Snapshot) -> None:
    server.publish("edge", snapshot)
    async with asyncio.timeout(20):
        while not server.proxies.outcome("edge", snapshot.version).live:
            await server.proxies.change()


@pytest.mark.journey
async def test_a_real_envoy_serves_what_is_published(
    server: Server, backend: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    port, scoped, extra = free_port(), free_port(), free_port()

    def base(connect_timeout: str) -> list[Resource]:
        return [
            cluster("c", connect_timeout),
            endpoints("c", backend),
            listener("l", port, **rds("r")),
            listener("s", scoped, **SRDS),
            scope("a.test", "a.test", answer("/", "scoped")),
        ]

    async def edit(text: str) -> float:
        """Publish other routes and return the seconds until the first request sees them."""
        server.publish("edge", Snapshot.of([*base("1s"), routes("r", answer("/", text), forward("/c", "c"))]))
        return await becomes((200, text), lambda: get(port, "/"))

    first = Snapshot.of([*base("1s"), routes("r", answer("/", "one"), forward("/c", "c"))])
    async with running_envoy(tmp_path):
        await bring_live(server, first)
        await becomes((200, "one"), lambda: get(port, "/"))
        assert await get(port, "/c") == (200, "backend")
        assert await get(scoped, "/", "a.test") == (200, "scoped")

        took = [await edit(f"edit {number}") for number in range(10)]
        record_property("route_edit_to_answer_ms", [round(seconds * 1000, 1) for seconds in took])
        assert min(took) < 1.0

        began = time.monotonic()
        await bring_live(server, Snapshot.of([*base("2s"), routes("r", forward("/", "c"))]))
        assert time.monotonic() - began < 5, "the changed cluster waited for its endpoints"
        assert await get(port, "/") == (200, "backend")

        more = [cluster("d"), endpoints("d", backend), listener("x", extra, **rds("x")), routes("x", forward("/", "d"))]
        await bring_live(server, Snapshot.of([*base("2s"), routes("r", forward("/", "d")), *more]))
        assert await get(port, "/") == (200, "backend")
        await becomes((200, "backend"), lambda: get(extra, "/"))

        bad = Resource.of("bad", from_dict({"name": "bad", "type": "EDS"}, cluster_v3.Cluster))
        twin = scope("twin", "a.test", answer("/", "twin"))
        good = scope("b.test", "b.test", answer("/", "good"))
        partly = Snapshot.of([*base("2s"), bad, twin, good, routes("r", answer("/", "partly"))])
        server.publish("edge", partly)
        outcome = await server.live("edge", partly.version, 20)
        assert {r.resource.name for r in outcome.refused[0].refused if r.resource} == {"bad", "twin"}
        assert await get(port, "/") == (200, "partly")
        assert await get(scoped, "/", "b.test") == (200, "good")
        assert await get(scoped, "/", "a.test") == (200, "scoped")


@pytest.mark.journey
async def test_a_real_envoy_that_comes_back_is_sent_what_changed(backend: int, tmp_path: Path) -> None:
    port = free_port()

    def snapshot(connect_timeout: str, text: str) -> Snapshot:
        served = routes("r", answer("/", text), forward("/c", "c"))
        return Snapshot.of(
            [cluster("c", connect_timeout), endpoints("c", backend), listener("l", port, **rds("r")), served]
        )

    def control_plane() -> Server:
        server = Server(lambda _node, _identities: "edge", time.monotonic)
        server.listen(f"unix:{tmp_path}/ads.sock")
        return server

    before = control_plane()
    async with running_envoy(tmp_path):
        async with before:
            await bring_live(before, snapshot("1s", "before"))
            await becomes((200, "before"), lambda: get(port, "/"))
        assert await get(port, "/") == (200, "before"), "it goes on without a control plane"
        after = control_plane()
        async with after:
            await bring_live(after, snapshot("2s", "after"))
            assert await get(port, "/") == (200, "after")
            assert await get(port, "/c") == (200, "backend")
