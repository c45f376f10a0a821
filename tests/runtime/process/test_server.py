import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Raw, json
from websockets.asyncio.client import unix_connect
from websockets.exceptions import InvalidStatus

from crossway.compile.program import Bounds, Code, PluginStep, digest
from crossway.runtime.process.application import Application
from crossway.runtime.process.order import Run
from crossway.runtime.process.server import Server
from harness import client
from harness.waiting import until

from .scene import HEAD

ECHO = """
from crossway.sdk.websocket import WebSocket
@plugin
async def stamp(socket: WebSocket) -> None:
    if socket.params.get("do") == "deny":
        return await socket.deny(Response(418, body=b"no"))
    if socket.params.get("do") == "raise":
        raise ValueError
    await socket.accept(subprotocol=next(iter(socket.subprotocols), None))
    async for message in socket:
        await socket.send(message)
"""
WEB = """
@plugin
async def stamp(request: Request) -> Response:
    return Response(200, json={"body": (await request.read()).decode(), "path": request.target})
"""
MOUNTED = """
from crossway.sdk.handlers import Handlers, Mount
async def site(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": scope["root_path"]})
        await send({"type": "websocket.close"})
handlers = Handlers()
handlers.add("site", Mount("site", "/admin", site))
stamp = handlers.site
"""


@asynccontextmanager
async def served(path: Path, text: str) -> AsyncIterator[Path]:
    """Serve the plugin of *text* at a socket below *path*."""
    code = Code("stamp.py", HEAD + text)
    step = PluginStep("stamp", digest(code), "stamp", settings=Raw(json.encode({})), bounds=Bounds())
    app = Application(code)
    await app.adopt({"word": Run(step, "routes.a", "inner")})
    server = Server(app, str(path / "s"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.run())
        await until((path / "s").exists)
        yield path / "s"
        server.stop()
    await app.end(1)


WORD = {"x-crossway-entry": "word"}


async def test_requests_are_answered(tmp_path: Path) -> None:
    async with served(tmp_path, WEB) as socket:
        answer = await client.over_socket(
            socket, "/a%20b?c", method="POST", headers=WORD | {"content-length": "4"}, body="body"
        )
        assert (answer.status, answer.json) == (200, {"body": "body", "path": "/a%20b?c"})


async def test_messages_pass_in_both_directions(tmp_path: Path) -> None:
    async with (
        served(tmp_path, ECHO) as socket,
        unix_connect(str(socket), "ws://x/", additional_headers=WORD, subprotocols=["chat"]) as connection,  # type: ignore[list-item]
    ):
        assert connection.subprotocol == "chat"
        for message in ("text", b"bytes", "é" * 100_000):
            await connection.send(message)
            assert await connection.recv() == message


@pytest.mark.parametrize(("do", "status"), [("deny", 418), ("raise", 500)])
async def test_a_handshake_that_is_refused_or_fails_has_an_answer(tmp_path: Path, do: str, status: int) -> None:
    async with served(tmp_path, ECHO) as socket:
        with pytest.raises(InvalidStatus) as refused:
            async with unix_connect(str(socket), f"ws://x/?do={do}", additional_headers=WORD):
                pass
        assert refused.value.response.status_code == status


async def test_a_request_where_only_websockets_are_answered(tmp_path: Path) -> None:
    async with served(tmp_path, ECHO) as socket:
        answer = await client.over_socket(socket, "/", headers=WORD)
        assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
        assert answer.json["code"] == "websocket.required"


async def test_a_websocket_where_none_is_answered(tmp_path: Path) -> None:
    async with served(tmp_path, WEB) as socket:
        with pytest.raises(InvalidStatus) as refused:
            async with unix_connect(str(socket), "ws://x/", additional_headers=WORD):
                pass
        assert refused.value.response.status_code == 403


async def test_a_mounted_app_has_its_own_websockets(tmp_path: Path) -> None:
    async with (
        served(tmp_path, MOUNTED) as socket,
        unix_connect(str(socket), "ws://x/admin/a", additional_headers=WORD) as connection,
    ):
        assert await connection.recv() == "/admin"
