"""What the cases beside the policy cannot say: every way to write it, and every way to get it wrong."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.compile.shares import Limit as Share
from crossway.compile.shares import read, write
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


def buckets(value: object) -> local_v3.LocalRateLimit:
    found = compiled(value).per_route["rate_limit.proxy"]
    assert isinstance(found, local_v3.LocalRateLimit)
    return found


@each(
    ("written", "requests", "per"),
    [
        ("5/minute", 5, timedelta(minutes=1)),
        ({"requests": 5, "per": "1m"}, 5, timedelta(minutes=1)),
        ({"requests": 5, "per": "minute"}, 5, timedelta(minutes=1)),
        ({"limit": "1/second"}, 1, timedelta(seconds=1)),
        ({"limit": {"requests": 7, "per": "90s"}}, 7, timedelta(seconds=90)),
        ({"limit": ["1000/month"]}, 1000, timedelta(days=31)),
    ],
)
def test_a_limit_has_several_forms(written, requests, per):
    (limit,) = read_spec(written).limits
    assert (limit.requests, limit.per, limit.size) == (requests, per, requests)


@each(
    "wrong",
    [
        "0/minute",
        "5/fortnight",
        "5 per minute",
        {"requests": 5, "per": "500ms"},
        {"requests": 5, "per": "10000d"},
        {"requests": 4_294_967_296, "per": "1m"},
        {"limit": []},
        {"limit": ["5/second"] * 9},
        {"limit": "5/minute", "burst": 0},
        {"limit": ["5/minute", "50/hour"], "burst": 3},
        {"limit": "5/minute", "by": []},
        {"limit": "5/minute", "by": {"header": "bad name"}},
        {"limit": "5/minute", "by": {"header": "percent%"}},
        {"limit": "5/minute", "by": {"claim": "a:b"}},
        {"limit": "5/minute", "by": {"query": 'a")%'}},
        {"limit": "5/minute", "by": {}},
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


def test_of_two_limits_the_one_that_is_slower_with_as_small_a_burst_is_the_only_one():
    with pytest.raises(ValidationError, match="100/minute can never be reached"):
        read_spec({"limit": ["100/hour", "100/minute"]})
    read_spec({"limit": ["100/hour", "99/minute"]})
    read_spec({"limit": [{"requests": 10, "per": "1m", "burst": 100}, "500/hour"]})


def test_every_limit_has_its_own_bucket_for_each_key():
    settings = buckets({"limit": ["5/second", "100/hour"], "by": ["consumer", {"claim": "sub"}]})
    entries = [[(entry.key, entry.value) for entry in one.entries] for one in settings.descriptors]
    assert entries == [[("limit", number), ("consumer", ""), ("claim.sub", "")] for number in "01"]
    tokens = [(one.token_bucket.max_tokens, one.token_bucket.fill_interval.seconds) for one in settings.descriptors]
    assert tokens == [(5, 1), (100, 3600)]


def test_a_dry_run_refuses_nothing_and_asks_nobody():
    for scope in ({}, {"scope": "fleet"}, {"exact": True}):
        fragment = compiled({"limit": "5/minute", "dry_run": True, **scope})
        assert list(fragment.per_route) == ["rate_limit.proxy"]
        assert not fragment.shared
    assert buckets({"limit": "5/minute", "dry_run": True}).filter_enforced.default_value.numerator == 0


def test_clients_need_not_be_told():
    silent = buckets({"limit": "5/minute", "headers": False})
    assert [item.header.key for item in silent.response_headers_to_add] == ["retry-after"]
    assert not silent.enable_x_ratelimit_headers


def shared(value: object) -> dict[str, quota_v3.RateLimitQuotaBucketSettings]:
    """Return the settings that a limit of a fleet brings, by their names."""
    (message,) = compiled(value).shared.values()
    assert isinstance(message, quota_v3.RateLimitQuotaFilterConfig)
    return {
        name: quota_v3.RateLimitQuotaBucketSettings.FromString(found.action.typed_config.value)
        for name, found in message.bucket_matchers.matcher_tree.prefix_match_map.map.items()
    }


def test_what_a_fleet_counts_has_the_name_of_the_route_and_the_limits():
    ((name, settings),) = shared({"limit": ["5/minute", "50/hour"], "scope": "fleet"}).items()
    assert name.startswith("orders/rate_limit:")
    identity = settings.bucket_id_builder.bucket_id_builder
    assert identity["crossway.limits"].string_value == "5/60/5,50/3600/50"
    assert identity["crossway.key"].HasField("custom_value")


def test_settings_that_differ_have_different_names():
    differ = ({}, {"burst": 2}, {"by": "consumer"}, {"status": 503}, {"headers": False})
    names = [name for one in differ for name in shared({"limit": "5/minute", "scope": "fleet"} | one)]
    assert len(set(names)) == 5


@each("limits", [(Share(5, 60.0, 5),), (Share(1, 1.5, 1), Share(4_294_967_295, 31_622_400.0, 7))])
def test_limits_are_read_as_they_were_written(limits):
    assert read(write(limits)) == limits
