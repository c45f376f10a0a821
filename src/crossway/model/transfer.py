"""Large transfers: downloads in several ranges at once, and bodies that backends take in small pieces only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from crossway.model.call import Positive
from crossway.model.part import Spec
from crossway.model.values import StorageSize

_KIB: Final = 2**10


class Download(Spec):
    """Fetch large files in several ranges at once, from whichever endpoints the load balancing gives, in order.

    In one line, `download: 8MiB`, the size of a range. A client asks for a file, without ranges of its own; the first
    range tells how large it is, and the others follow (RFC 9110, section 14). A range that fails is asked for again
    from where it broke off, which is most likely another endpoint. What the ranges are of is the same throughout: the
    entity tag, or the time of the last change and the length, of each are those of the first one. Where the backend
    has no ranges, or the file is no larger than one, its answer passes as it is.
    """

    size: Annotated[StorageSize, Field(ge=64 * _KIB, le=64 * 2**20)] = 8 * 2**20
    """How many bytes a range has. 8MiB by default: what is lost and asked for again is little, and so is what a request
    costs beside it."""
    parallel: Annotated[int, Field(ge=1, le=16)] = 4
    """How many ranges are fetched at once, and so how many are held in memory for a client that reads slowly."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    """How often a range is asked for, before the download is cut off."""
    timeout: Positive = timedelta(seconds=30)
    """The time for one range with all its bytes. One that takes longer has failed."""

    short_forms = ("size",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return _of_size(value)


class Split(Spec):
    """Send a large body to the backend in several requests, each with a piece that it takes.

    In one line, `split: 1MiB`, the size of a piece.

    By `bytes`, each request has a piece of the body, with its place in `Content-Range` and its SHA-256 in
    `Content-Digest` (RFC 9530); the answer to the last one is the client's. By `items`, the body is a JSON list, each
    request has some of its items, and the client gets one list with all that the answers hold. The requests follow each
    other, and the first one that is refused is the answer: `x-split-done` tells how much was taken before it. A body
    that is no larger than a piece passes as it is. Nothing is kept but the piece on its way.
    """

    size: Annotated[StorageSize, Field(ge=_KIB, le=64 * 2**20)] = 8 * 2**20
    """How many bytes a request has at most."""
    by: Literal["bytes", "items"] = "bytes"
    """What a body is split at."""
    items: Annotated[int, Field(ge=1, le=100_000)] = 100
    """How many items a request has at most, with `by: items`."""
    max_body: Annotated[StorageSize, Field(ge=1)] = 2**30
    """How many bytes the body may have as a whole: 413 is the answer to more. With `by: items` it is in memory, and
    64MiB are the most."""
    timeout: Positive = timedelta(seconds=30)
    """The time for one request with its answer."""

    short_forms = ("size",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return _of_size(value)


def _of_size(value: object) -> object:
    """Return the settings that a size alone stands for."""
    is_size = isinstance(value, str | int) and not isinstance(value, bool)
    return {"size": value} if is_size and not isinstance(value, Mapping) else value
