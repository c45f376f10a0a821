"""Downloads: a file in several ranges at once, given to the client in order.

Law: what the client gets are the bytes of one state of the file, or an answer that ends too early. There are never more
ranges in memory than are fetched at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from crossway.model.transfer import Download
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.transferring.ranges import PARTIAL, Version, asking, range_of, version_of
from crossway.sdk.http import Headers, Request, Response

OWN: Final = ("range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
"""What a client says that wants something else than the whole file."""
ATTEMPTS: Final = "x-download-attempt"
_OF_RANGE: Final = ("content-range", "content-length", "accept-ranges", "content-digest")


class ChangedError(ConnectionError):
    """The file is another one now, or what came is not what was asked for."""


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return what downloads in ranges."""
    del about, tools
    return Downloading(Download.model_validate_json(settings)).handle


class Downloading:
    """Downloads the files of one route."""

    def __init__(self, settings: Download) -> None:
        self._settings = settings
        self._timeout = settings.timeout.total_seconds()

    async def handle(self, request: Request, call_next: Next) -> Response:
        """Return a file as a whole, fetched in ranges; anything else as the backend gives it."""
        if request.method != "GET" or any(name in request.headers for name in OWN):
            return await call_next(request)
        request.headers["range"] = asking(0, self._settings.size)
        first = await call_next(request)
        found = range_of(first)
        if found is None or found.start != 0 or first.headers.get("content-encoding"):
            if first.status in (PARTIAL, 416):  # which nobody has asked for
                del request.headers["range"]
                return await call_next(request)
            return first
        version = version_of(first, found.total)
        if found.end < found.total and version.tag is None and version.changed is None:
            # Two states of it could not be told apart, so that it has to come at once.
            request.headers["range"] = asking(0, found.total)
            first = await call_next(request)
            found = range_of(first)
            if found is None or found[:2] != (0, found.total):
                raise ChangedError("the backend gives another range than was asked for")
        fields = [field for field in first.headers.items() if field[0] not in _OF_RANGE]
        response = Response(200, Headers.of([*fields, ("content-length", str(found.total))]))
        response.arriving(self._whole(first, found.end, version, request, call_next))
        return response

    async def _whole(
        self, first: Response, begun: int, version: Version, request: Request, call_next: Next
    ) -> AsyncIterator[bytes]:
        """Yield the file: *first*, which goes up to *begun*, and the ranges behind it, some of them fetched ahead."""
        starts = iter(range(begun, version.total, self._settings.size))
        ahead: deque[asyncio.Task[bytes]] = deque()  # no group of tasks lives while something is yielded

        def more() -> None:
            if (start := next(starts, None)) is not None:
                end = min(start + self._settings.size, version.total)
                ahead.append(asyncio.ensure_future(self._range(start, end, version, request, call_next)))

        try:
            for _ in range(self._settings.parallel - 1):
                more()
            async for piece in self._first(first, begun, version, request, call_next):
                yield piece
            more()
            while ahead:
                yield await ahead.popleft()
                more()
        finally:
            for task in ahead:
                task.cancel()
            for task in ahead:
                with suppress(BaseException):
                    await task

    async def _first(
        self, first: Response, end: int, version: Version, request: Request, call_next: Next
    ) -> AsyncIterator[bytes]:
        """Yield the first range as it comes, and what is missing of it if it breaks off."""
        there = 0
        with suppress(ConnectionError):
            async for piece in first.stream():
                there += len(piece)
                if there > end:
                    raise ChangedError("a range is longer than it says")
                yield piece
        if there < end:
            yield await self._range(there, end, version, request, call_next)

    async def _range(self, start: int, end: int, version: Version, request: Request, call_next: Next) -> bytes:
        """Return the bytes from *start* to *end*; `ConnectionError` if no attempt brings the last of them."""
        parts: list[bytes] = []
        for attempt in range(self._settings.attempts):
            if attempt:
                await asyncio.sleep(min(0.1 * 2**attempt, 2.0))
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(self._timeout):
                    async for piece in self._pieces(start, end, version, request, call_next):
                        parts.append(piece)
                        start += len(piece)
            if start == end:
                return b"".join(parts)
        raise ConnectionError(f"the bytes from {start} on do not come")

    async def _pieces(
        self, start: int, end: int, version: Version, request: Request, call_next: Next
    ) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* to *end* of the same state of the file, as far as they come."""
        asked = Request("GET", request.target, Headers.of(request.headers.items()))
        asked.headers["range"] = asking(start, end)
        if (same := version.tag or version.changed) is not None:
            asked.headers["if-range"] = same
        response = await call_next(asked)
        found = range_of(response)
        if found != (start, end, version.total) or version_of(response, version.total) != version:
            raise ChangedError("the backend gives something else than the rest of the file")
        left = end - start
        async for piece in response.stream():
            left -= len(piece)
            if left < 0:
                raise ChangedError("a range is longer than it says")
            yield piece
