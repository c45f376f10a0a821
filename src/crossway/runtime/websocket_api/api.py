"""One API: who may come, what a message asks for, and who has to go.

Law: the messages of one client are done one after the other, and what it says meanwhile waits in the proxy.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec import json

from crossway.compile.program import PEER, RESERVED
from crossway.model.call import ALWAYS_FORWARDED
from crossway.model.websocket_api import CONNECT, DEFAULT, DISCONNECT, CompiledApi, WebSocketApi
from crossway.runtime import strict
from crossway.runtime.calling import Caller, CallError
from crossway.runtime.composing.expressions import Context, Interpreter, Pattern, UnfitError, expression
from crossway.runtime.handler import Tools
from crossway.runtime.problem import problem
from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.clients import Client, WebSocketClient
from crossway.runtime.websocket_api.events import EventClient
from crossway.runtime.websocket_api.hub import HUB
from crossway.sdk.http import Headers, Request, Response

LOOKS: Final = 8
"""How often clients are looked at within the shortest of their times."""
LEAVING: Final = 64
"""How many operations `disconnect` run at once: a proxy that is cut off loses all its clients at once."""
LAST_CALL: Final = 30.0
"""Seconds that such an operation may take."""
_FULL: Final = {
    "proxy": (503, "websocket_api.full", "So many clients are connected that there is no room for one more."),
    "consumer": (429, "websocket_api.too_many", "This consumer has as many connections as it may."),
}


class Api:
    """One API, in one loop."""

    def __init__(self, settings: CompiledApi, tools: Tools) -> None:
        self.name, self.spec = settings.name, settings.spec
        self._calls = {name: Caller(called, tools) for name, called in settings.calls.items()}
        self._route_by = expression(self.spec.route_by)
        self._groups = [Pattern(text) for text in self.spec.groups]
        forwarded = (name for called in settings.calls.values() for name in called.operation.forward)
        self._kept = None if settings.keeps_headers else frozenset({*ALWAYS_FORWARDED, PEER, *forwarded})
        self._rate = self.spec.rate.requests, self.spec.rate.per.seconds
        self._times = _times(self.spec)
        self._clients: dict[str, WebSocketClient | EventClient] = {}
        self._is_timed = False
        self._leaving = asyncio.Semaphore(LEAVING)
        self._last_calls: set[asyncio.Task[None]] = set()

    # Who comes.

    async def admit(self, client: WebSocketClient | EventClient) -> Response | None:
        """Take *client* in, or return what its handshake is refused with."""
        full = HUB.reserve(
            self.name, client.consumer, self.spec.max_connections, self.spec.max_connections_per_consumer
        )
        if full is not None:
            return problem(*_FULL[full])
        is_in = False
        try:
            context = self._context(client)
            groups = [pattern.fill(context, Interpreter()) for pattern in self._groups]
            if (call := self._calls.get(CONNECT)) is not None:
                await call(context, client.request)
            is_in = True
        except CallError as error:
            status = error.status if error.code != "call.refused" or 400 <= error.status < 500 else 502
            return problem(status, f"websocket_api.{error.code.removeprefix('call.')}", error.detail)
        except UnfitError as error:
            return problem(400, "websocket_api.group", f"The groups of this connection cannot be told: {error}.")
        finally:
            if not is_in:
                HUB.release(self.name, client.consumer)
        client.request = self._remembered(client.request)
        self._clients[client.id] = client
        HUB.come(client, filter(None, groups))
        self._time()
        return None

    def _remembered(self, request: Request) -> Request:
        """Return what of *request* is kept for as long as the connection lasts."""
        fields = request.headers.items()
        if self._kept is not None:
            fields = [field for field in fields if field[0] in self._kept]
        return Request("GET", request.target, Headers.of(fields))

    def _context(self, client: Client) -> Context:
        """Return what expressions of every operation see."""
        request = client.request
        connection = {
            "id": client.id,
            "groups": [*client.groups],
            "query": request.params,
            "headers": {name: value for name, value in request.headers.items() if name not in RESERVED},
            "subprotocol": client.subprotocol,
        }
        return {
            "connection": connection,
            "consumer": {"name": request.consumer, "groups": [*request.groups]},
        }

    # What they say.

    async def message(self, client: WebSocketClient, text: str) -> None:
        """Do what a message of *client* asks for, and send what comes of it."""
        if not client.may_speak(*self._rate):
            client.close(frames.POLICY, "too many messages")
            return
        try:
            said, call = self._read(text)
        except strict.AmbiguousError as error:
            client.push(_error("websocket_api.ambiguous", f"The message {error}."))
            return
        if call is None:
            client.push(_error("websocket_api.no_route", "No operation is there for this message."))
            return
        try:
            answer = await call({**self._context(client), "message": said}, client.request)
        except CallError as error:
            code = f"websocket_api.{error.code.removeprefix('call.')}"
            client.push(_error(code, error.detail, status=error.status, body=error.body))
            return
        if answer is not None:
            client.push(json.encode(answer).decode())

    def _read(self, text: str) -> tuple[object, Caller | None]:
        """Return what a message says, and the operation for it."""
        default = self._calls.get(DEFAULT)
        try:
            said = strict.read(text)
        except strict.AmbiguousError:
            raise
        except ValueError:
            return text, default
        try:
            name = self._route_by(said, Interpreter()) if isinstance(said, dict) else None
        except UnfitError:
            name = None
        return said, self._calls.get(name, default) if isinstance(name, str) and name[:1] != "$" else default

    # Who goes.

    def leave(self, client: WebSocketClient | EventClient) -> None:
        """Take note that *client* has gone, and tell the service that wants to know."""
        if self._clients.pop(client.id, None) is None:
            return
        context = self._context(client)
        HUB.leave(client)
        HUB.release(self.name, client.consumer)
        if (call := self._calls.get(DISCONNECT)) is not None:
            context["close"] = {"code": client.code, "reason": client.reason}
            task = asyncio.ensure_future(self._tell(call, context, client.request))
            self._last_calls.add(task)
            task.add_done_callback(self._last_calls.discard)

    async def _tell(self, call: Caller, context: Context, request: Request) -> None:
        async with self._leaving:
            try:
                async with asyncio.timeout(LAST_CALL):
                    await call(context, request)
            except (CallError, TimeoutError):
                return  # there is nobody whom that could be told

    def known(self, name: str, consumer: str) -> EventClient | None:
        """Return the client *name* of this consumer that reads events, if it is one of this loop."""
        client = self._clients.get(name)
        return client if isinstance(client, EventClient) and client.consumer == consumer else None

    def _time(self) -> None:
        if not self._is_timed:
            self._is_timed = True
            after = min(self._times.values()) / LOOKS
            asyncio.get_running_loop().call_later(after, self._look)

    def _look(self) -> None:
        """Look after all clients: one timer for all of them."""
        now = asyncio.get_running_loop().time()
        for client in [*self._clients.values()]:
            client.look(now, **self._times)
            if isinstance(client, EventClient) and client.is_gone:
                self.leave(client)
        self._is_timed = False
        if self._clients:
            self._time()


def _times(spec: WebSocketApi) -> dict[str, float]:
    return {
        "ping": spec.ping.total_seconds(),
        "idle": spec.idle.total_seconds(),
        "lifetime": spec.lifetime.total_seconds(),
    }


def _error(code: str, detail: str, **more: object) -> str:
    told = {name: value for name, value in more.items() if value is not None}
    return json.encode({"error": {"code": code, "detail": detail, **told}}).decode()
