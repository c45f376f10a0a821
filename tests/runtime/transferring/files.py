"""A file behind several endpoints, which take turns, and fail as they are told to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import cycle

from crossway.runtime.transferring.ranges import PARTIAL
from crossway.sdk.http import Request, Response

Fault = Callable[[Response], Response]
Endpoint = Callable[[Request], Response]


class Files:
    """Endpoints that take turns. What each was asked for is known."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self._turns: Iterator[tuple[int, Endpoint]] = cycle(enumerate(endpoints))
        self.asked: list[tuple[int, str | None]] = []
        """The number of the endpoint, and the range, of each request."""

    async def __call__(self, request: Request) -> Response:
        number, endpoint = next(self._turns)
        self.asked.append((number, request.headers.get("range")))
        return endpoint(request)


def file(content: bytes, tag: str | None = '"1"', fault: Fault | None = None, **headers: str) -> Endpoint:
    """Return an endpoint that gives ranges of *content*, and on which a *fault* can be laid."""

    def answer(request: Request) -> Response:
        fields = {"content-type": "text/plain", **({"etag": tag} if tag else {}), **headers}
        asked = request.headers.get("range")
        is_same = request.headers.get("if-range") in (None, tag, headers.get("last-modified"))
        if asked is None or not is_same:
            return Response(200, fields, content)
        first, last = (int(part) for part in asked.removeprefix("bytes=").split("-"))
        end = min(last + 1, len(content))
        response = Response(PARTIAL, fields, content[first:end])
        response.headers["content-range"] = f"bytes {first}-{end - 1}/{len(content)}"
        return response if fault is None else fault(response)

    return answer


def cut(after: int) -> Fault:
    """Return a fault that lets a body break off."""

    def lay(response: Response) -> Response:
        content = response.body

        async def pieces() -> AsyncIterator[bytes]:
            yield content[:after]
            raise ConnectionResetError

        response.arriving(pieces())
        return response

    return lay


def refuses(_: Response) -> Response:
    return Response(503)
