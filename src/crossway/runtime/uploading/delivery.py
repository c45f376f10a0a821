"""A whole upload on its way to the backend: as one request, or piece by piece.

Law: the backend gets it once. What it has acknowledged is written down before anything else happens, and what it has
not is sent again when the client asks next. A backend that was heard by nobody recognises an upload by its key.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from crossway.model.upload import Pieces, Upload
from crossway.runtime.handler import Next
from crossway.runtime.uploading.fields import digest_field
from crossway.runtime.uploading.storage import PART, Held, Storage
from crossway.runtime.uploading.threads import BLOCK, begin, done
from crossway.sdk.http import Headers, Request, Response

LONGEST_ACKNOWLEDGEMENT: Final = 2**20
"""How many bytes the answer to a piece may have, which nobody reads but us."""
_KEY: Final = "x-upload-id"
_OF_UPLOAD: Final = ("content-", "upload-", "tus-", "x-upload-", "if-")
_UNSAID: Final = frozenset(
    {"expect", "range", "repr-digest", "transfer-encoding", "want-repr-digest", "x-http-method-override"}
)
"""What the last request of a client says of itself, and the one to the backend does not."""


class Content:
    """The bytes of an upload, wherever they are."""

    def __init__(self, storage: Storage, held: Held) -> None:
        """See which files they are in; `UnknownError` if one is gone."""
        names = held.record.parts or (held.identity,)
        self._files = [(storage.path(name), storage.size(name)) for name in names]
        self.length = sum(size for _, size in self._files)
        self.read = 0
        """How many bytes were read by `stream`."""

    def _spans(self, start: int, end: int) -> Iterator[tuple[Path, int, int]]:
        """Yield the files with the bytes from *start* to *end*, and from where to where in each."""
        for path, size in self._files:
            if start < size and end > 0:
                yield path, max(start, 0), min(end, size)
            start, end = start - size, end - size

    async def stream(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* to *end*, one block ahead of who takes them."""
        for path, here, last in self._spans(start, end):
            file = await done(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
            ahead = begin(os.pread, file, min(BLOCK, last - here), here)
            try:
                while here < last:
                    piece = await asyncio.wrap_future(ahead)
                    if not piece:
                        raise ConnectionError("bytes of the upload are gone")
                    here += len(piece)
                    if here < last:
                        ahead = begin(os.pread, file, min(BLOCK, last - here), here)
                    self.read += len(piece)
                    yield piece
            finally:
                _close_after(ahead, file)

    def sha256(self, start: int, end: int) -> bytes:
        """Return the SHA-256 of the bytes from *start* to *end*. It takes its time: it is for threads."""
        hasher = hashlib.sha256()
        for path, first, last in self._spans(start, end):
            with path.open("rb", buffering=0) as file:
                for at in range(first, last, PART):
                    hasher.update(os.pread(file.fileno(), min(PART, last - at), at))
        return hasher.digest()


def _close_after(reading: Future[bytes], file: int) -> None:
    """Close *file* once nothing is read from it any more."""
    reading.add_done_callback(lambda _: os.close(file))


class Arriving:
    """The bytes of an upload while the last of them arrive."""

    def __init__(self, held: Held, length: int) -> None:
        self._held, self.length = held, length
        self.read = 0
        self._loop = asyncio.get_running_loop()
        self._more = asyncio.Event()

    def told(self) -> None:
        """Take note, in any thread, that there is more of it."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._more.set)

    async def stream(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* to *end* as they are written."""
        file = await done(os.open, self._held.storage.path(self._held.identity), os.O_RDONLY | os.O_CLOEXEC)
        reading = begin(os.pread, file, 0, start)
        try:
            while start < end:
                self._more.clear()
                here = min(self._held.size - start, BLOCK)
                if not here:
                    await self._more.wait()
                    continue
                reading = begin(os.pread, file, here, start)
                piece = await asyncio.wrap_future(reading)
                start += len(piece)
                self.read += len(piece)
                yield piece
        finally:
            _close_after(reading, file)


async def deliver(
    held: Held, settings: Upload, request: Request, call_next: Next, early: asyncio.Task[Response] | None = None
) -> Response:
    """Hand the upload *held* to the backend, and let it go; return the answer of the backend to the last of it.

    *request* is that of the client that makes it whole: it says who asks. It may be on its way already: *early*.
    `ConnectionError` if there is no answer.
    """
    try:
        content = await done(Content, held.storage, held)
        if early is not None:
            response = await early
        elif settings.pieces is not None and content.length:
            response = await _in_pieces(held, settings, settings.pieces, content, request, call_next)
        else:
            response = await as_one(held, settings, content, request, call_next)
        if response.status < 400:
            told = [field for field in response.headers.items() if field[0] in settings.answer_headers]
            await done(held.delivered, response.status, told, content.length)
        return response
    finally:
        held.is_leaving = False
        held.release()


async def as_one(
    held: Held, settings: Upload, content: Content | Arriving, request: Request, call_next: Next
) -> Response:
    """Return the answer of the backend to *content* as the body of one request; `ConnectionError` if there is none."""
    asked = _request(held, settings, request)
    if held.record.digest:
        asked.headers["repr-digest"] = held.record.digest
    asked.headers["content-length"] = str(content.length)
    asked.arriving(content.stream(0, content.length) if content.length else b"")
    response = await call_next(asked)
    if response.status < 400 and content.read < content.length:
        raise ConnectionError("the backend answers before it has all of the upload")
    return response


async def _in_pieces(
    held: Held, settings: Upload, pieces: Pieces, content: Content, request: Request, call_next: Next
) -> Response:
    """Send piece after piece, from the first one that is not acknowledged. A refusal ends it: it is the answer."""
    response = Response(204)
    for start in range(held.record.handed, content.length, pieces.size):
        end = min(start + pieces.size, content.length)
        asked = _request(held, settings, request)
        if pieces.checksum is not None:
            asked.headers["content-digest"] = digest_field(await done(content.sha256, start, end))
        if end == content.length and held.record.digest:
            asked.headers["repr-digest"] = held.record.digest
        asked.headers["content-range"] = f"bytes {start}-{end - 1}/{content.length}"
        asked.headers["content-length"] = str(end - start)
        asked.arriving(content.stream(start, end))
        response = await call_next(asked)
        if response.status >= 400:
            return response
        if end < content.length:
            await response.read(LONGEST_ACKNOWLEDGEMENT)
            await done(held.save, replace(held.record, handed=end))
    return response


def _request(held: Held, settings: Upload, last: Request) -> Request:
    """Return a request to the backend, without its body: as *last*, in which the client has sent the end of it."""
    record = held.record
    key = hashlib.sha256(held.identity.encode()).hexdigest()[:32]  # of which nobody can go on with the upload
    target = settings.path.replace("{id}", key) if settings.path is not None else record.target
    said = (field for field in last.headers.items() if field[0] not in _UNSAID)
    fields = [field for field in said if not field[0].startswith(_OF_UPLOAD)]
    request = Request(settings.method or record.method, target)
    request.headers = Headers.of([*fields, *record.headers, (_KEY, key)])
    request.headers["idempotency-key"] = f'"{key}"'
    for name, value in settings.headers.items():
        request.headers[name] = value
    return request
