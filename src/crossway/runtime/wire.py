"""What of a message crosses the border between the runtime and the proxy."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from typing import Final
from urllib.parse import quote

from crossway.compile.program import ROUTE, UPSTREAM
from crossway.runtime import upstreams
from crossway.sdk.http import Headers, Request, Response

HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", UPSTREAM})
"""What is said between two neighbours, and not passed on (RFC 9110, section 7.6.1)."""
_UNSAID: Final = HOP_BY_HOP | {"host", "content-length", ROUTE}
"""What of a request is not passed on, or in its own way."""

NOBODY: Final = "crossway"
"""The host of a request that names none: one of ours, to a service."""
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_UNSENDABLE: Final = re.compile(r"[^!-~\x80-\xff]").search
"""What a target cannot have: blanks, ends of lines, and what is no byte."""
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))


def sent(request: Request, word: str) -> tuple[bytes, int | None]:
    """Return *request* as it is written to the route known by *word*, with its body if that is here.

    Beside that, how long the body is that follows; `None` if it goes in chunks, since nobody knows. `ValueError` for a
    method that is none, `UnicodeError` for headers that are no bytes.
    """
    target = request.target
    if _UNSENDABLE(target):
        target = quote(target, safe=_VISIBLE)
    if not _METHOD(request.method):
        raise ValueError(f"{request.method!r} is no method of a request")
    host, length, lines = NOBODY, "", ""
    for name, value in request.headers.items():
        if name not in _UNSAID:
            lines += f"{name}: {value}\r\n"
        elif name == "host":
            host = value
        elif name == "content-length":
            length = value
        elif name == "upgrade":
            lines += f"connection: upgrade\r\nupgrade: {value}\r\n"
    head = f"{request.method} {target} HTTP/1.1\r\nhost: {host}\r\n{ROUTE}: {word}\r\n{lines}"
    if request.is_read:  # what is empty has no length where the client did not say that it is empty
        end = f"content-length: {len(request.body)}\r\n\r\n" if length or request.body else "\r\n"
        return (head + end).encode("latin-1") + request.body, 0
    if length.isdecimal():
        return f"{head}content-length: {length}\r\n\r\n".encode("latin-1"), int(length)
    return f"{head}transfer-encoding: chunked\r\n\r\n".encode("latin-1"), None


def field(line: str) -> tuple[str, str]:
    """Return the name, in lower case, and the value of a line of a head."""
    name, _, value = line.partition(":")
    return name.lower(), value.strip(" \t")


def passed_on(fields: Iterable[tuple[str, str]]) -> Headers:
    """Return *fields* of an answer that are passed on. What the inner listener says of it is noted."""
    kept = []
    for field in fields:
        if field[0] not in HOP_BY_HOP:
            kept.append(field)
        elif field[0] == UPSTREAM:
            upstreams.note(field[1])
    return Headers.of(kept)


def received(
    status: int, fields: Iterable[tuple[str, str]], body: AsyncIterator[bytes] | bytes, trailers: Headers
) -> Response:
    """Return an answer with these *fields*, names in lower case; the *trailers* are complete when its *body* is."""
    response = Response.__new__(Response)
    response.status = status
    response.headers = passed_on(fields)
    response.trailers = trailers
    response.arriving(body)
    return response
