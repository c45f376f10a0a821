"""What one route, one connection and one service may take, asked of the running product."""

import asyncio
import socket
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Self

import pyqwest
import pytest
from websockets.asyncio.client import connect

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.upstreams import Upstreams
from harness.waiting import DEADLINE, until

pytestmark = pytest.mark.journey

MIB = 2**20
PART = b"x" * 65_536

CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      calm: {port: $calm, policies: {connection_limit: {rate: 5/hour}}}
services:
  echo: "http://127.0.0.1:$echo"
  websocket: "http://127.0.0.1:$websocket"
  sink: "http://127.0.0.1:$sink"
  zones:
    endpoints:
    - {address: "127.0.0.1:$failing", zone: a}
    - {address: "127.0.0.1:$working", zone: b, priority: 1}
routes:
  small: {matches: [{path: /small}], to: sink, policies: {request_limit: 1MiB}}
  large: {matches: [{path: /large}], to: sink, policies: {request_limit: 1GiB}}
  slow: {matches: [{path: /slow}, {path: /also-slow}], to: echo, policies: {bandwidth_limit: {download: 256KiB/s}}}
  slow_up: {matches: [{path: /slow-up}], to: sink, policies: {bandwidth_limit: {upload: 256KiB/s}}}
  few: {matches: [{path: /few}], to: echo, policies: {concurrency_limit: 3}}
  adaptive:
    matches: [{path: /adaptive}]
    to: echo
    policies: {concurrency_limit: {adaptive: {minimum: 2, headroom: 100%, samples: 10}}}
  away:
    matches: [{path: /away}]
    to: zones
    policies: {retry: {attempts: 1, on: [500], other_priority: true}}
  same:
    matches: [{path: /same}]
    to: zones
    policies: {retry: {attempts: 1, on: [500]}}
  kept: {matches: [{path: /kept}], to: echo, policies: {retry: {attempts: 1, on: [503], max_body: 1MiB}}}
  not_kept: {matches: [{path: /not-kept}], to: echo, policies: {retry: {attempts: 1, on: [503]}}}
  chat: {matches: [{path: /chat}], to: websocket, policies: {request_limit: 16B}}
