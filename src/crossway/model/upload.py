"""The settings of resumable uploads: how large they may be, how long they are kept, and what the backend gets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crossway.model.part import Part, Spec, told
from crossway.model.route import HeaderName, Method
from crossway.model.values import Duration, HeaderText, StorageSize

_MINUTE = timedelta(minutes=1)
_YEAR = timedelta(days=365)


class Pieces(Part):
    """Hand an upload to the backend in requests of a bounded size, one after the other. In one line, `pieces: 8MiB`.

    Each has a `Content-Range`, and is sent once the one before it was acknowledged with a status below 400. After a
    failure, or a restart, the first one that was not acknowledged is the next one.
    """

    size: Annotated[StorageSize, Field(ge=2**10)] = 8 * 2**20
    """How many bytes each has at most. 8MiB, the default, is little for a backend to hold in memory, and much compared
    with what a request costs."""
    checksum: Literal["sha256"] | None = "sha256"
    """What each carries in `Content-Digest` (RFC 9530), so that the backend can check it. `null` for nothing, which
    saves reading each piece twice."""

    short_forms = ("size",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"size": value} if isinstance(value, str | int) and not isinstance(value, bool) else value


class Upload(Spec):
    """Take large uploads that may be interrupted and resumed. In one line, `upload: 5GiB`, the largest one.

    Clients speak tus 1.0, or the IETF's draft on resumable uploads. What arrives is kept on the disk of the proxy, and
    survives a restart of everything. Once it is whole, the backend gets it: as one request with a streamed body, or in
    `pieces`; and the client gets the backend's answer. An upload that the backend does not take is kept, and handed
    over again when the client asks again. Requests that are no such upload pass as they come.

    An upload belongs to the consumer that has begun it. Its address is that of the request that began it, with an id
    that nobody guesses; the route has to match `POST`, `HEAD`, `PATCH`, `DELETE` and `OPTIONS` there.
    """

    max_size: Annotated[StorageSize, Field(ge=1)] = 5 * 2**30
    """How many bytes an upload may have: 413 is the answer to more. 5GiB by default, what most object stores take as
    one object."""
    max_storage: Annotated[StorageSize, Field(ge=1)] = 20 * 2**30
    """How many bytes all uploads of the route may have together on one disk, as far as they were announced: 507 is the
    answer to one more. One that does not say its length counts as one of `max_size`. 20GiB by default, four of the
    largest."""
    max_uploads: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """How many uploads the route may have at once, finished ones excepted: 507 is the answer to one more."""
    lifetime: Annotated[Duration, Field(ge=_MINUTE, le=_YEAR)] = timedelta(days=1)
    """How long an upload is kept after its last piece. Abandoned ones are removed within a minute after that. A day by
    default: somebody can go on tomorrow morning."""
    max_age: Annotated[Duration, Field(ge=_MINUTE, le=_YEAR)] = timedelta(days=7)
    """How long an upload is kept at all, so that nobody keeps one alive for ever with a byte now and then."""
    directory: Annotated[str, Field(pattern=r"^/[^\x00]*$")] | None = None
    """Where uploads are kept, which the account of the proxy can write to: an absolute path. In the proxy's own
    directory of state by default, on its disk. Several proxies behind one load balancer can resume each other's
    uploads only in a directory that they share, on a file system with `flock`."""
    protocols: Annotated[tuple[Literal["tus", "ietf"], ...], Field(min_length=1)] = ("tus", "ietf")
    """What clients may speak: tus 1.0 (`tus`), and draft-ietf-httpbis-resumable-upload (`ietf`)."""
    hand_over: Literal["whole", "arriving"] = "whole"
    """When the backend gets an upload. Once it is `whole`, by default: no backend waits for a slow client, or sees it
    leave. Or while the request is `arriving` that brings all the rest of it, which saves the time that the hand-over
    takes: if that request breaks off, the one to the backend does too, as without uploads, and the backend gets the
    whole of it again later. With `pieces`, or where a client sends checksums, an upload is whole first."""
    method: Method | None = None
    """The method of the request to the backend. By default that of the request that began the upload: `POST` in
    tus."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=2048)] | None = None
    """Path and query of the request to the backend, in which `{id}` stands for the key of the upload, the value of
    `x-upload-id` too. By default those of the request that began the upload."""
    headers: Annotated[Mapping[HeaderName, HeaderText], Field(max_length=32)] = Field(default_factory=dict)
    """Headers of the request to the backend, beside those that say what the upload is and who sends it."""
    keep_headers: Annotated[tuple[HeaderName, ...], Field(max_length=32)] = ()
    """Headers of the request that begins an upload which the backend gets as well. They are kept on the disk. By
    default it gets those of the request that completes the upload, and of the first one what says what is uploaded:
    `content-type`, `content-disposition`, `content-encoding`, and the metadata of tus."""
    answer_headers: Annotated[tuple[HeaderName, ...], Field(max_length=32)] = ()
    """Headers of the backend's answer that a client of tus gets with its last piece, and with `HEAD` afterwards, such
    as `content-location`. Clients of the IETF's draft get the whole answer, and these with `HEAD`."""
    pieces: Pieces | None = None
    """Hand uploads to the backend in requests of a bounded size. As one request by default."""

    short_forms = ("max_size",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"max_size": value} if isinstance(value, str | int) and not isinstance(value, bool) else value

    @model_validator(mode="after")
    def _has_room(self) -> Upload:
        if self.max_size > self.max_storage:
            raise told("`max_storage` has no room for one upload of `max_size`", expected="at least `max_size`")
        return self
