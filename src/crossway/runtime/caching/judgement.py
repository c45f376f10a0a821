"""May an answer be kept, for whom, and how long is it fresh: RFC 9111, sections 3 and 4.2, as a shared cache. Pure.

Law: what an answer says about itself in so many words goes before every setting, and what forbids before what allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from crossway.model.caching import Cache, SetCookie
from crossway.runtime.caching.fields import Directives, Field, age, date, directives, names, seconds, targeted, values

UNDERSTOOD: Final = frozenset(
    {200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504}
)
"""The statuses whose rules about caching this cache keeps (RFC 9111, section 5.2.2.3)."""
HEURISTIC: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501})
"""The statuses that may be fresh without saying so (RFC 9110, section 15.1), but for parts."""
LASTING: Final = frozenset({200, 203, 204, 300, 301, 308})
"""The statuses that the default lifetime holds for."""
DAY: Final = 86_400
"""The longest heuristic lifetime, in seconds."""


class Asked(NamedTuple):
    """What counts of the request that an answer was given to."""

    authorized: bool
    """Whether it shows who asks."""
    cookies: bool


class Verdict(NamedTuple):
    """How an answer may be kept. Times are in seconds."""

    age: float
    """How old it was when it came (section 4.2.3)."""
    lifetime: float
    """How old it may get and be fresh."""
    implicit: bool
    """Whether that is what the settings say, and not the answer."""
    shareable: bool
    """Whether requests that show who asks may get it."""
    revalidated: bool
    """Whether it is never given without asking (`no-cache`)."""
    stale_while_revalidate: float
    stale_if_error: float
    stale_allowed: bool
    """Whether a client that asks for it may get it stale."""
    unsaid: frozenset[str]
    """The headers that are for the first client alone."""


def judge(
    settings: Cache, asked: Asked, status: int, fields: Sequence[Field], requested: float, received: float
) -> Verdict | str:
    """Return how an answer to *asked* may be kept, or in one word why it may not."""
    if status < 200 or status in (206, 304):
        return "status"
    aim = values(fields, "cdn-cache-control")
    aimed = targeted(aim) if aim is not None else None
    said = aimed or directives(values(fields, "cache-control") or "")
    forbidden = _forbidden(settings, asked, status, fields, said)
    if forbidden:
        return forbidden
    born = date(values(fields, "date"))
    if born is None:
        born = received
    lifetime = _explicit(said, None if aimed else values(fields, "expires"), born)
    implicit = lifetime is None
    if lifetime is None:
        lifetime = 0 if "no-cache" in said else _implicit(settings, status, fields, born)
        if lifetime is None:
            return "unsaid"
        if asked.cookies and not settings.cookies:
            return "cookies"
    revalidated = "no-cache" in said and not names(said["no-cache"])
    firm = revalidated or "must-revalidate" in said or "proxy-revalidate" in said
    stale_while_revalidate, stale_if_error = (
        0 if firm else seconds(said[name]) if name in said else 0 if "s-maxage" in said else setting.total_seconds()
        for name, setting in (
            ("stale-while-revalidate", settings.stale_while_revalidate),
            ("stale-if-error", settings.stale_if_error),
        )
    )
    old = max(int(received) - born, age(values(fields, "age")) + received - requested, 0)
    is_validatable = any(name in ("etag", "last-modified") for name, _ in fields)
    lasts = old < lifetime + max(stale_while_revalidate, stale_if_error)
    if not is_validatable and (revalidated or not lasts):
        return "stale"
    return Verdict(
        age=old,
        lifetime=lifetime,
        implicit=implicit,
        shareable=_is_shareable(said),
        revalidated=revalidated,
        stale_while_revalidate=stale_while_revalidate,
        stale_if_error=stale_if_error,
        stale_allowed=not firm and "s-maxage" not in said,
        unsaid=names(said.get("no-cache")) | names(said.get("private")) | _cookies(settings),
    )


def _forbidden(settings: Cache, asked: Asked, status: int, fields: Sequence[Field], said: Directives) -> str:
    """Return why the answer may not be kept (section 3), or nothing."""
    if "must-understand" in said:
        if status not in UNDERSTOOD:
            return "status"
    elif "no-store" in said:
        return "no-store"
    if "private" in said and not names(said["private"]):
        return "private"
    if asked.authorized and not _is_shareable(said):
        return "authorized"
    for name, value in fields:
        if name == "vary" and "*" in value.replace(" ", "").split(","):
            return "vary"
        if name == "set-cookie" and settings.set_cookie is SetCookie.SKIP:
            named = names(said.get("no-cache")) | names(said.get("private"))
            if name not in named:
                return "set-cookie"
        if name == "content-type" and value.startswith("text/event-stream"):
            return "stream"
    return ""


def _is_shareable(said: Directives) -> bool:
    """Return whether the answer to one who shows who asks may be given to others (section 3.5)."""
    return "public" in said or "s-maxage" in said or "must-revalidate" in said


def _explicit(said: Directives, expires: str | None, born: float) -> float | None:
    """Return how long an answer says that it is fresh (section 4.2.1), or `None` if it says nothing."""
    for name in ("s-maxage", "max-age"):
        if name in said:
            return seconds(said[name])
    if expires is not None:
        return max((date(expires) or 0) - born, 0)
    return None


def _implicit(settings: Cache, status: int, fields: Sequence[Field], born: float) -> float | None:
    """Return how long an answer is fresh that says nothing, or `None` if it is not kept."""
    if status in settings.negative:
        return settings.negative[status].total_seconds()
    if settings.heuristic and status in HEURISTIC:
        modified = date(values(fields, "last-modified"))
        if modified is not None:
            return min(max(born - modified, 0) / 10, DAY)
    if settings.lifetime and status in LASTING:
        return settings.lifetime.total_seconds()
    return None


def _cookies(settings: Cache) -> frozenset[str]:
    return frozenset() if settings.set_cookie is SetCookie.KEEP else frozenset({"set-cookie", "set-cookie2"})
