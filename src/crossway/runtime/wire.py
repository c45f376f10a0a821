"""What of a message crosses the border between the runtime and the proxy."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Container, Iterable
from functools import lru_cache
from typing import Final

from crossway.compile.program import FORWARDED, ROUTE
from crossway.sdk.http import Headers, Request, Response

HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
"""What is said between two neighbours, and not passed on (RFC 9110, section 7.6.1)."""
_OURS = HOP_BY_HOP | {"host", ROUTE}

NOBODY: Final = "crossway"
"""The host of a request that names none: one of ours, to a service."""
_HOST: Final = re.compile(
    r"(?!xn--)(?:[a-z0-9-]+\.(?!xn--))*[a-z][a-z0-9-]*(?::(?!0|80$)(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?"
).fullmatch
_IPV4: Final = re.compile(
    r"(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!:|$)|(?=:|$))){4}(?::(?!0|80$)(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?"
).fullmatch
_REWRITTEN: Final = re.compile(r"[^!$-&(-;=?-\[\]_a-z|~]|/(?:\.|%2[eE]){1,2}(?:[/?]|$)").search
"""What is written in another way by who reads URLs as browsers do (WHATWG URL), as Envoy's client for modules does."""


def is_plain(request: Request) -> bool:
    """Return whether the host and the target of *request* stay as they are in a URL as browsers read it."""
    host = request.headers.get("host")
    return _is_plain_host(NOBODY if host is None else host) and not _REWRITTEN(request.target)


@lru_cache(maxsize=1024)
def _is_plain_host(host: str) -> bool:
    return bool(_HOST(host) or _IPV4(host))


def sent(request: Request, word: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the host that *request* names, and the headers with which it goes to the route known by *word*."""
    host = NOBODY
    fields = [(ROUTE, word)]
    for name, value in request.headers.items():
        if name == "host":
            host = value
        elif name not in _OURS:
            fields.append((FORWARDED.get(name, name), value if value.isascii() else _in_utf8(value)))
    return host, fields


def _in_utf8(value: str) -> str:
    """Return *value* as clients take it that write UTF-8: a value whose bytes are UTF-8 keeps them."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def received(
    status: int,
    fields: Iterable[tuple[str, str]],
    pieces: AsyncIterator[bytes],
    without: Container[str] = HOP_BY_HOP,
) -> Response:
    """Return an answer with these *fields*, names in lower case, but *without* some; its body comes in *pieces*."""
    response = Response.__new__(Response)
    response.status = status
    response.headers = Headers.of([(name, value) for name, value in fields if name not in without])
    response.arriving(pieces)
    return response
