"""What makes two requests the same to a cache. Pure.

Law: two requests share an answer only if nothing that shows who asks differs, or if the answer says it is for all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias
from urllib.parse import unquote_plus

from crossway.model.caching import Cache, QueryKey
from crossway.runtime.caching.fields import Field
from crossway.sdk.http import Request

CONSUMER: Final = "x-consumer-username"
"""The header in which the gateway says which consumer it recognised."""

CREDENTIALS: Final = frozenset(
    {
        CONSUMER,
        "api-key",
        "apikey",
        "authorization",
        "ocp-apim-subscription-key",
        "proxy-authorization",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-credential-identifier",
        "x-forwarded-client-cert",
    }
)
"""The headers of a request that show who asks: what RFC 9111, section 3.5, says of `Authorization` holds for each."""

_PERSONAL: Final = CREDENTIALS | {"cookie"}

DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}

Facts: TypeAlias = "dict[str, str]"
"""The headers of a request by name; of one that stands there twice, the values as a list."""
Selector: TypeAlias = "tuple[str | None, ...]"
"""What tells the answers of one URL apart."""


@lru_cache(512)
def origin(scheme: str, host: str) -> str:
    """Return what a URL begins with; the port that goes without saying is left out (RFC 9110, section 4.2.3)."""
    return f"{scheme}://{host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ''))}"


def facts(fields: list[Field]) -> Facts:
    """Return *fields* by name."""
    found = dict(fields)
    if len(found) != len(fields):
        found = {}
        for name, value in fields:
            found[name] = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}" if name in found else value
    return found


class Keys:
    """Gives the keys of requests under the settings of one cache."""

    def __init__(self, settings: Cache, route: str) -> None:
        said = settings.model_dump_json(exclude_unset=True).encode()
        self._apart = hashlib.sha256(route.encode() + b"\0" + said).hexdigest()[:16]
        self._by_consumer = settings.by == "consumer"
        self._headers = settings.key.headers
        self._always = settings.authorized
        self._credentials = CREDENTIALS.difference(self._headers)
        self._target = _reduced(settings.key.query)
        self._simple: Selector | None = None if self._headers or self._by_consumer else (self._apart,)

    def url(self, request: Request, given: Facts) -> str:
        """Return the URL of *request*, without the parameters that make no difference."""
        return origin(given.get("x-forwarded-proto", "http"), given.get("host", "")) + self._target(request)

    def whole(self, request: Request, given: Facts) -> str:
        """Return the URL of *request*, with all its parameters."""
        return origin(given.get("x-forwarded-proto", "http"), given.get("host", "")) + request.target

    def selector(self, given: Facts) -> Selector:
        """Return what keeps the answers of this cache and this requester apart, whatever `Vary` says."""
        if self._simple is not None:
            return self._simple
        own = (
            [f"{name}: {given[name]}" for name in sorted(_PERSONAL.intersection(given))]
            if self.is_personal(given)
            else []
        )
        return (self._apart, *[given.get(name) for name in self._headers], *own)

    def is_personal(self, given: Facts) -> bool:
        """Return whether the requester has answers of its own."""
        return self._by_consumer and CONSUMER in given

    def is_authorized(self, given: Facts) -> bool:
        """Return whether the request shows who asks, in a way that the selector does not tell apart."""
        return (self._always or not self._credentials.isdisjoint(given)) and not self.is_personal(given)

    def has_cookies(self, given: Facts) -> bool:
        """Return whether the request has cookies, and the selector does not tell them apart."""
        return "cookie" in given and "cookie" not in self._headers and not self.is_personal(given)


def varied(vary: tuple[str, ...], given: Facts) -> Selector:
    """Return the values of the headers that *vary* names (RFC 9111, section 4.1)."""
    return tuple([_normal(given[name]) if name in given else None for name in vary])


@lru_cache(512)
def _normal(value: str) -> str:
    return ",".join(part.strip() for part in value.split(","))


def _reduced(query: QueryKey) -> Callable[[Request], str]:
    """Return what gives path and query of a request, of the query only what makes a difference."""
    if query.include is None and not query.ignore:
        return lambda request: request.target
    named = re.compile("|".join(_pattern(name) for name in query.include or query.ignore) or r"(?!)")
    wanted = query.include is not None

    @lru_cache(1024)
    def reduced(text: str) -> str:
        kept = [part for part in text.split("&") if (named.fullmatch(_name(part)) is not None) is wanted]
        return "&".join(kept)

    def target(request: Request) -> str:
        left = reduced(request.query) if request.query else ""
        return f"{request.path}?{left}" if left else request.path

    return target


def _pattern(name: str) -> str:
    return re.escape(name[:-1]) + ".*" if name.endswith("*") else re.escape(name)


def _name(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])
