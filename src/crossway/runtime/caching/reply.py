"""What a client gets of a stored answer: all of it, a part of it, or the news that it has it already. Pure.

Conditions and ranges are evaluated in the order of RFC 9110, section 13.2.2.
"""

from __future__ import annotations

import re
from typing import Final

from crossway.runtime.caching.fields import Field, date, entity_tags, same_strongly, same_weakly, values
from crossway.runtime.caching.key import Facts
from crossway.runtime.caching.stored import Stored
from crossway.sdk.http import Headers, Response

CONDITIONAL: Final = frozenset({"if-none-match", "if-modified-since", "range", "if-range"})
"""What a request may ask for that a stored answer can fulfil."""

_RANGE: Final = re.compile(r"bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_OF_CONTENT: Final = frozenset({"content-encoding", "content-type", "etag", "last-modified"})
_UNCHANGED: Final = frozenset({"content-location", "content-security-policy", "content-security-policy-report-only"})


def reply(stored: Stored, method: str, given: Facts, now: float, cache_status: str) -> Response:
    """Return the answer to a request with the headers *given*, from an answer that may be used for it."""
    fields = [*stored.fields, ("age", str(max(0, int(now - stored.born)))), ("cache-status", cache_status)]
    if 200 <= stored.status < 300:
        if _is_known(stored, given):
            return _response(304, _without_content(fields), b"")
        if stored.status == 200 and method == "GET" and "range" in given and _is_part_wanted(stored, given):
            part = _part(stored, given["range"])
            if part is not None:
                return _partial(stored, fields, part)
    return _response(stored.status, fields, b"" if method == "HEAD" else stored.body)


def _response(status: int, fields: list[Field], body: bytes) -> Response:
    response = Response(status, Headers.of(fields))
    response.arriving(body)
    return response


def _is_known(stored: Stored, given: Facts) -> bool:
    """Return whether the client has this answer already."""
    wanted = given.get("if-none-match")
    if wanted is not None:
        etag = stored.etag
        if wanted.strip() == "*":
            return True
        return etag is not None and any(same_weakly(tag, etag) for tag in entity_tags(wanted))
    since = date(given.get("if-modified-since"))
    if since is None:
        return False
    changed = date(stored.modified or values(stored.fields, "date"))
    return changed is not None and changed <= since


def _is_part_wanted(stored: Stored, given: Facts) -> bool:
    """Return whether a range is wanted of this very answer (RFC 9110, section 13.1.5)."""
    if values(stored.fields, "accept-ranges") == "none":
        return False
    condition = given.get("if-range")
    if condition is None:
        return True
    if '"' in condition:
        return stored.etag is not None and same_strongly(condition.strip(), stored.etag)
    return stored.modified is not None and condition.strip() == stored.modified


def _part(stored: Stored, wanted: str) -> range | None:
    """Return which bytes are *wanted*: none at all if there are no such, `None` for what is no single range."""
    match = _RANGE.fullmatch(wanted)
    size = len(stored.body)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    first, last = int(match[1]), int(match[2]) if match[2] else size - 1
    if match[2] and last < first:
        return None
    return range(first, min(last + 1, size))


def _partial(stored: Stored, fields: list[Field], part: range) -> Response:
    size = len(stored.body)
    left = [field for field in fields if field[0] not in ("content-length", "content-range")]
    if not part:
        left = [field for field in left if field[0] not in _OF_CONTENT]
        return _response(416, [*left, ("content-range", f"bytes */{size}"), ("content-length", "0")], b"")
    span = f"bytes {part.start}-{part.stop - 1}/{size}"
    return _response(
        206,
        [*left, ("content-range", span), ("content-length", str(len(part)))],
        stored.body[part.start : part.stop],
    )


def _without_content(fields: list[Field]) -> list[Field]:
    return [field for field in fields if not field[0].startswith("content-") or field[0] in _UNCHANGED]


def conditions(stored: Stored) -> list[Field]:
    """Return the conditions under which a backend need not send *stored* again (RFC 9111, section 4.3.1)."""
    found: list[Field] = []
    if stored.etag:
        found.append(("if-none-match", stored.etag))
    if stored.modified and date(stored.modified) is not None:
        found.append(("if-modified-since", stored.modified))
    return found
