"""A route with uploads, and a backend behind it that says what it was given."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crossway.model.upload import Upload
from crossway.runtime.handler import Handler
from crossway.runtime.uploading import upload
from crossway.sdk.http import Request, Response

BYTES = "application/offset+octet-stream"


@dataclass
class Backend:
    """What is behind the route."""

    status: int = 200
    requests: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    is_away: bool = False

    async def __call__(self, request: Request) -> Response:
        if self.is_away:
            raise ConnectionError("it is away")
        self.requests.append(request)
        self.bodies.append(await request.read())
        return Response(self.status, {"x-seen": str(len(self.bodies[-1])), "location": "/made"}, b"thanks")


@dataclass
class Route:
    """A route, as its clients see it."""

    handler: Handler
    backend: Backend
    directory: Path

    async def send(
        self, method: str, target: str, body: bytes | AsyncIterator[bytes] = b"", **headers: str
    ) -> Response:
        """Return the answer to a request; `upload_length` stands for the header ``upload-length``."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method, target, fields)
        if isinstance(body, bytes):
            request.headers["content-length"] = str(len(body))
        request.arriving(body if not isinstance(body, bytes) or not body else _pieces(body))
        return await self.handler(request, self.backend)

    async def tus(self, method: str, target: str, body: bytes | AsyncIterator[bytes] = b"", **headers: str) -> Response:
        """The same in tus."""
        return await self.send(method, target, body, **{"tus_resumable": "1.0.0", **headers})

    async def created(self, length: int, **headers: str) -> str:
        """Return the address of a new upload in tus."""
        answer = await self.tus("POST", "/files", upload_length=str(length), **headers)
        assert answer.status == 201
        return answer.headers["location"]

    async def patch(
        self, address: str, offset: int, body: bytes | AsyncIterator[bytes] = b"", **headers: str
    ) -> Response:
        """Return the answer to more bytes of an upload in tus."""
        return await self.tus("PATCH", address, body, content_type=BYTES, upload_offset=str(offset), **headers)

    async def append(
        self, address: str, offset: int, body: bytes | AsyncIterator[bytes] = b"", *, last: bool = False, **headers: str
    ) -> Response:
        """Return the answer to more bytes of an upload as the IETF's draft has them."""
        said = {"content_type": "application/partial-upload", "upload_complete": "?1" if last else "?0", **headers}
        return await self.send("PATCH", address, body, upload_offset=str(offset), **said)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


Make = Callable[..., Route]


@pytest.fixture
def route(tmp_path: Path) -> Make:
    """Return what makes a route with these settings; the same again is the same after a restart of the proxy."""

    def make(**settings: object) -> Route:
        spec = Upload.model_validate({"directory": str(tmp_path), **settings})
        return Route(upload(spec, "files"), Backend(), tmp_path)

    return make


def checksum(body: bytes, algorithm: str = "sha1") -> str:
    """Return what `Upload-Checksum` says of *body*."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


def digest(body: bytes) -> str:
    """Return what a digest field says of *body*."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


async def cut_off(body: bytes) -> AsyncIterator[bytes]:
    """Yield *body*, and end as it does when a client leaves."""
    yield body
    raise ConnectionError("the client left before the end of the body")


async def offset(route: Route, address: str) -> int:
    """Return how many bytes of an upload in tus there are."""
    answer = await route.tus("HEAD", address)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])
