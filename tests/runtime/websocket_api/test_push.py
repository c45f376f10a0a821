"""Where services reach clients, and what is told of them: orders that this proxy obeys itself."""

import asyncio
import time

import pytest

from crossway.model.websocket_api import CompiledPush
from crossway.runtime.handler import Tools
from crossway.runtime.stores import MemoryStore
from crossway.runtime.websocket_api.events import EventClient
from crossway.runtime.websocket_api.hub import HUB
from crossway.runtime.websocket_api.push import make
from crossway.sdk.http import Request, Response


async def nowhere(*_: object) -> Response:
    raise ConnectionError


async def push(method: str, path: str, body: bytes = b"") -> Response:
    tools = Tools(nowhere, MemoryStore(1_000), time.time, lambda _: None)
    handler = make(CompiledPush(api="push", max_message=10).model_dump_json().encode(), "", tools)
    return await handler(Request(method, f"/ws/{path}", {}, body), nowhere)


async def test_a_client_is_reached_until_it_has_gone():
    client = EventClient(HUB.new_id(), "push", Request("GET", "/"), 10)
    HUB.come(client, ())
    stream = client.pieces()
    await anext(stream)
    assert (await push("POST", f"@connections/{client.id}", b"hi")).status == 204
    assert b"data: hi" in await asyncio.wait_for(anext(stream), 5)
    assert (await push("PUT", f"@groups/g%20h/{client.id}")).status == 204
    about = await push("GET", f"@connections/{client.id}")
    assert about.json()["groups"] == ["g h"]
    assert (await push("POST", "@groups/g%20h", b"all")).status == 204
    assert b"data: all" in await asyncio.wait_for(anext(stream), 5)
    assert (await push("DELETE", f"@groups/g%20h/{client.id}")).status == 204
    assert (await push("DELETE", f"@connections/{client.id}")).status == 204
    assert client.is_gone
    HUB.leave(client)
    assert (await push("POST", f"@connections/{client.id}", b"hi")).status == 410


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "@connections/x", b"x" * 11, 413),
        ("POST", "@connections/x", b"\xff", 400),
        ("PATCH", "@connections/x", b"", 405),
        ("POST", "@groups/g/x", b"", 405),
        ("GET", "@groups/", b"", 404),
        ("GET", "elsewhere", b"", 404),
    ],
)
async def test_what_is_asked_wrong(method, path, body, status):
    assert (await push(method, path, body)).status == status
