"""Uploads as the IETF's draft has them: draft-ietf-httpbis-resumable-upload, up to -12 (interop versions 6 to 8).

The proxy cannot send interim responses from here, so there is no 104: a client that wants to resume begins without
bytes, or with a part of them (`Upload-Complete: ?0`), and learns the address from the answer.

Law: of two requests for one upload, the newer one is right; the older one is ended before it is answered.
"""

from __future__ import annotations

import time
from typing import Final

from msgspec.structs import replace

from crossway.runtime.handler import Next
from crossway.runtime.uploading.address import located
from crossway.runtime.uploading.answers import refusal
from crossway.runtime.uploading.fields import Digest, boolean, digest, integer
from crossway.runtime.uploading.records import Record
from crossway.runtime.uploading.storage import Held
from crossway.runtime.uploading.threads import done
from crossway.runtime.uploading.uploads import RefusedError, Uploads
from crossway.sdk.http import Request, Response

VERSIONS: Final = ("6", "7", "8")
"""The interop versions that mean what is done here: of -04, -06 and -09."""
PARTIAL: Final = "application/partial-upload"
_TYPES: Final = "https://iana.org/assignments/http-problem-types#"
_MISMATCHING: Final = "upload.offset_mismatch"
_INCONSISTENT: Final = "upload.inconsistent_length"
_COMPLETED: Final = "upload.completed"
_REGISTERED: Final = {
    _MISMATCHING: f"{_TYPES}mismatching-upload-offset",
    _INCONSISTENT: f"{_TYPES}inconsistent-upload-length",
    _COMPLETED: f"{_TYPES}completed-upload",
}
"""The problem types of the draft."""
_OF_REPRESENTATION: Final = ("content-type", "content-encoding", "content-language", "content-disposition")


