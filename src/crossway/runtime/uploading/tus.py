"""Uploads as clients of tus 1.0 make them: https://tus.io/protocols/resumable-upload.

With the extensions creation, creation-with-upload, creation-defer-length, expiration, checksum, termination and
concatenation. Law: 204 and 201 say that every byte is on the disk; to the last one, that the backend has them all.
"""

from __future__ import annotations

import re
import time
from email.utils import formatdate
from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from crossway.runtime.handler import Next
from crossway.runtime.uploading.address import identity_in, located
from crossway.runtime.uploading.answers import refusal
from crossway.runtime.uploading.fields import CHECKSUMS, Digest, checksum, described, integer, metadata
from crossway.runtime.uploading.records import Record
from crossway.runtime.uploading.storage import Held
from crossway.runtime.uploading.threads import done
from crossway.runtime.uploading.uploads import RefusedError, Uploads
from crossway.sdk.http import Request, Response

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation"
BYTES: Final = "application/offset+octet-stream"
MOST_PARTS: Final = 256
"""How many partial uploads one may consist of."""
_SUCCESSFUL: Final = range(200, 400)


class Tus:
    """The protocol, for the uploads of a route."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def discovery(self) -> dict[str, str]:
        """Return the headers that say what is supported."""
        return {
            "tus-resumable": VERSION,
            "tus-version": VERSION,
            "tus-extension": EXTENSIONS,
            "tus-max-size": str(self._uploads.settings.max_size),
            "tus-checksum-algorithm": ",".join(CHECKSUMS),
        }

    async def answer(self, request: Request, identity: str | None, call_next: Next) -> Response:
        """Return the answer to *request*, which is for the upload *identity*, or begins one."""
        method = (request.headers.get("x-http-method-override") or request.method).upper()
        try:
            if request.headers.get("tus-resumable") != VERSION:
                detail = f"This is tus {VERSION}, and no other version."
                raise RefusedError(412, "upload.version", detail, tus_version=VERSION)
            if "upload-complete" in request.headers:
                raise RefusedError(400, "upload.mixed_protocols", "The request speaks two protocols at once.")
            if identity is None and method == "POST":
                response = await self._create(request, call_next)
            elif identity is None:
                detail = f"{method} means nothing where uploads begin."
                raise RefusedError(405, "upload.method", detail, allow="POST, OPTIONS")
            elif method == "HEAD":
                response = await self._head(request, identity, call_next)
            elif method == "PATCH":
                response = await self._patch(request, identity, call_next)
            elif method == "DELETE":
                response = await self._delete(request, identity)
            else:
                detail = f"{method} means nothing for an upload."
                raise RefusedError(405, "upload.method", detail, allow="HEAD, PATCH, DELETE, OPTIONS")
        except RefusedError as error:
            response = refusal(error)
        response.headers["tus-resumable"] = VERSION
        return response

    async def _create(self, request: Request, call_next: Next) -> Response:
        record = await self._begun(request)
        has_bytes = not request.is_read or bool(request.body)
        digest = _digest(request)
        if has_bytes and not record.parts:
            _check_type(request)
        held = await self._uploads.create(record)
        location = located(request, held.identity)
        try:
            if has_bytes and not record.parts:
                await self._uploads.append(held, request, digest, None if record.partial else call_next)
            response = await self._moved_on(held, request, call_next, 201)
        except RefusedError as error:
            response = refusal(error)  # of the bytes, or of the backend: the upload is there, and can go on
        finally:
            held.release()
        if response.status != 413:
            response.headers["location"] = location
        return response

    async def _begun(self, request: Request) -> Record:
        """Return the upload that *request* begins; `RefusedError` if it cannot be one."""
        headers, settings = request.headers, self._uploads.settings
        said = headers.get("upload-metadata") or ""
        try:
            fields = described(metadata(said))
        except ValueError as error:
            raise RefusedError(400, "upload.metadata", f"Upload-Metadata cannot be read: {error}.") from None
        kept = [field for field in headers.items() if field[0] in settings.keep_headers]
        concat = headers.get("upload-concat") or ""
        parts: tuple[str, ...] = ()
        length = integer(headers.get("upload-length"))
        if concat.startswith("final"):
            parts = self._parts(concat)
            length = await self._uploads.lengths(parts, request.consumer)
        elif concat not in ("", "partial"):
            raise RefusedError(400, "upload.concat", "Upload-Concat is `partial`, or `final;` and the parts.")
        elif (length is None) != (headers.get("upload-defer-length") == "1"):
            detail = "A request says the length of the upload (Upload-Length), or that it comes later, and not both."
            raise RefusedError(400, "upload.length", detail)
        if length is not None and length > settings.max_size:
            raise RefusedError(413, "upload.too_large", f"An upload has {settings.max_size} bytes at most.")
        return Record(
            protocol="tus",
            created=time.time(),
            limit=settings.max_size if length is None else length,
            lifetime=settings.lifetime.total_seconds(),
            max_age=settings.max_age.total_seconds(),
            method="POST",
            target=request.target,
            length=length,
            consumer=request.consumer or "",
            headers=(*fields, *kept),
            metadata=said,
            partial=concat == "partial",
            parts=parts,
            concat=concat,
        )

    @staticmethod
    def _parts(concat: str) -> tuple[str, ...]:
        urls = concat.removeprefix("final").lstrip(" ;").split()
        found = [identity_in(urlsplit(url).query) for url in urls]
        parts = tuple(part for part in found if part is not None)
        if not parts or len(parts) < len(urls) or len(parts) > MOST_PARTS:
            detail = f"A final upload names its parts, {MOST_PARTS} at most, by their URLs."
            raise RefusedError(400, "upload.concat", detail)
        return parts

    async def _head(self, request: Request, identity: str, call_next: Next) -> Response:
        held = await self._uploads.hold(identity, request.consumer, "tus")
        try:
            return await self._moved_on(held, request, call_next, 200)
        finally:
            held.release()

    async def _patch(self, request: Request, identity: str, call_next: Next) -> Response:
        _check_type(request)
        offset, digest = integer(request.headers.get("upload-offset")), _digest(request)
        if offset is None:
            raise RefusedError(400, "upload.offset", "A request says where its bytes belong: Upload-Offset.")
        held = await self._uploads.hold(identity, request.consumer, "tus")
        try:
            record = held.record
            if record.parts:
                raise RefusedError(403, "upload.final", "A final upload consists of its parts.")
            here = _offset(held)
            if offset != here:
                detail = f"The upload has {here} bytes, and the next ones are said to begin at {offset}."
                raise RefusedError(409, "upload.offset_mismatch", detail, upload_offset=str(here))
            await self._learn_length(held, request)
            if record.is_delivered and not (request.is_read and not request.body):
                raise RefusedError(413, "upload.too_large", "The upload is complete: nothing belongs behind it.")
            if not record.is_delivered:
                await self._uploads.append(held, request, digest, None if record.partial else call_next)
            return await self._moved_on(held, request, call_next, 204)
        finally:
            held.release()

    async def _learn_length(self, held: Held, request: Request) -> None:
        """Take note of the length of an upload that had none."""
        said = request.headers.get("upload-length")
        if said is None:
            return
        length, record = integer(said), held.record
        if length is None or length < held.size or (record.length is not None and length != record.length):
            raise RefusedError(400, "upload.length", "The length of an upload is said once, and does not change.")
        if length > record.limit:
            raise RefusedError(413, "upload.too_large", f"The upload has {record.limit} bytes at most.")
        if record.length is None:
            await done(held.save, replace(record, length=length, limit=length))

    async def _delete(self, request: Request, identity: str) -> Response:
        held = await self._uploads.hold(identity, request.consumer, "tus")
        try:
            await done(held.remove)
        finally:
            held.release()
        return Response(204)

    async def _moved_on(self, held: Held, request: Request, call_next: Next, status: int) -> Response:
        """Return an answer of *status* that says how far the upload is; one that is whole goes to the backend first."""
        is_whole = held.record.parts or held.size == held.record.length
        if is_whole and not held.record.partial and not held.record.is_delivered:
            answer = await self._uploads.hand_over(held, request, call_next)
            if answer.status >= 500:
                detail = "The backend could not take the upload. It is kept, and can be completed later."
                raise RefusedError(502, "upload.not_delivered", detail, x_upload_status=str(answer.status))
            if answer.status not in _SUCCESSFUL:
                return answer  # it does not want it, and says why
        response = Response(status, _state(held))
        if status == 200:
            response.headers["cache-control"] = "no-store"
            _describe(held, response)
        return response


def _state(held: Held) -> dict[str, str]:
    record = held.record
    fields = {} if record.parts and not record.is_delivered else {"upload-offset": str(_offset(held))}
    if record.is_delivered:
        return {**fields, **dict(record.answer), "x-upload-status": str(record.status)}
    return {**fields, "upload-expires": formatdate(held.expires, usegmt=True)}


def _describe(held: Held, response: Response) -> None:
    record = held.record
    if record.length is None:
        response.headers["upload-defer-length"] = "1"
    else:
        response.headers["upload-length"] = str(record.length)
    if record.metadata:
        response.headers["upload-metadata"] = record.metadata
    if record.concat:
        response.headers["upload-concat"] = record.concat


def _offset(held: Held) -> int:
    return held.size if held.record.length is None or not held.record.is_delivered else held.record.length


def _digest(request: Request) -> Digest | None:
    said = request.headers.get("upload-checksum")
    if said is None:
        if re.search(r"\bupload-checksum\b", request.headers.get("trailer") or "", re.IGNORECASE):
            raise RefusedError(400, "upload.checksum", "A checksum comes before the bytes here, and not behind them.")
        return None
    try:
        return checksum(said)
    except ValueError as error:
        raise RefusedError(400, "upload.checksum", f"Upload-Checksum cannot be read: {error}.") from None


def _check_type(request: Request) -> None:
    if (request.headers.get("content-type") or "").partition(";")[0].strip().lower() != BYTES:
        raise RefusedError(415, "upload.content_type", f"The bytes of an upload are {BYTES}.")
