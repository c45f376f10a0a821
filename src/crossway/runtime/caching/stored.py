"""An answer that is kept, and how a later answer makes it fresh again. Pure.

What every hit needs is worked out once, when the answer is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import DecodeError, Struct, ValidationError, msgpack, structs

from crossway.model.caching import Cache, SetCookie
from crossway.runtime.caching.fields import Field, as_date, names, same_weakly, values
from crossway.runtime.caching.judgement import Asked, judge

TAGS: Final = ("surrogate-key", "cache-tag")
"""The headers in which a backend says by which tags an answer can be purged."""
OVERHEAD: Final = 1024
"""What an answer takes in memory beside its body and headers, in bytes."""
MOST_TAGS: Final = 256
"""The tags that are kept of one answer."""
NAME: Final = "Crossway"
"""What `Cache-Status` calls this cache (RFC 9211)."""

_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What belongs to a connection, and not to an answer (RFC 9111, section 3.1)."""
_MOMENTARY: Final = frozenset({"age", "cache-status", "content-length", "x-request-id"})
"""What is written anew for each answer."""
_FIXED: Final = frozenset({"content-encoding", "content-length", "content-range", *_HOP_BY_HOP, *_MOMENTARY})
"""What a later answer without a body does not change (RFC 9111, section 3.2)."""
_DAY: Final = 86_400.0
_LEAST: Final = 1.0
_SEPARATOR: Final = re.compile(r"[\s,]+")


class Stored(Struct):
    """An answer that is kept. Moments and times are in seconds, moments since 1970."""

    status: int
    fields: list[Field]
    """All headers but `Age` and `Cache-Status`."""
    body: bytes
    url: str
    route: str
    tags: tuple[str, ...]
    vary: tuple[str, ...]
    """The headers of a request by which it was chosen."""
    requested: float
    """When the backend was asked."""
    born: float
    """When it was 0 seconds old."""
    expires: float
    """Until when it is fresh."""
    revalidated: bool
    implicit: bool
    shareable: bool
    stale_while_revalidate: float
    stale_if_error: float
    stale_allowed: bool
    authorized: bool
    cookies: bool
    named: str
    """What `Cache-Status` says before what this cache did: those of caches behind it, and its name."""
    etag: str | None
    modified: str | None
    free: bool
    """Whether anybody may get it, whoever asks, without a closer look."""
    looked: float = 0.0
    """When the store that all proxies share was last asked whether it was taken back."""
    generation: str = ""
    """What tells it from an answer to the same request that was taken back."""

    @property
    def weight(self) -> int:
        """The bytes that it takes in memory."""
        return OVERHEAD + len(self.body) + sum(len(name) + len(value) for name, value in self.fields)

    @property
    def spare(self) -> float:
        """How long it is of use when it is stale: while it may be given so, or can be validated."""
        validated = min(self.expires - self.born, _DAY) if self.etag or self.modified else 0.0
        return max(self.stale_while_revalidate, self.stale_if_error, validated, _LEAST)


class Exchange(NamedTuple):
    """The request that an answer was given to. Moments are in seconds since 1970."""

    asked: Asked
    url: str
    route: str
    requested: float
    """When the backend was asked."""
    received: float
    """When the head of its answer came."""


def keep(settings: Cache, exchange: Exchange, status: int, fields: Sequence[Field]) -> Stored | str:
    """Return an answer as it is kept, still without its body, or in one word why it may not be kept."""
    asked, received = exchange.asked, exchange.received
    verdict = judge(settings, asked, status, fields, exchange.requested, received)
    if isinstance(verdict, str):
        return verdict
    left_out = _HOP_BY_HOP | _MOMENTARY | verdict.unsaid | _connected(fields)
    if settings.strip_tags:
        left_out |= frozenset(TAGS)
    kept = [(name, value) for name, value in fields if name not in left_out and not name.startswith("x-envoy-")]
    if not any(name == "date" for name, _ in kept):
        kept.append(("date", as_date(received)))
    before = values(fields, "cache-status")
    born = received - verdict.age
    return Stored(
        status=status,
        fields=kept,
        body=b"",
        url=exchange.url,
        route=exchange.route,
        tags=_tags(fields),
        vary=_vary(fields),
        requested=exchange.requested,
        born=born,
        expires=born + verdict.lifetime,
        revalidated=verdict.revalidated,
        implicit=verdict.implicit,
        shareable=verdict.shareable,
        stale_while_revalidate=verdict.stale_while_revalidate,
        stale_if_error=verdict.stale_if_error,
        stale_allowed=verdict.stale_allowed,
        authorized=asked.authorized,
        cookies=asked.cookies,
        named=f"{before}, {NAME}; " if before else f"{NAME}; ",
        etag=values(kept, "etag"),
        modified=values(kept, "last-modified"),
        free=verdict.shareable and (settings.cookies or not verdict.implicit) and not verdict.revalidated,
    )