class Draft:
    """The protocol, for the uploads of a route."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def discovery(self) -> dict[str, str]:
        """Return the headers that say what is supported."""
        settings = self._uploads.settings
        limit = f"max-size={settings.max_size}, max-age={int(settings.lifetime.total_seconds())}"
        return {"accept-patch": PARTIAL, "upload-limit": limit}

    def begins(self, request: Request) -> bool:
        """Return whether *request* begins an upload that is kept here.

        One that brings everything at once is not: nobody could resume it without an interim response, and the backend
        gets it as it comes.
        """
        version = request.headers.get("upload-draft-interop-version")
        complete = boolean(request.headers.get("upload-complete"))
        if complete is None or version not in (None, *VERSIONS):
            return False
        length, settings = integer(request.headers.get("content-length")), self._uploads.settings
        passes = complete and settings.pieces is None and length is not None and length <= settings.max_size
        return not passes

    async def answer(self, request: Request, identity: str | None, call_next: Next) -> Response:
        """Return the answer to *request*, which is for the upload *identity*, or begins one."""
        try:
            if identity is None:
                response = await self._create(request, call_next)
            elif request.method == "HEAD":
                response = await self._head(request, identity)
            elif request.method == "PATCH":
                response = await self._patch(request, identity, call_next)
            else:
                response = await self._delete(request, identity)
        except RefusedError as error:
            response = self._refusal(error, request)
        version = request.headers.get("upload-draft-interop-version")
        if version is not None:
            response.headers["upload-draft-interop-version"] = version
        return response

    def _refusal(self, error: RefusedError, request: Request) -> Response:
        offsets = {}
        if error.code == _MISMATCHING:
            provided = integer(request.headers.get("upload-offset"))
            offsets = {"expected-offset": int(error.fields["upload-offset"]), "provided-offset": provided}
        response = refusal(error, _REGISTERED.get(error.code, ""), **offsets)
        if error.status == 413:
            response.headers["upload-limit"] = self.discovery()["upload-limit"]
        return response

    async def _create(self, request: Request, call_next: Next) -> Response:
        complete = boolean(request.headers.get("upload-complete")) is True
        length, said = _length(request, 0, complete=complete), _digest(request, "content-digest")
        headers, settings = request.headers, self._uploads.settings
        if length is not None and length > settings.max_size:
            raise RefusedError(413, "upload.too_large", f"An upload has {settings.max_size} bytes at most.")
        _digest(request, "repr-digest")
        kept = {*_OF_REPRESENTATION, *settings.keep_headers}
        record = Record(
            protocol="ietf",
            created=time.time(),
            limit=settings.max_size if length is None else length,
            lifetime=settings.lifetime.total_seconds(),
            max_age=settings.max_age.total_seconds(),
            method=request.method,
            target=request.target,
            length=length,
            consumer=request.consumer or "",
            headers=tuple(field for field in headers.items() if field[0] in kept),
            digest=headers.get("repr-digest") or "",
        )
        held = await self._uploads.create(record)
        location = located(request, held.identity)
        try:
            await self._append(held, request, said, call_next if complete else None)
            response = await self._moved_on(held, request, call_next, complete=complete, status=201)
        finally:
            held.release()
        if "upload-complete" in response.headers and response.headers["upload-complete"] == "?0":
            response.headers["location"] = location
        return response

    async def _head(self, request: Request, identity: str) -> Response:
        held = await self._uploads.hold(identity, request.consumer, "ietf", newest=True)
        try:
            return Response(204, {**_state(held), "cache-control": "no-store"})
        finally:
            held.release()

    async def _patch(self, request: Request, identity: str, call_next: Next) -> Response:
        if (request.headers.get("content-type") or "").partition(";")[0].strip().lower() != PARTIAL:
            raise RefusedError(415, "upload.content_type", f"A part of an upload is {PARTIAL}.", accept_patch=PARTIAL)
        offset, complete = integer(request.headers.get("upload-offset")), request.headers.get("upload-complete")
        is_last = boolean(complete)
        if offset is None or is_last is None:
            detail = "A request says where its bytes belong (Upload-Offset), and whether they are the last ones."
            raise RefusedError(400, "upload.offset", detail)
        said = _digest(request, "content-digest")
        held = await self._uploads.hold(identity, request.consumer, "ietf", newest=True)
        try:
            if held.record.is_delivered:
                if request.is_read and not request.body:
                    raise RefusedError(400, _COMPLETED, "The upload is complete.", upload_complete="?1")
                raise RefusedError(400, _INCONSISTENT, "The upload is complete: nothing belongs behind it.")
            if offset != held.size:
                detail = f"The upload has {held.size} bytes, and the next ones are said to begin at {offset}."
                raise RefusedError(409, _MISMATCHING, detail, upload_offset=str(held.size))
            await self._learn_length(held, _length(request, held.size, complete=is_last))
            await self._append(held, request, said, call_next if is_last else None)
            return await self._moved_on(held, request, call_next, complete=is_last, status=204)
        finally:
            held.release()

    async def _learn_length(self, held: Held, length: int | None) -> None:
        """Take note of the *length* of the upload, if it is known; `RefusedError` if it was another one before."""
        record = held.record
        if length is None or length == record.length:
            return
        if record.length is not None or length < held.size:
            raise RefusedError(400, _INCONSISTENT, "The length of an upload does not change.")
        if length > record.limit:
            raise RefusedError(413, "upload.too_large", f"The upload has {record.limit} bytes at most.")
        await done(held.save, replace(record, length=length, limit=length))

    async def _append(self, held: Held, request: Request, said: Digest | None, call_next: Next | None) -> None:
        """Append the body of *request*. An upload whose client sends more than it has announced is no more."""
        try:
            await self._uploads.append(held, request, said, call_next)
        except RefusedError as error:
            if error.status == 413:
                await done(held.remove)
                if held.record.length is not None:
                    detail = "More came than the length of the upload: it is gone."
                    raise RefusedError(400, _INCONSISTENT, detail) from None
            raise RefusedError(400, error.code, error.detail) if error.status == 460 else error from None

    async def _delete(self, request: Request, identity: str) -> Response:
        held = await self._uploads.hold(identity, request.consumer, "ietf", newest=True)
        try:
            await done(held.remove)
        finally:
            held.release()
        return Response(204)

    async def _moved_on(
        self, held: Held, request: Request, call_next: Next, *, complete: bool, status: int
    ) -> Response:
        """Return how far the upload is; if it is *complete*, the answer of the backend to it."""
        if not complete:
            return Response(status, _state(held))
        if held.record.length is not None and held.size != held.record.length:
            detail = f"The upload is said to be complete, and has {held.size} bytes of {held.record.length}."
            raise RefusedError(400, _INCONSISTENT, detail)
        whole = digest(held.record.digest) if held.record.digest else None
        if whole is not None and not await done(held.has, whole):
            await done(held.remove)
            detail = "The upload is not what its Repr-Digest says: it is gone."
            raise RefusedError(400, "upload.checksum_mismatch", detail)
        size = held.size
        answer = await self._uploads.hand_over(held, request, call_next)
        answer.headers["upload-complete"] = "?0" if answer.status >= 500 else "?1"  # it can be handed over again
        answer.headers["upload-offset"] = str(size)
        return answer


def _state(held: Held) -> dict[str, str]:
    record = held.record
    offset = record.length if record.is_delivered else held.size
    left = max(0, int(held.expires - time.time()))
    fields = {
        "upload-complete": "?1" if record.is_delivered else "?0",
        "upload-offset": str(offset),
        "upload-limit": f"max-size={record.limit}, max-age={left}",
    }
    if record.length is not None:
        fields["upload-length"] = str(record.length)
    return fields if not record.is_delivered else {**fields, **dict(record.answer)}


def _length(request: Request, offset: int, *, complete: bool) -> int | None:
    """Return what *request* says of the length of the upload, whose bytes so far are *offset*."""
    said = integer(request.headers.get("upload-length"))
    rest = integer(request.headers.get("content-length")) if complete else None
    if complete and request.is_read:
        rest = len(request.body)
    if rest is None:
        return said
    if said is not None and said != offset + rest:
        raise RefusedError(400, _INCONSISTENT, "Upload-Length and Content-Length say different lengths.")
    return offset + rest


def _digest(request: Request, name: str) -> Digest | None:
    said = ", ".join(request.headers.get_all(name))
    try:
        return digest(said) if said else None
    except ValueError as error:
        raise RefusedError(400, "upload.checksum", f"{name} cannot be read: {error}.") from None
