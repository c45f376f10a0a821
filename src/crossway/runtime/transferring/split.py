"""Bodies in several requests: pieces of bytes, or some items of a list each.

Law: the backend gets every byte once, in order, and the client learns how many it took. Requests that change something
are never sent twice.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Final

import msgspec

from crossway.model.transfer import Split
from crossway.runtime import strict
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

DONE: Final = "x-split-done"
"""The header of a refusal: how many bytes, or items, were taken before."""
LARGEST_LIST: Final = 64 * 2**20
"""The bytes of a body that is split at its items, and of each answer."""
_encode: Final = msgspec.json.Encoder().encode


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what splits bodies."""
    del about, tools
    spec = Split.model_validate_json(settings)
    return Bytes(spec).handle if spec.by == "bytes" else Items(spec).handle


class Bytes:
    """Splits bodies anywhere."""

    def __init__(self, settings: Split) -> None:
        self._settings = settings

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Return the answer to the last piece of the body, or to the first one that is refused."""
        length = _length(request)
        if length is not None and length <= self._settings.size:
            return await call_next(request)
        if length is not None and length > self._settings.max_body:
            return self._too_large()
        total = "*" if length is None else str(length)
        start = 0
        response = Response(204)
        async for piece, is_last in _pieces(request.stream(), self._settings.size):
            end = start + len(piece)
            if end > self._settings.max_body:
                return _refused(self._too_large(), start)
            asked = Request(request.method, request.target, Headers.of(request.headers.items()), piece)
            if start or not is_last:
                asked.headers["content-range"] = f"bytes {start}-{end - 1}/{end if is_last else total}"
            digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
            asked.headers["content-digest"] = f"sha-256=:{digest}:"
            response = await _within(self._settings, call_next(asked))
            if response.status >= 400:
                return _refused(response, start)
            if not is_last:
                await response.read()
            start = end
        return response

    def _too_large(self) -> Response:
        return problem(413, "split.too_large", f"The body has more than {self._settings.max_body} bytes.")


class Items:
    """Splits lists between their items."""

    def __init__(self, settings: Split) -> None:
        self._settings = settings

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Return one list with what the answers to all requests hold, or the first one that is a refusal."""
        largest = min(self._settings.max_body, LARGEST_LIST)
        try:
            content = await request.read(largest)
            items = strict.read(content) if content else None
        except BodyTooLarge:
            return problem(413, "split.too_large", f"The body has more than {largest} bytes.")
        except ValueError as error:
            return problem(400, "split.malformed", f"The body {error}.")
        if not isinstance(items, list):
            return problem(400, "split.malformed", "The body is no list.") if content else await call_next(request)
        if len(items) <= self._settings.items and len(content) <= self._settings.size:
            return await call_next(request)
        results: list[object] = []
        done = 0
        for some in self._groups(items):
            if isinstance(some, Response):
                return _refused(some, done)
            asked = Request(request.method, request.target, Headers.of(request.headers.items()), some[0])
            response = await _within(self._settings, call_next(asked))
            if response.status >= 400:
                return _refused(response, done)
            try:
                found = strict.read(await response.read(LARGEST_LIST)) if response.status != 204 else []
            except (ValueError, BodyTooLarge):
                return _refused(problem(502, "split.malformed", "An answer of the backend cannot be read."), done)
            results += found if isinstance(found, list) else [found]
            done += some[1]
        return Response(200, {"content-type": "application/json"}, _encode(results))

    def _groups(self, items: list[object]) -> Iterator[tuple[bytes, int] | Response]:
        """Yield the bodies of requests, each with the number of its items; an answer if an item is too large."""
        some: list[bytes] = []
        size = 2
        for item in items:
            text = _encode(item)
            if len(text) + 2 > self._settings.size:
                yield problem(413, "split.too_large", f"An item has more than {self._settings.size} bytes.")
                return
            if some and (len(some) == self._settings.items or size + len(text) + 1 > self._settings.size):
                yield b"[" + b",".join(some) + b"]", len(some)
                some, size = [], 2
            some.append(text)
            size += len(text) + 1
        yield b"[" + b",".join(some) + b"]", len(some)


async def _within(settings: Split, answer: Awaitable[Response]) -> Response:
    try:
        async with asyncio.timeout(settings.timeout.total_seconds()):
            return await answer
    except TimeoutError:
        return problem(504, "split.timeout", "The backend did not answer in time.")


def _refused(response: Response, done: int) -> Response:
    response.headers[DONE] = str(done)
    return response


def _length(request: Request) -> int | None:
    """Return how long the body is, if that is known."""
    if request.is_read:
        return len(request.body)
    text = request.headers.get("content-length") or ""
    return int(text) if text.isdecimal() else None


async def _pieces(stream: AsyncIterator[bytes], size: int) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield pieces of *size* bytes and what is left over, and of each whether it is the last one."""
    waiting = bytearray()
    async for piece in stream:
        waiting += piece
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True
