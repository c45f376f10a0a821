"""One API: who may come, what a message asks for, and who has to go."""

import asyncio
import json
import time

from crossway.model.operation import Called, Operation
from crossway.model.websocket_api import CONNECT, DISCONNECT, CompiledApi, WebSocketApi
from crossway.runtime.handler import Tools
from crossway.runtime.stores import MemoryStore
from crossway.runtime.websocket_api.api import Api
from crossway.runtime.websocket_api.clients import WebSocketClient
from crossway.runtime.websocket_api.hub import HUB
from crossway.sdk.http import Request, Response
from harness.waiting import until


class Told:
    """Takes note of what a service is told, and of what a client is."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.pushed: list[str | bytes] = []

    async def call(self, service: str, request: Request) -> Response:
        self.calls.append(f"{service} {request.method} {request.target} {request.body.decode()}".strip())
        return Response(403 if "refuse" in request.target else 200, json={"path": request.path})

    async def write(self, data: bytes, more: bool) -> None:
        self.pushed.append(data if more else b"")


def api(told: Told, name: str, **operations: dict[str, object]) -> Api:
    calls = {
        word.replace("_", "$"): Called(operation=Operation.model_validate({"service": "s", **operation}))
        for word, operation in operations.items()
    }
    spec = WebSocketApi.model_validate({"groups": ["g-{connection.query.room}"], "max_connections": 1})
    tools = Tools(told.call, MemoryStore(1_000), time.time, lambda _: None)
    return Api(CompiledApi(name=name, spec=spec, calls=calls), tools)


def client(told: Told, name: str, target: str = "/?room=1") -> WebSocketClient:
    return WebSocketClient(HUB.new_id(), name, Request("GET", target), None, told.write, 1_000)


async def test_who_comes_is_found_until_it_has_left():
    told = Told()
    one = api(told, "found", _connect={"path": "/in"}, _disconnect={"path": "/out", "query": {"code": "{close.code}"}})
    assert {CONNECT, DISCONNECT} <= one._calls.keys()
    ada, bob = client(told, "found"), client(told, "found")
    assert await one.admit(ada) is None
    refused = await one.admit(bob)
    assert refused is not None
    assert refused.status == 503
    assert HUB.members("found", "g-1") == [ada]
    one.leave(ada)
    one.leave(ada)
    assert HUB.members("found", None) == []
    await until(lambda: told.calls == ["s GET /in", "s GET /out?code=1006"])
    assert await one.admit(bob) is None
    one.leave(bob)


async def test_who_is_refused_takes_no_room():
    told = Told()
    one = api(told, "refused", _connect={"path": "/refuse"})
    for _ in range(2):
        refused = await one.admit(client(told, "refused"))
        assert refused is not None
        assert refused.status == 403


async def test_a_message_is_a_call():
    told = Told()
    one = api(told, "called", say={"path": "/{message.to}", "method": "POST", "body": "message.text"})
    ada = client(told, "called")
    ada.begin()
    await one.message(ada, json.dumps({"action": "say", "to": "b", "text": "hi"}))
    await one.message(ada, json.dumps({"action": "$connect"}))
    await asyncio.sleep(0)
    await ada.flushed()
    assert told.calls == ['s POST /b "hi"']
    assert b'{"path":"/b"}' in b"".join(map(bytes, told.pushed))
    assert b"websocket_api.no_route" in b"".join(map(bytes, told.pushed))