def complete(stored: Stored, body: bytes) -> Stored:
    """Let *stored* have *body*."""
    stored.body = body
    if stored.status != 204:
        stored.fields.append(("content-length", str(len(body))))
    return stored


def is_for(stored: Stored, asked: Asked, settings: Cache) -> bool:
    """Return whether a request that shows what *asked* says may get it."""
    if asked.authorized and not stored.shareable:
        return False
    return not (stored.implicit and asked.cookies and not settings.cookies)


def is_confirmed(stored: Stored, fields: Sequence[Field]) -> bool:
    """Return whether an answer 304 with *fields* can be about *stored* (RFC 9111, section 4.3.4)."""
    etag, modified = values(fields, "etag"), values(fields, "last-modified")
    if etag is not None and stored.etag is not None:
        return same_weakly(etag, stored.etag)
    return modified is None or stored.modified is None or modified == stored.modified


def is_described(stored: Stored, fields: Sequence[Field]) -> bool:
    """Return whether an answer to `HEAD` with *fields* can be about *stored* (RFC 9111, section 4.3.5)."""
    length = values(fields, "content-length")
    return is_confirmed(stored, fields) and (length is None or length == str(len(stored.body)))


def freshened(settings: Cache, stored: Stored, exchange: Exchange, fields: Sequence[Field]) -> tuple[Stored, str]:
    """Return *stored* with what a later answer without a body says (RFC 9111, section 3.2), and why it is not kept.

    The reason is empty for what is kept.
    """
    fixed = _FIXED | _connected(fields)
    if settings.set_cookie is not SetCookie.KEEP:
        fixed |= {"set-cookie"}
    later = {name for name, _ in fields if name not in fixed}
    renewed = later | {"content-length", "date"}
    merged = [field for field in stored.fields if field[0] not in renewed]
    merged += [field for field in fields if field[0] in later]
    momentary = [field for field in fields if field[0] in ("age", "cache-status")]
    asked = Asked(
        stored.authorized or exchange.asked.authorized,
        stored.cookies or exchange.asked.cookies,
    )
    fresh = keep(settings, exchange._replace(asked=asked), stored.status, merged + momentary)
    if isinstance(fresh, str):
        return complete(structs.replace(stored, fields=merged), stored.body), fresh
    fresh.tags = fresh.tags or stored.tags
    return complete(fresh, stored.body), ""


def packed(stored: Stored) -> bytes:
    """Return *stored* as bytes."""
    return _ENCODER.encode(stored)


def unpacked(data: bytes) -> Stored | None:
    """Return what `packed` wrote; `None` for what something else wrote."""
    try:
        return _DECODER.decode(data)
    except (DecodeError, ValidationError):
        return None


_ENCODER: Final = msgpack.Encoder()
_DECODER: Final = msgpack.Decoder(Stored)


def _connected(fields: Sequence[Field]) -> frozenset[str]:
    """Return the headers that `Connection` names (RFC 9110, section 7.6.1)."""
    return names(values(fields, "connection"))


def _vary(fields: Sequence[Field]) -> tuple[str, ...]:
    return tuple(sorted(names(values(fields, "vary"))))


def _tags(fields: Sequence[Field]) -> tuple[str, ...]:
    found = (tag for name, value in fields if name in TAGS for tag in _SEPARATOR.split(value) if tag)
    return tuple(dict.fromkeys(found))[:MOST_TAGS]
