"""How a limit that is counted outside of the proxy travels there: as a descriptor (`envoy.service.ratelimit.v3`).

A descriptor says all there is to know of its limit, in this order:

=====================  ========================================================================================
``crossway.counter``   whose counter it is. Limits with the same one, the same window and the same keys count
                       together, whatever their rates: another rate takes hold at once, and forgets nothing
``crossway.limit``     the rate, as `crossway.model.Rate` writes it: ``1000/day``
``crossway.where``     left over from a condition that the request has met, and of no meaning
any others             what is counted apart, as keys and values: ``consumer``, ``alice``. The key of a consumer is
                       `crossway.model.usage.CONSUMER`, by which a consumer's usage is found again
=====================  ========================================================================================

Law: whoever counts needs no configuration. What a policy says here is all that is known of a limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from crossway.compile.envoy import names
from crossway.model import Rate
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.ratelimit import v3 as service_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.common.ratelimit import v3 as descriptor_v3
from crossway.protos.envoy.extensions.filters.http.ratelimit import v3 as ratelimit_v3
from crossway.protos.envoy.type import v3 as http_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

COUNTER: Final = "crossway.counter"
LIMIT: Final = "crossway.limit"
CONDITION: Final = "crossway.where"
PATIENCE: Final = timedelta(milliseconds=500)
"""How long a request waits for the count. What takes longer has failed."""

Action = route_v3.RateLimit.Action


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit that a request is held to."""

    counter: str
    rate: Rate
    by: tuple[tuple[str, str], ...]
    """What is counted apart: keys and values, in the order of the policy."""


def limit(counter: str, rate: Rate, by: Iterable[route_v3.RateLimit.Action]) -> route_v3.RateLimit:
    """Return what makes the proxy ask for a limit; *by* are the actions that give the keys and values.

    Where one of them gives none, a header that is absent for instance, the request is not held to this limit.
    """
    said = [
        Action(generic_key=Action.GenericKey(descriptor_key=key, descriptor_value=value))
        for key, value in ((COUNTER, counter), (LIMIT, str(rate)))
    ]
    return route_v3.RateLimit(actions=[*said, *by])


def by_header(key: str, header: str, *, optional: bool = False) -> route_v3.RateLimit.Action:
    """Count each value of a request header apart, under *key*.

    A request without it is not held to the limit, or, if the header is *optional*, counted with its like.
    """
    return Action(
        request_headers=Action.RequestHeaders(header_name=header, descriptor_key=key, skip_if_absent=optional)
    )


def by_address() -> route_v3.RateLimit.Action:
    """Count each client apart, under the key ``masked_remote_address``: an IPv6 network of 64 bits is one."""
    return Action(masked_remote_address=Action.MaskedRemoteAddress(v6_prefix_mask_len=protobuf.UInt32Value(value=64)))


def where(header: str, pattern: str) -> route_v3.RateLimit.Action:
    """Hold only those requests to the limit whose *header* is, as a whole, what the expression *pattern* says."""
    return _where(header, pattern, fits=True)


def where_not(header: str, pattern: str) -> route_v3.RateLimit.Action:
    """Hold all other requests to the limit, those without the header among them."""
    return _where(header, pattern, fits=False)


def _where(header: str, pattern: str, *, fits: bool) -> route_v3.RateLimit.Action:
    expression = matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=pattern))
    return Action(
        header_value_match=Action.HeaderValueMatch(
            descriptor_key=CONDITION,
            descriptor_value=header,
            expect_match=protobuf.BoolValue(value=fits),
            headers=[route_v3.HeaderMatcher(name=header, string_match=expression)],
        )
    )


def read(entries: Iterable[descriptor_v3.RateLimitDescriptor.Entry]) -> Limit:
    """Return the limit that a descriptor stands for; `ValueError` if it stands for none."""
    pairs = [(entry.key, entry.value) for entry in entries]
    match pairs:
        case [(first, counter), (second, rate), *others] if (first, second) == (COUNTER, LIMIT):
            return Limit(counter, Rate.parse(rate), tuple(pair for pair in others if pair[0] != CONDITION))
    raise ValueError(f"a descriptor begins with {COUNTER} and {LIMIT}")


def service(domain: str, *, deny_on_failure: bool) -> ratelimit_v3.RateLimit:
    """Return the filter that asks; *domain* is the name of the policy.

    Whether requests are let through where nobody counts is a matter of the filter, not of the route, so a policy that
    leaves the choice has one filter for each answer. A request that is not let through then gets 503.
    """
    return ratelimit_v3.RateLimit(
        domain=domain,
        timeout=PATIENCE,
        failure_mode_deny=deny_on_failure,
        status_on_error=http_v3.HttpStatus(code=http_v3.StatusCode.ServiceUnavailable),
        rate_limited_as_resource_exhausted=True,
        disable_x_envoy_ratelimited_header=True,
        rate_limit_service=service_v3.RateLimitServiceConfig(
            grpc_service=core_v3.GrpcService(envoy_grpc=core_v3.GrpcService.EnvoyGrpc(cluster_name=names.LIMITER)),
            transport_api_version=core_v3.ApiVersion.V3,
        ),
    )