"""


class Sink:
    """Counts the bytes of bodies and keeps none: answers with their number, and remembers what broke off."""

    async def __aenter__(self) -> Self:
        self.broken: list[int] = []
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = 0
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            if "content-length:" in head:
                length = int(head.partition("content-length:")[2].splitlines()[0])
                while size < length:
                    size += len(await some(reader, length - size))
            while "chunked" in head and (chunk := int(await reader.readline(), 16)):
                size += len(await reader.readexactly(chunk))
                await reader.readline()
            writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n%d" % size)
            await writer.drain()
        except (EOFError, ConnectionError, ValueError):
            self.broken.append(size)
        writer.close()


async def some(reader: asyncio.StreamReader, at_most: int) -> bytes:
    """Return what comes next, `EOFError` if nothing does."""
    if not (data := await reader.read(min(at_most, len(PART)))):
        raise EOFError
    return data


@pytest.fixture(scope="module")
def sink(background: Background) -> Iterator[Sink]:
    with background.entered(Sink()) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams, sink: Sink) -> Iterator[Gateway]:
    failing = upstreams.echo()
    failing.broken = True
    ports = {
        "echo": upstreams.echo().port,
        "websocket": upstreams.websocket().port,
        "sink": sink.port,
        "failing": failing.port,
        "working": upstreams.echo("working").port,
    }
    with background.entered(Gateway(CONFIG, **ports)) as running:
        yield running


async def parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // len(PART)):
        yield PART


async def upload(
    gateway: Gateway, path: str, size: int, version: pyqwest.HTTPVersion, headers: dict[str, str]
) -> tuple[int, bytes]:
    """Send a body of *size*, a piece at a time, and return the status and the answer."""
    url = f"http://127.0.0.1:{gateway.port('http')}{path}"
    transport = pyqwest.HTTPTransport(http_version=version, enable_otel=False)
    stream = pyqwest.Client(transport).stream("POST", url, headers, parts(size))
    async with transport, asyncio.timeout(DEADLINE), stream as response:
        return response.status, b"".join([bytes(part) async for part in response.content])


def peak_memory(gateway: Gateway) -> int:
    """Return the most memory that the proxy has had, in bytes."""
    (envoy,) = gateway.children()
    status = Path(f"/proc/{envoy}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


HTTP1, HTTP2 = pyqwest.HTTPVersion.HTTP1, pyqwest.HTTPVersion.HTTP2


@pytest.mark.parametrize("length", [{}, {"content-length": str(100 * MIB)}], ids=["streamed", "length"])
@pytest.mark.parametrize("version", [HTTP1, HTTP2])
async def test_a_large_body_below_the_limit_passes_without_being_kept(
    gateway: Gateway, version: pyqwest.HTTPVersion, length: dict[str, str]
) -> None:
    assert await upload(gateway, "/large", MIB, version, {}) == (200, b"%d" % MIB)
    before = peak_memory(gateway)
    assert await upload(gateway, "/large", 100 * MIB, version, length) == (200, b"%d" % (100 * MIB))
    assert peak_memory(gateway) - before < 16 * MIB


async def test_a_body_that_turns_out_too_large_is_cut_off(gateway: Gateway, sink: Sink) -> None:
    sink.broken.clear()
    async with connected(gateway.port("http")) as connection:
        connection.writer.write(b"POST /small HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(MIB // len(PART)):
            connection.writer.write(b"%x\r\n%b\r\n" % (len(PART), PART))
        await connection.writer.drain()
        connection.writer.write(b"1\r\nx\r\n")
        answer = await asyncio.wait_for(connection.reader.readuntil(b"\r\n\r\n"), DEADLINE)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
    (received,) = await until(lambda: sink.broken)
    assert 0 < received <= MIB


async def test_a_stream_that_turns_out_too_large_is_cut_off(gateway: Gateway) -> None:
    status, body = await upload(gateway, "/small", 2 * MIB, HTTP2, {})
    assert (status, b'"detail":"request_payload_too_large"' in body) == (413, True)


async def test_what_a_websocket_carries_is_no_body(gateway: Gateway) -> None:
    async with connect(f"ws://127.0.0.1:{gateway.port('http')}/chat") as connection:
        await connection.recv()
        await connection.send("much more than sixteen bytes")
        assert await connection.recv() == "much more than sixteen bytes"


async def seconds(gateway: Gateway, path: str, size: int) -> float:
    """Return how long a request with a body of *size* takes."""
    began = time.monotonic()
    status, _ = await upload(gateway, path, size, HTTP2, {})
    assert status == 200
    return time.monotonic() - began


async def test_bodies_flow_no_faster_than_they_may(gateway: Gateway) -> None:
    assert await seconds(gateway, "/slow-up", len(PART)) < 1  # it is small
    async with asyncio.TaskGroup() as tasks:
        up = tasks.create_task(seconds(gateway, "/slow-up", MIB))
        down = tasks.create_task(seconds(gateway, "/slow", MIB // 2))
        also_down = tasks.create_task(seconds(gateway, "/also-slow", MIB // 2))
    # Three seconds each, since a route has a limit and not its matches, and the first quarter is free.
    assert up.result() > 1.5
    assert max(down.result(), also_down.result()) > 1.5


async def statuses(gateway: Gateway, path: str, requests: int) -> Counter[int]:
    """Send so many requests at once, and count how they are answered."""
    answers = await asyncio.gather(*(gateway.get(path) for _ in range(requests)))
    refused = [answer.json for answer in answers if answer.status != 200]
    assert {problem["detail"] for problem in refused} <= {"reached_concurrency_limit"}
    return Counter(answer.status for answer in answers)


async def test_no_more_requests_are_under_way_than_allowed(gateway: Gateway) -> None:
    for _ in range(2):
        assert await statuses(gateway, "/few?delay=500ms", 8) == {200: 3, 503: 5}


async def test_requests_that_are_given_up_are_not_under_way(gateway: Gateway) -> None:
    async def give_up() -> None:
        async with connected(gateway.port("http")) as connection:
            connection.writer.write(b"GET /few?delay=10s HTTP/1.1\r\nhost: test\r\n\r\n")
            await connection.writer.drain()

    async def is_free() -> bool:
        return await statuses(gateway, "/few?delay=100ms", 3) == {200: 3}

    for _ in range(4):
        await give_up()
    await until(is_free)


async def test_an_adaptive_limit_follows_the_backend(gateway: Gateway) -> None:
    async def serves_all() -> bool:
        return await statuses(gateway, "/adaptive?delay=50ms", 20) == {200: 20}

    async def refuses() -> bool:
        answered = await statuses(gateway, "/adaptive?delay=500ms", 20)
        assert answered[200] >= 2
        return answered[503] >= 10

    await until(serves_all)
    await until(refuses)
    await until(serves_all)


async def test_no_more_connections_are_opened_than_allowed(gateway: Gateway) -> None:
    async def is_served() -> bool:
        try:
            return (await gateway.get("/few", at="calm")).status == 200
        except ConnectionError:
            return False

    assert [await is_served() for _ in range(7)] == [True] * 5 + [False] * 2
    assert (await gateway.get("/few")).status == 200


async def test_a_rate_can_be_changed(upstreams: Upstreams) -> None:
    config = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes: {slow: {to: echo, policies: {bandwidth_limit: {download: %s/s}}}}
"""
    async with Gateway(config % "1KiB", echo=upstreams.echo().port) as gateway:
        await gateway.edit(config % "100MiB")
        assert await seconds(gateway, "/", MIB // 4) < DEADLINE / 2


async def test_a_retry_leaves_the_zone_that_failed(gateway: Gateway) -> None:
    for _ in range(5):
        assert (await gateway.get("/same")).status == 500
        assert (await gateway.get("/away")).json["service"] == "working"


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/not-kept", 2**14, 200), ("/not-kept", 2**17, 503), ("/kept", 2**17, 200), ("/kept", 2**20 - 1, 200)],
)
async def test_a_retry_needs_the_body_again(gateway: Gateway, path: str, size: int, status: int) -> None:
    headers = {"x-case-id": uuid.uuid4().hex}
    answer = await gateway.get(f"{path}?fail=1", method="PUT", headers=headers, body="x" * size)
    assert answer.status == status


