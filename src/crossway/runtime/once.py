"""Calls that are alike are made once."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from crossway.compile.program import STEP
from crossway.runtime.handler import Call
from crossway.sdk.http import MAX_BODY, BodyTooLarge, Headers, Request, Response

_Key: TypeAlias = "tuple[str, str, str, bytes, tuple[tuple[str, str], ...]]"


class Once:
    """Makes calls for one request of a client. Those with GET or HEAD that are alike share one answer, read whole.

    Alike are calls of the same service with the same method, target, headers and body. An error is shared too. A caller
    that is cancelled takes nothing from the others: one of these makes the call again.
    """

    def __init__(self, call: Call, max_body: int = MAX_BODY) -> None:
        self._call = call
        self._max_body = max_body
        self._answers: dict[_Key, asyncio.Future[Response | None]] = {}

    async def __call__(self, service: str, request: Request) -> Response:
        """Return the answer of *service*: a message of the caller's own.

        Raises what the call raises, and `BodyTooLarge` for an answer of more than the bytes that are allowed.
        """
        if request.method not in {"GET", "HEAD"} or not request.is_read:
            return await self._call(service, request)
        headers = tuple(sorted(field for field in request.headers.items() if field[0] != STEP))
        key = (service, request.method, request.target, request.body, headers)
        while (there := self._answers.get(key)) is not None:
            if (answer := await asyncio.shield(there)) is not None:
                return _copy(answer)
        return _copy(await self._first(key, service, request))

    async def _first(self, key: _Key, service: str, request: Request) -> Response:
        promise: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        self._answers[key] = promise
        try:
            response = await self._call(service, request)
            await response.read(self._max_body)
            promise.set_result(response)
        except (ConnectionError, TimeoutError, BodyTooLarge) as error:
            promise.set_exception(error)
            promise.exception()  # marks it as seen: there may be no other caller
            raise
        finally:
            if not promise.done():
                del self._answers[key]
                promise.set_result(None)
        return response


def _copy(answer: Response) -> Response:
    copied = Response(answer.status, Headers.of(answer.headers.items()))
    copied.arriving(answer.body)
    return copied
