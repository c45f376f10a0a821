"""The other way into the proxy: over the socket of the inner listener, with a client of our own.

It costs more CPU than Envoy's own client, and waits for whoever reads slowly, where that one takes everything into
memory. It is also open while no request is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, UnixConnector
from yarl import URL

from crossway.compile.program import socket_path
from crossway.runtime import wire
from crossway.sdk.http import Request, Response

_AUTOMATIC = ("accept", "accept-encoding", "user-agent", "content-type")
"""What the client would add by itself."""
PIECE = 65_536
"""How many bytes of a body are passed on at once, at most."""


async def send(cluster: str, word: str, request: Request) -> Response:
    """Do as `transport.send`, from anywhere, and never ahead of who reads."""
    host, fields = wire.sent(request, word)
    fields.append(("host", host))
    content = request.body if request.is_read else request.stream()
    session = _session(cluster, asyncio.get_running_loop())
    url = URL.build(scheme="http", host="crossway", path=request.path, query_string=request.query, encoded=True)
    try:
        answer = await session.request(request.method, url, headers=fields, data=content or None, allow_redirects=False)
    except (ClientError, OSError) as error:
        raise ConnectionError(str(error)) from error
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.raw_headers]
    return wire.received(answer.status, fields, _pieces(answer))


async def _pieces(answer: ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.content.iter_chunked(PIECE):
            yield piece
    except ClientError as error:
        raise ConnectionError(str(error)) from error
    finally:
        answer.close()


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, ClientSession]] = WeakKeyDictionary()
"""By their loops, since every program has one of its own, and then by their clusters."""


def _session(cluster: str, loop: asyncio.AbstractEventLoop) -> ClientSession:
    sessions = _sessions.setdefault(loop, {})
    session = sessions.get(cluster)
    if session is None:
        session = sessions[cluster] = ClientSession(
            connector=UnixConnector(socket_path(cluster), limit=0),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_AUTOMATIC,
            timeout=ClientTimeout(total=None, sock_connect=5),
            max_line_size=65_536,
            max_field_size=65_536,
        )
    return session


async def close() -> None:
    """Close the connections of the loop that runs this: its program is over."""
    for session in _sessions.pop(asyncio.get_running_loop(), {}).values():
        await session.close()
