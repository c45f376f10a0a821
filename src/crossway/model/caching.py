"""The settings of the cache: what is kept, for whom, and for how long."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictBool, model_validator

from crossway.model.part import Part, Spec, told
from crossway.model.route import HeaderName
from crossway.model.values import Duration, Size, parse_duration

LARGEST: Final = 64 * 2**20
"""The most that one answer may have, in bytes: a larger one would push everything else out of memory."""
LONGEST: Final = timedelta(days=365)
"""The longest that anything is fresh."""

_SECOND: Final = timedelta(seconds=1)


def _short_enough(value: timedelta) -> timedelta:
    if value > LONGEST:
        raise ValueError("nothing is kept for more than 365d")
    return value


Lifetime = Annotated[Duration, AfterValidator(_short_enough)]
"""How long an answer is kept."""

ErrorStatus = Annotated[int, Field(ge=400, le=599)]
"""The status of an answer that is an error."""


class SetCookie(enum.StrEnum):
    """What becomes of an answer that sets a cookie."""

    SKIP = "skip"
    """It is not kept."""
    STRIP = "strip"
    """It is kept without its cookies: only the client that caused it gets them."""
    KEEP = "keep"
    """It is kept as it is: every client gets the same cookie."""


class QueryKey(Part):
    """Which parameters of the query make a difference."""

    include: tuple[str, ...] | None = None
    """Only these make a difference; `[]` for none. A name may end in `*`."""
    ignore: tuple[str, ...] = ()
    """These make no difference, such as `utm_*`. A name may end in `*`."""

    @model_validator(mode="after")
    def _one_way(self) -> QueryKey:
        if self.include is not None and self.ignore:
            raise told("`include` and `ignore` exclude each other", expected="one of them")
        return self


class Key(Part):
    """What makes two requests different, beside their URL and what `Vary` of the answer names."""

    headers: tuple[HeaderName, ...] = ()
    """Requests that differ in one of these headers get answers of their own, such as `x-tenant`."""
    query: QueryKey = QueryKey()
    """Which parameters of the query make a difference. All of them by default. Parameters that make none still reach
    the backend, with the request that happens to come first."""


class Cache(Spec):
    """Keep answers, and give them again without asking the backend. In one line, `cache: 60s`, the default lifetime.

    The backend decides by `Cache-Control`, as RFC 9111 says for a shared cache: what is `private` or `no-store` is
    never kept, and what is stale is asked for again with its `ETag` or `Last-Modified`. `Cache-Status` of each answer
    says what the cache did, `Age` how old the answer is.

    An answer to a request that shows who asks (`Authorization`, an API key, a recognised consumer) is kept and given
    only if it says `public`, `s-maxage` or `must-revalidate`, or if the cache is kept apart `by: consumer`.
    """

    lifetime: Lifetime = timedelta()
    """How long an answer of status 200, 203, 204, 300, 301 or 308 is fresh that does not say so itself. By default it
    is not kept: a backend that says nothing may not know that somebody keeps its answers. It does not hold for
    requests with cookies, unless `cookies` says so."""
    heuristic: StrictBool = False
    """Take a tenth of the time since `Last-Modified`, a day at most, for answers that say nothing else (RFC 9111,
    section 4.2.2). Off by default: it surprises whoever deploys a new version."""
    negative: Mapping[ErrorStatus, Lifetime] = Field(default_factory=dict)
    """How long errors are fresh that do not say so themselves, by status: `{404: 30s, 410: 1h}`. None by default."""
    methods: Annotated[tuple[Literal["GET", "HEAD"], ...], Field(min_length=1)] = ("GET", "HEAD")
    """The methods that are answered from the cache. Any other one that is not safe makes the cache forget its URL."""
    by: Literal["consumer"] | None = None
    """Keep the answers for each consumer apart, so that those to authorised requests can be kept too. What says
    `private` is not kept even so. Nothing is kept apart by default."""
    key: Key = Key()
    """What else makes two requests different."""
    authorized: StrictBool = False
    """Take every request for one that shows who asks. It is so by itself on routes with a policy that authenticates;
    say it where the backend recognises people in another way, by their address for instance."""
    cookies: StrictBool = False
    """Let `lifetime`, `heuristic` and `negative` hold for requests with cookies too. Off by default: with a cookie, an
    answer may be somebody's own, and a backend that has never met a cache does not say so."""
    set_cookie: SetCookie = SetCookie.SKIP
    """What becomes of an answer with `Set-Cookie`: `skip` does not keep it, `strip` keeps it without its cookies,
    `keep` gives one cookie to everybody. By default it is not kept: the cookie is often a session."""
    max_size: Annotated[Size, Field(le=LARGEST)] = 2**20
    """The size of the largest answer that is kept, 64 MiB at most. Larger ones pass through as they come. The default
    of 1 MiB leaves room for many."""
    shared: StrictBool = False
    """Keep answers in Redis too, where all proxies find them. Each proxy still answers from its own memory first, and
    looks once in a second whether what it has was taken back. Off by default."""
    stale_while_revalidate: Lifetime = timedelta()
    """How long a stale answer is given at once while a new one is fetched behind it (RFC 5861), where the answer does
    not say so itself and does not forbid it. Not at all by default."""
    stale_if_error: Lifetime = timedelta()
    """How long a stale answer is given in place of an error 500, 502, 503 or 504, or when there is no answer
    (RFC 5861), where the answer does not say so itself and does not forbid it. Not at all by default."""
    coalesce: StrictBool = True
    """Let one of several requests for the same thing ask the backend, and the others wait for its answer."""
    coalesce_timeout: Annotated[Duration, Field(ge=_SECOND / 1000, le=60 * _SECOND)] = 5 * _SECOND
    """How long a request waits for the answer to another one before it asks by itself, 1 minute at most. The default
    of 5 seconds is longer than most answers take."""
    client_directives: StrictBool = True
    """Whether a client may say in `Cache-Control` that it wants no answer from the cache, or how old one may be. Turn
    it off where that would let anybody send all requests on to the backend."""
    strip_tags: StrictBool = True
    """Take `Surrogate-Key` and `Cache-Tag`, the tags by which answers can be purged, off the answer: they are meant
    for caches, and tell clients about the inside of the backend."""

    short_forms = ("lifetime",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str) or (value == 0 and not isinstance(value, bool)):
            return {"lifetime": parse_duration(value)}
        return value
