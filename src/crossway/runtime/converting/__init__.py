"""Transformation: bodies of requests and answers are converted, checked, filled in, moved to headers and back.

Law: a message goes on transformed as a whole, or as it came (`on_error: pass`), or not at all. What is refused has a
code: a client is told why, and of an answer of the backend only that it cannot be had.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crossway.model.transformation import OnError, Transform
from crossway.runtime.converting.compressed import READABLE, decompress
from crossway.runtime.converting.content import Content, Exchange, media_type_of
from crossway.runtime.converting.operations import Ready, make_ready
from crossway.runtime.converting.refusal import Refusal, too_large
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.problem import problem
from crossway.runtime.telling import is_due
from crossway.sdk.http import Headers, Message, Request, Response

IN_THREAD: Final = 32_768
"""From how many bytes on a body is converted in a thread, so that other requests are not kept waiting."""

_BODILESS: Final = frozenset({204, 205, 304})


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    return transform(Transform.model_validate_json(settings), about, tools)


def transform(settings: Transform, about: str, tools: Tools) -> Handler:
    """Return a handler that changes requests on their way in, and answers on their way out, as *settings* say."""
    del tools  # it calls nobody
    inward = _Direction(settings, tuple(make_ready(step, settings) for step in settings.request))
    outward = _Direction(settings, tuple(make_ready(step, settings) for step in settings.response))

    async def handle(request: Request, call_next: Next) -> Response:
        told = Request(request.method, request.target, Headers(request.headers.items()))
        if inward.operations:
            refused = await inward.change(request, request, inward.operations)
            if refused is not None:
                return _answer(refused)
        if not outward.operations:
            return await call_next(request)
        request.headers["accept-encoding"] = "identity"
        request.headers.discard("range")
        request.headers.discard("if-range")
        response = await call_next(request)
        operations = tuple(ready for ready in outward.operations if ready.is_for(response.status))
        if not operations or response.status < 200:
            return response
        if response.status in _BODILESS or request.method == "HEAD":
            if outward.sees(response, operations):
                response.headers.discard("content-length")
                _weaken(response.headers)
            return response
        refused = await outward.change(response, told, operations)
        return response if refused is None else _bad_gateway(refused, about)

    return handle


@dataclass(frozen=True, slots=True)
class _Direction:
    """One way through the gateway, and what is done there."""

    settings: Transform
    operations: tuple[Ready, ...]

    def sees(self, message: Message, operations: Sequence[Ready]) -> bool:
        """Return whether one of *operations* has to see the body of *message*."""
        media_type = media_type_of(message.headers.get("content-type", "") or "")
        return any(ready.fits(media_type) for ready in operations)

    async def change(
        self, message: Request | Response, request: Request, operations: Sequence[Ready]
    ) -> Refusal | None:
        """Do *operations* with *message*, which is *request* or answers it; return why not if that cannot be."""
        headers, query = Headers(message.headers.items()), request.query
        try:
            data = b""
            if self.sees(message, operations):
                data = await _whole(message, self.settings.max_size)
                if encoding := message.headers.get("content-encoding"):
                    data = decompress(data, encoding, self.settings.max_size)
            content = Content(data, message.headers.get("content-type", "") or "", self.settings)
            exchange = Exchange(message, request, content)
            if len(data) >= IN_THREAD:
                await asyncio.to_thread(_run, operations, exchange)
            else:
                _run(operations, exchange)
            if content.changed:
                _replace(message, content)
            if any(ready.personal for ready in operations) and isinstance(message, Response):
                _make_private(message.headers)
        except Refusal as refusal:
            if self.settings.on_error is OnError.REFUSE:
                return refusal
            message.headers = headers
            for ready in operations:
                for name in ready.headers:
                    headers.discard(name)
                query = ready.query(query)
            request.query = query
        return None


def _run(operations: Iterable[Ready], exchange: Exchange) -> None:
    for ready in operations:
        if ready.always or ready.fits(exchange.content.media_type):
            ready.run(exchange)
    if exchange.content.changed:
        _ = exchange.content.data  # written here, where it keeps nobody waiting


async def _whole(message: Message, limit: int) -> bytes:
    """Return the body of *message*; a `Refusal` if it has more than *limit* bytes, with all of it still to come."""
    refusal = too_large(f"the body has more than {limit} bytes")
    length = message.headers.get("content-length", "") or ""
    if length.isdecimal() and int(length[:18]) > limit:
        raise refusal
    if message.is_read:
        if len(message.body) > limit:
            raise refusal
        return message.body
    pieces: list[bytes] = []
    size = 0
    stream = message.stream()
    async for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            message.arriving(_again(pieces, stream))
            raise refusal
    message.arriving(_again(pieces, None))
    return await message.read(limit)


async def _again(pieces: list[bytes], rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if rest is not None:
        async for piece in rest:
            yield piece


def _replace(message: Request | Response, content: Content) -> None:
    message.body = content.data
    message.headers["content-type"] = content.content_type
    message.headers.discard("content-encoding")
    if isinstance(message, Response):
        message.headers.discard("accept-ranges")
        _weaken(message.headers)


def _weaken(headers: Headers) -> None:
    """Let the validator of other bytes be one for what they mean (RFC 9110, section 8.8.1)."""
    tag = headers.get("etag")
    if tag is not None and not tag.startswith("W/"):
        headers["etag"] = f"W/{tag}"


def _make_private(headers: Headers) -> None:
    """Keep an answer that is for one consumer out of caches that others use (RFC 9111, section 5.2.2.7)."""
    directives = [part.strip() for value in headers.get_all("cache-control") for part in value.split(",")]
    shared = ("public", "s-maxage", "private")
    kept = [part for part in directives if part and part.partition("=")[0].lower() not in shared]
    headers["cache-control"] = ", ".join([*kept, "private"])


def _answer(refusal: Refusal) -> Response:
    more = {"errors": list(refusal.errors)} if refusal.errors else {}
    answer = problem(refusal.status, refusal.code, f"{refusal.detail[:1].upper()}{refusal.detail[1:]}.", **more)
    if refusal.code == "transform.encoding":
        answer.headers["accept-encoding"] = READABLE  # RFC 9110, section 12.5.3
    return answer


def _bad_gateway(refusal: Refusal, route: str) -> Response:
    """Return what a client is told of an answer that cannot be transformed; why not, the log of the proxy is told."""
    if is_due((route, refusal.code, refusal.detail)):
        why = f"{refusal.detail} [{refusal.code}]"
        print(f"transform of {route}: the answer of the backend is refused: {why}", file=sys.stderr)  # noqa: T201
    return problem(502, refusal.code, "The answer of the backend cannot be transformed.")
