"""Ranges of bytes, and what they are of (RFC 9110, sections 8.8 and 14)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from crossway.sdk.http import Response

PARTIAL: Final = 206
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


class Range(NamedTuple):
    """Some bytes of a file: from `start` to before `end`, of `total`."""

    start: int
    end: int
    total: int


class Version(NamedTuple):
    """What tells one state of a file from another: a strong entity tag, or the time of the last change."""

    tag: str | None
    changed: str | None
    total: int


def range_of(response: Response) -> Range | None:
    """Return the range that *response* holds, if it holds one of a file whose length is known."""
    found = _RANGE.fullmatch(response.headers.get("content-range") or "") if response.status == PARTIAL else None
    if found is None:
        return None
    start, last, total = (int(number) for number in found.groups())
    return Range(start, last + 1, total) if start <= last < total else None


def version_of(response: Response, total: int) -> Version:
    """Return what the bytes of *response* are of."""
    tag = response.headers.get("etag")
    strong = tag if tag is not None and not tag.startswith("W/") else None
    return Version(strong, None if strong else response.headers.get("last-modified"), total)


def asking(start: int, end: int) -> str:
    """Return the value of `Range` for the bytes from *start* to before *end*."""
    return f"bytes={start}-{end - 1}"
