"""WebSocket APIs at work: the messages of clients become calls of services, and what these answer becomes messages.

The proxy agrees to the handshake on behalf of Python, so a client is one connection of the proxy and one task here:
the least that it can cost behind the policies of a route.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing, suppress
from typing import Final, TypeVar, cast

from crossway.compile.program import PEER, WORD
from crossway.model.websocket_api import CompiledApi
from crossway.runtime.handler import Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.serving import Event, Receive, Scope, Sending, serve
from crossway.runtime.tunnel import SWITCHING, Switched
from crossway.runtime.websocket_api import frames
from crossway.runtime.websocket_api.api import Api
from crossway.runtime.websocket_api.clients import WebSocketClient, Write
from crossway.runtime.websocket_api.events import EVENTS, EventClient
from crossway.runtime.websocket_api.hub import HUB
from crossway.runtime.websocket_api.line import Line
from crossway.runtime.websocket_api.relaying import relay
from crossway.sdk.http import Headers, Request, Response

T = TypeVar("T")

ID: Final = "x-connection-id"
"""The header of an answer that tells a client its id."""


def make(settings: bytes, about: str, tools: Tools) -> Entrance:
    """Return the handler that the settings of a step say."""
    del about  # the settings name the route
    relay()  # other proxies find its clients from now on
    return Entrance(Api(CompiledApi.model_validate_json(settings), tools))


class Entrance:
    """Where clients of an API come in."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, request: Request, _: Next) -> Response:
        """Answer *request*: a handshake, or one for server-sent events. What is said then passes through a line."""
        if not _is_handshake(request.headers.get("upgrade")):
            return await self._listen(request)
        line = Line()
        opened = await self._open(request, line.write)
        if isinstance(opened, Response):
            return opened
        client, headers = opened
        line.begin(lambda data: client.received(data, self._api.message), lambda: self._api.leave(client))
        client.begin()
        return Switched(SWITCHING, headers, line)

    async def raw(self, scope: Scope, receive: Receive, sending: Sending) -> None:
        """Answer a request as it comes from the proxy. A WebSocket takes no memory beyond its client and this task."""
        named = dict(scope["headers"])
        word = named.get(WORD.encode(), b"").decode("latin-1")
        if not _is_handshake(named.get(b"upgrade", b"").decode("latin-1")):
            await self._tell(word, scope, receive, sending)
            return
        del named

        async def write(data: bytes, more: bool) -> None:
            await sending({"type": "http.response.body", "body": data, "more_body": more})

        opened = await _guarded(self._open(_asked(scope), write))
        if isinstance(opened, Response):
            await serve({word: _answering(opened)}, scope, receive, sending)
            return
        client, headers = opened
        start = _agreeing(headers)
        scope.clear()  # whoever has called this holds it for as long as this lasts
        del opened, headers, word
        try:
            await sending(start)
            del start
            await write(b"", True)
            client.begin()
            while (data := _piece(await receive())) is not None:
                if data and not await client.received(data, self._api.message):
                    break
        except OSError:
            pass  # it has left
        finally:
            self._api.leave(client)
            await client.flushed()

    async def _tell(self, word: str, scope: Scope, receive: Receive, sending: Sending) -> None:
        """Answer a request that is no handshake. Whether a client that reads events has left is not asked all the time.

        That is found out when something is written to it, at the latest after `ping`.
        """
        response = await _guarded(self._listen(_asked(scope)))
        if response.is_read:
            await serve({word: _answering(response)}, scope, receive, sending)
            return
        fields = [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
        events = cast("AsyncGenerator[bytes, None]", response.stream())
        scope.clear()
        with suppress(OSError):  # it has left
            await sending({"type": "http.response.start", "status": response.status, "headers": fields})
            async with aclosing(events):
                async for piece in events:
                    await sending({"type": "http.response.body", "body": piece, "more_body": True})
            await sending({"type": "http.response.body", "body": b""})

    async def _open(self, request: Request, write: Write) -> tuple[WebSocketClient, Headers] | Response:
        """Return a client for the handshake *request*, and the headers that agree to it; or what refuses it."""
        if request.headers.get("sec-websocket-version") != "13":
            refused = problem(426, "websocket_api.version", "This is WebSocket in its version 13 (RFC 6455).")
            refused.headers["sec-websocket-version"] = "13"
            return refused
        key = request.headers.get("sec-websocket-key") or ""
        if not frames.is_key(key):
            return problem(400, "websocket_api.handshake", "A handshake has a key: 16 bytes in base64.")
        spec = self._api.spec
        offered = (request.headers.get("sec-websocket-protocol") or "").replace(" ", "").split(",")
        subprotocol = next((one for one in spec.subprotocols if one in offered), None)
        client = WebSocketClient(HUB.new_id(), self._api.name, request, subprotocol, write, spec.max_message)
        if (refusal := await self._api.admit(client)) is not None:
            return refusal
        headers = Headers.of([("sec-websocket-accept", frames.accepted(key)), (ID, client.id)])
        if subprotocol is not None:
            headers.add("sec-websocket-protocol", subprotocol)
        return client, headers

    async def _listen(self, request: Request) -> Response:
        """Answer a request that is no handshake: with events, if it wants such."""
        if request.method != "GET" or EVENTS not in (request.headers.get("accept") or ""):
            return problem(426, "websocket_api.upgrade_required", "This route takes WebSockets, or a GET of events.")
        name, _, number = (request.headers.get("last-event-id") or "").rpartition(".")
        client = self._api.known(name, request.consumer or "")
        if client is None or not number.isdecimal() or not client.resume(int(number)):
            client = EventClient(HUB.new_id(), self._api.name, request, self._api.spec.replay)
            if (refusal := await self._api.admit(client)) is not None:
                return refusal
        response = Response(200, {"content-type": EVENTS, "cache-control": "no-store", ID: client.id})
        response.arriving(client.pieces())
        return response


def _is_handshake(upgrade: str | None) -> bool:
    return upgrade is not None and upgrade.lower() == "websocket"


async def _guarded(work: Awaitable[T]) -> T | Response:
    try:
        return await work
    except Exception:  # noqa: BLE001  # as for every handler: an error in it is an answer
        traceback.print_exc(file=sys.stderr)
        return problem(500, "python.failed", "Python failed.")


def _answering(response: Response) -> Next:
    async def answer(_: Request) -> Response:
        return response

    return answer


def _asked(scope: Scope) -> Request:
    """Return the head of a request as it comes from the proxy."""
    fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    fields.append((PEER, scope["client"][0]))
    request = Request.__new__(Request)
    request.method = scope["method"]
    request.path = scope["raw_path"].decode("latin-1")
    request.query = scope["query_string"].decode("latin-1")
    request.headers = Headers.of(fields)
    request.arriving(b"")
    return request


def _agreeing(headers: Headers) -> Event:
    fields = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    fields += [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]
    return {"type": "http.response.start", "status": SWITCHING, "headers": fields}


def _piece(event: Event) -> bytes | None:
    """Return what has come; `None` for the end."""
    if event["type"] != "http.request" or not (event.get("body") or event.get("more_body")):
        return None
    return bytes(event["body"])
