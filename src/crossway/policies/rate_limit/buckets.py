"""Counting in each proxy for itself: token buckets in its memory, one for each key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crossway.policies.rate_limit.keys import Key
from crossway.policies.rate_limit.limit import Limit, refusal_headers
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.common.ratelimit import v3 as descriptor_v3
from crossway.protos.envoy.extensions.filters.http.local_ratelimit import v3 as local_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

MOST_KEYS: Final = 10_000
"""How many keys of a limit a proxy remembers: of more, it forgets those that were not seen for the longest."""

Action = route_v3.RateLimit.Action
Entry = descriptor_v3.RateLimitDescriptor.Entry


def token_buckets(
    limits: Sequence[Limit], by: Sequence[Key], *, status: int, told: bool, progress: bool, enforced: bool
) -> local_v3.LocalRateLimit:
    """Return what holds the requests of a route to *limits*, each key apart.

    Clients are *told* what the limits are when they are refused, and their *progress* with each answer. What is not
    *enforced* is only counted, in statistics of another name.
    """
    settings = local_v3.LocalRateLimit(
        stat_prefix="rate_limit" if enforced else "rate_limit_dry_run",
        status=type_v3.HttpStatus(code=type_v3.StatusCode.ValueType(status)),
        # It holds for all requests without a key together: there are none, by the law of keys.
        token_bucket=_bucket(limits[0]),
        always_consume_default_token_bucket=protobuf.BoolValue(value=False),
        filter_enabled=_percent(100),
        filter_enforced=_percent(100 if enforced else 0),
        rate_limited_as_resource_exhausted=True,
        max_dynamic_descriptors=protobuf.UInt32Value(value=MOST_KEYS),
    )
    if enforced:
        settings.response_headers_to_add.extend(refusal_headers(limits, told=told))
        if progress:
            settings.enable_x_ratelimit_headers = descriptor_v3.XRateLimitHeadersRFCVersion.DRAFT_VERSION_03
    parts = [key_part(key) for key in by]
    keys = [Entry(key=key.label) for key in by]
    for number, limit in enumerate(limits):
        settings.rate_limits.add(actions=[generic_key("limit", str(number)), *parts])
        settings.descriptors.add(entries=[Entry(key="limit", value=str(number)), *keys], token_bucket=_bucket(limit))
    return settings


def key_part(key: Key) -> Action:
    """Return what reads *key* of a request."""
    return generic_key(key.label, key.format)


def generic_key(key: str, value: str) -> Action:
    """Return what says *value*, in the syntax of Envoy's formatter, under *key*."""
    return Action(generic_key=Action.GenericKey(descriptor_key=key, descriptor_value=value))


def _bucket(limit: Limit) -> type_v3.TokenBucket:
    tokens = protobuf.UInt32Value(value=limit.requests)
    return type_v3.TokenBucket(max_tokens=limit.size, tokens_per_fill=tokens, fill_interval=limit.per)


def _percent(share: int) -> core_v3.RuntimeFractionalPercent:
    return core_v3.RuntimeFractionalPercent(default_value=type_v3.FractionalPercent(numerator=share))
