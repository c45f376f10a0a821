"""WebSockets (RFC 6455), as handlers of users see them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from crossway.sdk.http import Headers, Request, Response

Event = MutableMapping[str, Any]

MOST: Final = 16 * 2**20
"""How many bytes one message may have."""


_PARTS: Final = re.compile(r"(\{[A-Za-z_]\w*\})")


class WebSocketClosed(ConnectionError):  # noqa: N818  # a name that reads well where it is caught
    """The client has left, or was told to."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the WebSocket was closed: {code} {reason}".rstrip())
        self.code = code
        """Why: 1000 is the normal end, 1001 that the client goes away (RFC 6455, section 7.4)."""
        self.reason = reason


class WebSocket:
    """One connection. It is accepted by `accept`, or with the first message that is received or sent.

    When the handler returns, it is closed; when the handler raises, it is closed with the code 1011.
    """

    def __init__(
        self,
        request: Request,
        receive: Callable[[], Awaitable[Event]],
        send: Callable[[Event], Awaitable[None]],
        path_params: Mapping[str, str] | None = None,
        subprotocols: tuple[str, ...] = (),
    ) -> None:
        """Take the handshake *request*, and the two directions of the connection as ASGI has them."""
        self.request = request
        """The request that opened it."""
        self.path_params = dict(path_params or {})
        """The parameters in the path of its route, by name."""
        self.subprotocols = subprotocols
        """What the client offers to speak, the best first."""
        self._receive, self._send = receive, send
        self._is_accepted = False
        self._closed: WebSocketClosed | None = None

    @property
    def headers(self) -> Headers:
        """The headers of the handshake."""
        return self.request.headers

    @property
    def path(self) -> str:
        """The path as it was sent, with its escapes."""
        return self.request.path

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the query; of one that stands there twice, the last."""
        return dict(parse_qsl(self.request.query, keep_blank_values=True))

    @property
    def id(self) -> str:
        """The id of the handshake, which logs and traces carry too."""
        return self.request.id

    @property
    def consumer(self) -> str | None:
        """The name of the consumer whose credential was good; `None` without one."""
        return self.request.consumer

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the consumer."""
        return self.request.groups

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._is_accepted and self._closed is None

    async def accept(self, subprotocol: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Open the connection, in a *subprotocol* of those that the client offers, with *headers* in the answer."""
        if self._is_accepted:
            return
        self._raise_if_closed()
        event = await self._receive()
        if event["type"] != "websocket.connect":
            raise self._left(event)
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": fields})
        self._is_accepted = True

    async def deny(self, response: Response) -> None:
        """Answer the handshake with *response* instead: no connection is opened."""
        if self._is_accepted:
            raise RuntimeError("the WebSocket is open already; close it")
        self._raise_if_closed()
        self._closed = WebSocketClosed(1006, "it was denied")
        body = await response.read()
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        await self._send({"type": "websocket.http.response.start", "status": response.status, "headers": fields})
        await self._send({"type": "websocket.http.response.body", "body": body})

    async def receive(self) -> str | bytes:
        """Return the next message: text, or bytes. Raises `WebSocketClosed` once there will be none."""
        await self.accept()
        self._raise_if_closed()
        event = await self._receive()
        if event["type"] != "websocket.receive":
            raise self._left(event)
        text: str | None = event.get("text")
        message: str | bytes = text if text is not None else event["bytes"]
        if len(message) > MOST:
            await self.close(1009, f"a message may have {MOST} bytes")
            self._raise_if_closed()
        return message

    async def receive_text(self) -> str:
        """Return the next message as text; one in bytes has to be UTF-8."""
        message = await self.receive()
        return message if isinstance(message, str) else message.decode()

    async def receive_bytes(self) -> bytes:
        """Return the next message as bytes."""
        message = await self.receive()
        return message.encode() if isinstance(message, str) else message

    async def receive_json(self) -> Any:  # noqa: ANN401
        """Return what the next message says in JSON; `ValueError` if it is none."""
        return json.loads(await self.receive())

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Yield messages until the client has left."""
        try:
            while True:
                yield await self.receive()
        except WebSocketClosed:
            return

    async def send(self, message: str | bytes) -> None:
        """Send *message*, as text or as bytes; waits for a client that reads slowly."""
        await self.accept()
        self._raise_if_closed()
        kind = "text" if isinstance(message, str) else "bytes"
        await self._send({"type": "websocket.send", kind: message})

    async def send_text(self, message: str) -> None:
        """Send text."""
        await self.send(message)

    async def send_bytes(self, message: bytes) -> None:
        """Send bytes."""
        await self.send(message)

    async def send_json(self, value: object) -> None:
        """Send *value* in JSON, as text."""
        await self.send(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, and say why; before it is accepted, the handshake is answered with 403."""
        if self._closed is not None:
            return
        self._closed = WebSocketClosed(code, reason)
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def _left(self, event: Event) -> WebSocketClosed:
        self._closed = WebSocketClosed(event.get("code") or 1005, event.get("reason") or "")
        return self._closed

    def _raise_if_closed(self) -> None:
        if self._closed is not None:
            raise self._closed

    def __repr__(self) -> str:
        return f"WebSocket({self.path})"  # the query may carry secrets


def path_params(pattern: str, path: str) -> dict[str, str]:
    """Return what stands in *path* for the variables of *pattern*, as in ``/rooms/{room}``; `{}` if it does not fit."""
    parts = (
        f"(?P<{part[1:-1]}>[^/]+)" if part[:1] == "{" else re.escape(part)
        for part in _PARTS.split(pattern.removesuffix("/*"))
    )
    found = re.match("".join(parts), path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}


__all__ = ["MOST", "WebSocket", "WebSocketClosed", "path_params"]