PLAIN = """
gateways: {edge: {listeners: {http: $http}, policies: {limits: {connection_buffer: 1MiB}}}}
services:
  echo: "http://127.0.0.1:$echo"
  stalled: {endpoints: ["127.0.0.1:$stalled"], policies: {connection: {buffer: 1MiB}}}
routes:
  echo: {to: echo}
  stalled: {matches: [{path: /stalled}], to: stalled}
"""


async def serves(gateway: Gateway) -> bool:
    try:
        return (await asyncio.wait_for(gateway.get("/"), 1)).status == 200
    except (ConnectionError, TimeoutError):
        return False


async def test_a_flood_of_connections_is_refused_and_the_rest_served(upstreams: Upstreams) -> None:
    async def is_served(stack: AsyncExitStack) -> bool:
        connection = await stack.enter_async_context(connected(gateway.port("http")))
        try:
            return (await connection.request("/")).status == 200
        except ConnectionError:
            return False

    async with Gateway(PLAIN, "--max-connections", "20", echo=upstreams.echo().port, stalled=1) as gateway:
        async with AsyncExitStack() as stack:
            assert sum([await is_served(stack) for _ in range(500)]) == 20
            assert (await gateway.envoy.get("/ready")).startswith(b"LIVE")
        await until(lambda: serves(gateway))
        assert "crashed" not in gateway.log


async def test_memory_that_runs_out_costs_requests_and_not_the_proxy(upstreams: Upstreams) -> None:
    async def held() -> str:
        """Send more than anybody takes, and return the status of the answer, ``closed`` or ``held``."""
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("http"))
        writer.write(b"POST /stalled HTTP/1.1\r\nhost: test\r\ncontent-length: 100000000\r\n\r\n" + PART * 128)
        try:
            answer = await asyncio.wait_for(reader.readline(), 4)
        except ConnectionError:
            return "closed"
        except TimeoutError:
            return "held"
        finally:
            writer.transport.abort()
        return answer.split()[1].decode() if answer else "closed"

    stalled = socket.create_server(("127.0.0.1", 0), backlog=1000)  # nobody accepts, and so nobody reads
    ports = {"echo": upstreams.echo().port, "stalled": stalled.getsockname()[1]}
    with closing(stalled):
        async with Gateway(PLAIN, "--max-memory", "128", **ports) as gateway:
            outcomes = Counter(await asyncio.gather(*(held() for _ in range(300))))
            assert set(outcomes) <= {"408", "503", "closed", "held"}
            assert outcomes["408"] + outcomes["503"] + outcomes["closed"] > 0
            await until(lambda: serves(gateway))
            assert "crashed" not in gateway.log
