"""The way of a request from the runtime into the proxy: through the inner listener, over a client of Envoy's own.

Law: what this client would send in other words than the request does not go this way (`wire.is_plain`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import lru_cache
from typing import Final, TypeVar

from pyqwest import Headers as WireHeaders
from pyqwest import ReadError, WriteError
from pyqwest import Request as WireRequest
from pyqwest import Response as WireResponse
from pyvoy.asgi.httpclient import HTTPTransport

from crossway.runtime import wire
from crossway.sdk.http import Request, Response

T = TypeVar("T")

_OURS: Final = wire.HOP_BY_HOP | {"x-envoy-upstream-service-time"}
"""What of an answer is said to this client, and nobody else."""


async def send(cluster: str, word: str, request: Request) -> Response:
    """Return the answer to *request* of the route that the inner listener behind *cluster* knows by *word*.

    Raises `ConnectionError` if there is no answer at all. The body of the answer is still on its way.
    """
    # The body goes as one: for one that goes piece by piece, pyqwest 0.12 ends a task that is not of its own kind.
    content = await request.read()
    host, fields = wire.sent(request, word)
    # What is empty has no body at all, where the client did not say that it is empty.
    asked = WireRequest(request.method, f"http://{host}{request.target}", WireHeaders(fields), content or None)
    try:
        answer = await _kept(_transport(cluster).execute(asked))
    except (ReadError, WriteError) as error:
        raise ConnectionError(str(error)) from error
    return wire.received(answer.status, answer.headers.items(), _pieces(answer), _OURS)


async def _pieces(answer: WireResponse) -> AsyncIterator[bytes]:
    content = aiter(answer.content)
    try:
        while True:
            yield bytes(await _kept(anext(content)))
    except StopAsyncIteration:
        return
    except ReadError as error:
        raise ConnectionError(str(error)) from error


def _kept(awaited: Awaitable[T]) -> Awaitable[T]:
    """Return *awaited* for somebody who may be cancelled: what the client will answer must not be, it fails on that."""
    if not asyncio.isfuture(awaited):
        return awaited
    awaited.add_done_callback(_heard)
    return asyncio.shield(awaited)


def _heard(answer: asyncio.Future[T]) -> None:
    """Take note of an error that nobody waits for any more."""
    if not answer.cancelled():
        answer.exception()


@lru_cache(maxsize=256)
def _transport(cluster: str) -> HTTPTransport:
    return HTTPTransport(cluster, timeout=0)  # deadlines are the route's: one of its own would cut long answers
