"""What a proxy is told of a request, and the client through it: the verdict, and headers that say how much is left.

``ratelimit`` and ``ratelimit-policy`` tell of all limits (`draft-ietf-httpapi-ratelimit-headers-10`), and those of
several policies on a route add up to one list. The three headers that most clients read have room for one limit.
``retry-after`` is that of RFC 9110, section 10.2.3. All times are in whole seconds, rounded up: never too early.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crossway.exact.counters import Count
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.service.ratelimit import v3 as service_v3

Response = service_v3.RateLimitResponse


@dataclass(frozen=True, slots=True)
class _Headers:
    """How the limits of a domain are shown."""

    prefix: str
    shown: Callable[[Count], float]
    """The limit with the least of this is shown, where none is exhausted."""


_SHOWN: Final = {
    "rate_limit": _Headers("x-ratelimit", lambda count: count.remaining),
    "quota": _Headers("x-quota", lambda count: -count.rate.per.seconds),
}
"""What is not here is not shown."""


def answer(domain: str, counts: Sequence[Count], now: datetime) -> service_v3.RateLimitResponse:
    """Return the answer to a request of *domain* whose limits stand at *counts*: one status for each of these."""
    refused = [count for count in counts if count.refused]
    headers: dict[str, str] = {}
    if counts and (shown := _SHOWN.get(domain)) is not None:
        headers |= _three(shown.prefix, _longest(refused) if refused else min(counts, key=shown.shown), now)
        headers |= _all(domain, counts, now)
    if refused:
        headers["retry-after"] = str(_reset(_longest(refused), now))
    return Response(
        overall_code=Response.Code.OVER_LIMIT if refused else Response.Code.OK,
        statuses=[_status(count, now) for count in counts],
        response_headers_to_add=[core_v3.HeaderValue(key=key, value=value) for key, value in headers.items()],
    )


def _longest(refused: Iterable[Count]) -> Count:
    """Return the limit that opens last: whoever waits for that one waits for all."""
    return max(refused, key=lambda count: count.tally.until)


def _three(prefix: str, count: Count, now: datetime) -> dict[str, str]:
    values = {"limit": count.rate.requests, "remaining": count.remaining, "reset": _reset(count, now)}
    return {f"{prefix}-{name}": str(value) for name, value in values.items()}


def _all(domain: str, counts: Sequence[Count], now: datetime) -> dict[str, str]:
    named = [(f'"{domain}-{count.rate.per}"', count) for count in counts]
    left = (f"{name};r={count.remaining};t={_reset(count, now)}" for name, count in named)
    rules = (f"{name};q={count.rate.requests};w={_length(count)}" for name, count in named)
    return {"ratelimit": ", ".join(left), "ratelimit-policy": ", ".join(rules)}


def _reset(count: Count, now: datetime) -> int:
    return math.ceil((count.tally.until - now).total_seconds())


def _length(count: Count) -> int:
    return round((count.tally.until - count.tally.since).total_seconds())


def _status(count: Count, now: datetime) -> service_v3.RateLimitResponse.DescriptorStatus:
    limit = Response.RateLimit(
        name=count.tally.counter,
        requests_per_unit=count.rate.requests,
        unit=Response.RateLimit.Unit.Value(count.rate.per.name),
    )
    return Response.DescriptorStatus(
        code=Response.Code.OVER_LIMIT if count.refused else Response.Code.OK,
        current_limit=limit,
        limit_remaining=count.remaining,
        duration_until_reset=count.tally.until - now,
    )
