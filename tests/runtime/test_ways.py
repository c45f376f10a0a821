"""Which way requests take, as a backend sees it: Envoy's own client joins cookies, as HTTP/2 does."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.scripted import Scripted, saying
from harness.twins import PYTHON, WAY, twins

pytestmark = pytest.mark.journey

LARGE = 2**20
NOTHING = b"HTTP/1.1 204 No Content\r\n\r\n"
ROUTES = ("requests", "long", "chunked", "short", "accents", "empty")


@dataclass
class World:
    gateway: Gateway
    peer: Scripted

    async def by_socket(self, path: str, *, host: str = "test", fields: str = "", body: bytes = b"") -> bool:
        """Send a request, take the whole answer, and return whether it went over the socket."""
        count = len(self.peer.exchanges)
        fields = f"{WAY}: {PYTHON}\r\ncookie: a=1\r\ncookie: b=2\r\nconnection: close\r\n{fields}"
        head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\n{fields}\r\n"
        async with connected(self.gateway.port("http"), beginning=head.encode()) as connection:
            connection.writer.write(body)
            async with asyncio.timeout(15):
                while await connection.reader.read(LARGE):
                    pass
        (exchange,) = self.peer.exchanges[count:]
        return len(exchange.values(b"cookie")) == 2


@pytest.fixture(scope="module")
def world(background: Background) -> Iterator[World]:
    with background.entered(Scripted()) as peer:
        routes = {name: {"matches": [{"path": f"/{name}/*"}], "to": "peer"} for name in ROUTES}
        config = twins(routes, {"peer": {"endpoints": [f"127.0.0.1:{peer.port}"]}})
        with background.entered(Gateway(config)) as gateway:
            yield World(gateway, peer)


@pytest.mark.parametrize(
    ("request_", "by_socket"),
    [
        ({}, False),
        ({"fields": "content-length: 5\r\n", "body": b"hello"}, False),
        ({"fields": f"content-length: {LARGE}\r\n", "body": bytes(LARGE)}, False),
        ({"fields": f"content-length: {LARGE + 1}\r\n", "body": bytes(LARGE + 1)}, True),
        ({"fields": "transfer-encoding: chunked\r\n", "body": b"1\r\na\r\n0\r\n\r\n"}, True),
        ({"host": "Test"}, True),
        ({"path": "?q='a'"}, True),
        ({"path": "?q=%27a%27"}, False),
    ],
    ids=["no body", "short", "as long as may be", "longer", "unknown", "host", "quotes", "escapes"],
)
async def test_a_request_goes_by_what_it_is(world, request_, by_socket):
    path = "/requests/x" + request_.pop("path", "")

    async def script(exchange) -> None:
        lengths = exchange.values(b"content-length")
        if lengths:
            await exchange.reader.readexactly(int(lengths[0]))
        else:
            await exchange.reader.readuntil(b"0\r\n\r\n")
        await exchange.say(NOTHING)

    world.peer.scripts[path] = script
    assert await world.by_socket(path, **request_) == by_socket


@pytest.mark.parametrize(
    ("route", "raw", "by_socket"),
    [
        ("long", b"content-length: %d\r\n\r\n" % (LARGE + 1) + bytes(LARGE + 1), True),
        (
            "chunked",
            b"transfer-encoding: chunked\r\n\r\n%x\r\n" % (LARGE + 1) + bytes(LARGE + 1) + b"\r\n0\r\n\r\n",
            True,
        ),
        ("short", b"content-length: %d\r\n\r\n" % LARGE + bytes(LARGE), False),
        ("accents", b"x-name: caf\xe9\r\ncontent-length: 0\r\n\r\n", True),
        ("empty", b"content-length: 0\r\n\r\n", False),
    ],
)
async def test_a_route_goes_by_what_it_answered(world, route, raw, by_socket):
    path = f"/{route}/x"
    world.peer.scripts[path] = saying(b"HTTP/1.1 200 OK\r\n" + raw)
    assert not await world.by_socket(path)
    assert await world.by_socket(path) == by_socket
