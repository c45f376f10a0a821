"""Which way a request takes into the proxy.

Law: memory is bounded by what is small, and nothing is said in other words. Envoy's own client is the cheaper way; it
never waits for who reads slowly, knows URLs and headers of browsers only, and is gone with the request that it is for.
So it is for requests of a known and small size that it sends to the letter, to routes whose answers were small and came
whole, while somebody waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from crossway.runtime import socket, transport, wire
from crossway.runtime.background import IS_BEHIND
from crossway.sdk.http import Request, Response

LARGE: Final = 2**20
"""How many bytes of a body may be in memory because nobody waits."""

_by_socket: set[tuple[str, str]] = set()
"""Routes that once answered with something that Envoy's client is not for: by their cluster and word."""


async def send(cluster: str, word: str, request: Request) -> Response:
    """Return the answer to *request*, as `transport.send` does."""
    way = (cluster, word)
    if way in _by_socket or IS_BEHIND.get() or _is_large(request) or not wire.is_plain(request):
        return await socket.send(cluster, word, request)
    response = await transport.send(cluster, word, request)
    length = None
    for name, value in response.headers.items():
        if name == "content-length":
            length = value
        elif not value:  # that is how a value comes that has other bytes than those of ASCII
            _by_socket.add(way)
    if length is None:
        response.through(partial(_measured, way))
    elif len(length) > 6 and int(length) > LARGE:
        _by_socket.add(way)
    return response


def _is_large(request: Request) -> bool:
    if request.is_read:
        return False
    length = request.headers.get("content-length") or ""
    return not length.isdecimal() or int(length) > LARGE


async def _measured(way: tuple[str, str], pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > LARGE:
            _by_socket.add(way)
        yield piece
