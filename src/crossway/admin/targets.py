"""Request targets (RFC 9112, section 3.2) that mean one thing. What can be read in two ways is no path but a trick."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from crossway.admin.problems import Problem

LONGEST: Final = 32_768
"""Bytes of the path and of the query."""
_BROKEN: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def trick(path: bytes, query: bytes) -> Problem | None:
    """Return what to answer to a target that is not looked at; `None` for an honest one."""
    if len(path) > LONGEST or len(query) > LONGEST:
        return _problem(HTTPStatus.REQUEST_URI_TOO_LONG, f"the path and the query are at most {LONGEST} bytes")
    if _BROKEN.search(path) or _BROKEN.search(query):
        return _problem(HTTPStatus.BAD_REQUEST, "a % in the target stands before two hexadecimal digits")
    try:
        decoded = unquote_to_bytes(path).decode()
        asked = unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return _problem(HTTPStatus.BAD_REQUEST, "the target is not UTF-8")
    if _CONTROL.search(decoded) or "\x00" in asked:
        return _problem(HTTPStatus.BAD_REQUEST, "the target has control characters in it")
    if re.search(rb"%2f|%5c|\\", path, re.IGNORECASE):
        return _problem(HTTPStatus.BAD_REQUEST, "a slash in the path stands for itself, and a backslash for nothing")
    first, *segments = decoded.split("/")
    if (
        first
        or not segments
        or any(segment in {"", ".", ".."} for segment in segments[:-1])
        or segments[-1:] in ([".."], ["."])
    ):
        return _problem(HTTPStatus.BAD_REQUEST, "the path has empty segments, . or .. in it")
    return None


def _problem(status: HTTPStatus, detail: str) -> Problem:
    return Problem(status.phrase, status.value, detail)
