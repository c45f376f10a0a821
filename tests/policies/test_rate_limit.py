"""What the cases beside the policy cannot say: every way to write it, and every way to get it wrong."""

import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.policies.rate_limit import POLICY, RateLimit
from crossway.protos.envoy.extensions.filters.http.local_ratelimit import v3 as local_v3
from crossway.protos.envoy.extensions.filters.http.rate_limit_quota import v3 as quota_v3

SITE = Site(Ref("routes", "orders"), "default")
each = pytest.mark.parametrize


def read_spec(value: object) -> RateLimit:
    return RateLimit.model_validate(value)


def compiled(value: object) -> Fragment:
    fragment = POLICY.compile(read_spec(value), SITE)
    assert isinstance(fragment, Fragment)
    return fragment


def test_one_limit_needs_no_list_and_no_name():
    for written in ("5/minute", {"requests": 5, "per": "1m"}, {"limit": "5/minute"}, {"limit": ["5/minute"]}):
        (limit,) = read_spec(written).limits
        assert (str(limit), limit.size) == ("5/minute", 5)


@each(
    "wrong",
    [
        {"limit": []},
        {"limit": ["5/second"] * 9},
        {"limit": "5/minute", "burst": 0},
        {"limit": ["5/minute", "50/hour"], "burst": 3},
        {"limit": "5/minute", "by": []},
        {"limit": "5/minute", "by": ["path"] * 5},
        {"limit": "5/minute", "status": 200},
        {"limit": "5/minute", "status": 499},
        {"limit": "5/minute", "on_failure": "deny"},
        {"limit": {"requests": 5, "per": "90s"}, "exact": True},
        {"limit": "5/minute", "exact": True, "burst": 2},
        {"limit": "5/minute", "exact": True, "scope": "proxy"},
        {"limit": "5/minute", "exact": True, "status": 503},
    ],
)
def test_what_cannot_hold_is_refused(wrong):
    with pytest.raises(ValidationError):
        read_spec(wrong)


@each("exact", [False, True])
@each("limits", [["10/minute", "600/hour"], ["5/minute", "5/minute"], ["1/second", "86400/day"]])
def test_a_limit_that_can_never_be_reached_is_refused(limits, exact):
    with pytest.raises(ValidationError, match="can never be reached"):
        read_spec({"limit": limits, "exact": exact})


def test_a_dry_run_refuses_nothing_and_asks_nobody():
    for scope in ({}, {"scope": "fleet"}, {"exact": True}):
        fragment = compiled({"limit": "5/minute", "dry_run": True, **scope})
        assert list(fragment.per_route) == ["rate_limit.proxy"]
        assert not fragment.shared


def test_of_what_is_counted_alone_a_client_sees_the_progress():
    for scope, seen in (({}, True), ({"scope": "fleet"}, False), ({"headers": False}, False)):
        buckets = compiled({"limit": "5/minute"} | scope).per_route["rate_limit.proxy"]
        assert isinstance(buckets, local_v3.LocalRateLimit)
        assert bool(buckets.enable_x_ratelimit_headers) is seen


def test_what_a_fleet_counts_is_named_after_the_policy_and_the_route():
    fragment = compiled({"limit": "5/minute", "scope": "fleet"})
    (message,) = fragment.shared.values()
    assert isinstance(message, quota_v3.RateLimitQuotaFilterConfig)
    (name,) = message.bucket_matchers.matcher_tree.prefix_match_map.map
    assert name.startswith("orders/rate_limit:")
    assert {"rate_limit.key", "rate_limit.fleet", "rate_limit.proxy"} == set(fragment.per_route)
