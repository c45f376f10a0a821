"""WebSockets to backends on routes with Python, asked of the running product."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.background import Background
from harness.gateway import Gateway
from harness.servers import WebSocketEcho
from harness.steady import steady
from harness.twins import NATIVE
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

LARGE = 2**20
PIECE = 65_536
HELD = 48 * LARGE
"""How much may be on its way while nobody takes it: in buffers of the proxy and of the kernel."""
HOOKS = {
    "head": """
@plugin
async def run(head: Head) -> None:
    head.headers["x-head"] = head.headers.get("upgrade")
""",
    "request": """
@plugin
async def run(request: Request) -> None:
    assert await request.read() == b""
    request.query = "by=request"
""",
    "response": """
@plugin
async def run(request: Request, response: Response) -> None:
    assert response.status == 101
    assert await response.read() == b""
    response.headers["x-response"] = "1"
""",
    "around": """
@plugin
async def run(request: Request, call_next: Next) -> Response:
    response = await call_next(request)
    response.headers["x-around"] = "1"
    return response
""",
}
ENDING = {
    "refusing": """
@plugin
async def run(head: Head) -> Response:
    return Response(403, {"x-why": "because"}, "not you")
""",
    "replacing": """
@plugin
async def run(request: Request, call_next: Next) -> Response:
    await call_next(request)
    return Response(403, {"x-why": "because"}, "not you")
""",
    "restating": """
@plugin
async def run(request: Request, response: Response) -> None:
    response.status = 403
    response.headers["x-why"] = "because"
    response.body = "not you"
""",
    "failing": """
@plugin
async def run(request: Request, response: Response) -> None:
    raise ValueError
""",
    "inventing": """
@plugin
async def run(head: Head) -> Response:
    return Response(101, {"upgrade": "websocket", "connection": "upgrade"})
""",
}
WAYS = [NATIVE, *HOOKS, "open", "process", "all"]


def configuration(backend: WebSocketEcho) -> str:
    plugins = {
        name: {
            "source": f"from crossway import Head, Next, Request, Response, plugin\n{code}",
            "attribute": "run",
            **({"isolation": "process"} if name.startswith("process") else {}),
            **({"failure": "open"} if name == "open" else {}),
        }
        for name, code in {
            **HOOKS,
            **ENDING,
            "open": ENDING["failing"],
            "process": HOOKS["around"],
            "process-replacing": ENDING["replacing"],
            "process-inventing": ENDING["inventing"],
        }.items()
    }
    policies: dict[str, dict[str, object]] = {name: {"plugins": [name]} for name in plugins}
    policies[NATIVE] = {}
    policies["all"] = {
        "plugins": [*HOOKS, "process"],
        "cache": {},
        "transform": {"response": [{"xml_to_json": {}}]},
    }
    policies["off"] = {"plugins": ["head"], "websocket": False}
    config = {
        "gateways": {"edge": {"listeners": {"http": "$http"}}},
        "services": {"echo": {"endpoints": [f"127.0.0.1:{backend.port}"]}},
        "plugins": plugins,
        "routes": {
            name: {"matches": [{"path": f"/{name}"}], "to": "echo", "policies": given}
            for name, given in policies.items()
        },
    }
    return json.dumps(config).replace("$", "$$").replace('"$$http"', "$http")


@dataclass
class World:
    gateway: Gateway
    backend: WebSocketEcho
    config: str

    @asynccontextmanager
    async def opened(self, way: str, **options: object) -> AsyncIterator[ClientConnection]:
        """Open a WebSocket, and take its first message: the path that the backend was asked for."""
        async with connect(f"ws://127.0.0.1:{self.gateway.port('http')}/{way}", **options) as socket:
            path = await asyncio.wait_for(socket.recv(), 15)
            assert path == (f"/{way}" if way not in ("request", "all") else f"/{way}?by=request")
            yield socket


@pytest.fixture(scope="module")
def world(background: Background, upstreams: Upstreams) -> Iterator[World]:
    backend = upstreams.websocket()
    config = configuration(backend)
    with background.entered(Gateway(config)) as gateway:
        yield World(gateway, backend, config)


async def echoed(socket: ClientConnection, message: str | bytes) -> None:
    """Send *message*, which has to come back."""
    await socket.send(message)
    assert await asyncio.wait_for(socket.recv(), 15) == message


@pytest.mark.parametrize("way", WAYS)
async def test_messages_pass_in_both_directions(world, way):
    async with world.opened(way) as socket:
        for message in ("text", b"bytes", "", "x" * LARGE, b"y" * LARGE):
            await echoed(socket, message)
        headers = socket.response.headers
        assert ("x-response" in headers) == (way in ("response", "all"))
        assert ("x-around" in headers) == (way in ("around", "process", "all"))
        assert not [name for name in headers if name.startswith("x-crossway")]
    assert socket.close_code == 1000
    await until(lambda: world.backend.connections == 0)


@pytest.mark.parametrize("way", WAYS)
async def test_who_leaves_is_gone_for_the_other(world, way):
    async with world.opened(way) as socket:
        await until(lambda: world.backend.connections == 1)
        socket.transport.abort()
        await until(lambda: world.backend.connections == 0)
    async with world.opened(way) as socket:
        await socket.send("leave")
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 15)


@pytest.mark.parametrize(
    ("way", "status", "said"),
    [
        *((way, 403, "not you") for way in ("refusing", "replacing", "restating", "process-replacing")),
        ("failing", 500, "plugin.failed"),
        ("inventing", 500, "plugin.invalid_answer"),
        ("process-inventing", 500, "plugin.invalid_answer"),
        ("off", 403, ""),
    ],
)
async def test_a_plugin_decides_whether_it_is_opened(world, way, status, said):
    with pytest.raises(InvalidStatus) as refused:
        async with world.opened(way):
            pass
    response = refused.value.response
    assert (response.status_code, response.headers.get("x-why")) == (status, "because" if said == "not you" else None)
    assert said in response.body.decode()
    await until(lambda: world.backend.connections == 0)


@pytest.mark.parametrize("way", [NATIVE, "around", "process"])
async def test_each_side_waits_for_the_other(world, way):
    async with world.opened(way, compression=None, max_queue=1) as socket:
        sent = 0

        async def pour() -> None:
            nonlocal sent
            while True:
                await socket.send(bytes(PIECE))
                sent += PIECE

        pouring = asyncio.ensure_future(pour())
        assert await steady(lambda: sent) < HELD
        pouring.cancel()
        await asyncio.wait((pouring,))
        socket.transport.abort()
    await until(lambda: world.backend.connections == 0)


async def test_one_that_is_open_outlives_a_change(world):
    async with world.opened("around") as socket:
        for change in ("2", "3"):
            said = '[\\"x-around\\"] = \\"{}\\"'
            await world.gateway.edit(world.config.replace(said.format("1"), said.format(change)))
            await echoed(socket, change)
            async with world.opened("around") as other:
                assert other.response.headers["x-around"] == change
    await world.gateway.edit(world.config)


async def test_nothing_of_it_is_an_error_of_ours(world):
    """The last of those that share a gateway: what they had it say."""
    said = world.gateway.log
    assert "never retrieved" not in said
    assert said.count("Traceback") == said.count("crossway: ValueError\n")
