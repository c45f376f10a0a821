"""What a policy says of a limit, the service reads; that Envoy passes it on, `tests/exact` shows."""

import pytest

from crossway.compile import limits
from crossway.model import Rate
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.common.ratelimit import v3 as descriptor_v3

Entry = descriptor_v3.RateLimitDescriptor.Entry


def described(limit: route_v3.RateLimit) -> list[Entry]:
    """The entries that Envoy makes of *limit*, for a request in which each header has its own name as its value."""
    entries = []
    for action in limit.actions:
        if action.HasField("generic_key"):
            entries.append(Entry(key=action.generic_key.descriptor_key, value=action.generic_key.descriptor_value))
        elif action.HasField("header_value_match"):
            match = action.header_value_match
            entries.append(Entry(key=match.descriptor_key, value=match.descriptor_value))
        else:
            entries.append(Entry(key=action.request_headers.descriptor_key, value=action.request_headers.header_name))
    return entries


def test_a_limit_arrives_as_it_was_said():
    rate = Rate.parse("5/minute")
    by = [limits.where("x-plan", "free"), limits.by_header("consumer", "x-consumer"), limits.where_not("x-b", ".*")]
    assert limits.read(described(limits.limit("orders/rate_limit#0", rate, by))) == limits.Limit(
        "orders/rate_limit#0", rate, (("consumer", "x-consumer"),)
    )


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(limits.COUNTER, "a")],
        [(limits.LIMIT, "5/day"), (limits.COUNTER, "a")],
        [(limits.COUNTER, "a"), (limits.LIMIT, "5/fortnight")],
        [("path", "/"), (limits.COUNTER, "a"), (limits.LIMIT, "5/day")],
    ],
)
def test_what_stands_for_no_limit(pairs):
    with pytest.raises(ValueError, match=r"descriptor begins with|a rate is"):
        limits.read([Entry(key=key, value=value) for key, value in pairs])


@pytest.mark.parametrize("deny", [True, False])
def test_a_filter_says_what_becomes_of_requests_that_nobody_counts(deny):
    filter_ = limits.service("quota", deny_on_failure=deny)
    assert (filter_.domain, filter_.failure_mode_deny) == ("quota", deny)
    assert filter_.rate_limit_service.grpc_service.envoy_grpc.cluster_name == "crossway/limits"
