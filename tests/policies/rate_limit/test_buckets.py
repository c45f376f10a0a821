"""The token buckets of a route: one for each limit and each key."""

from crossway.policies.rate_limit.buckets import token_buckets
from crossway.policies.rate_limit.keys import Key
from crossway.policies.rate_limit.limit import Limit
from crossway.protos.envoy.extensions.filters.http.local_ratelimit import v3 as local_v3

FIVE = (Limit.model_validate("5/minute"),)
CLIENT = (Key(client_ip=True),)


def enforced(*, told: bool = True, progress: bool = True) -> local_v3.LocalRateLimit:
    return token_buckets(FIVE, CLIENT, status=429, told=told, progress=progress, enforced=True)


def test_every_limit_has_its_own_bucket_for_each_key():
    limits = [Limit.model_validate(one) for one in ("5/second", {"requests": 100, "per": "hour", "burst": 7})]
    by = [Key(consumer=True), Key(claim="sub")]
    settings = token_buckets(limits, by, status=429, told=True, progress=True, enforced=True)
    entries = [[(entry.key, entry.value) for entry in one.entries] for one in settings.descriptors]
    assert entries == [[("limit", number), ("consumer", ""), ("claim.sub", "")] for number in "01"]
    buckets = [one.token_bucket for one in settings.descriptors]
    assert [one.max_tokens for one in buckets] == [5, 7]
    assert [(one.tokens_per_fill.value, one.fill_interval.seconds) for one in buckets] == [(5, 1), (100, 3600)]


def test_what_a_request_says_is_what_the_buckets_are_looked_up_by():
    settings = token_buckets(FIVE * 2, CLIENT, status=429, told=True, progress=True, enforced=True)
    said = [[action.generic_key.descriptor_key for action in one.actions] for one in settings.rate_limits]
    assert said == [[entry.key for entry in one.entries] for one in settings.descriptors]


def test_requests_without_a_key_are_held_to_nothing_together():
    assert not enforced().always_consume_default_token_bucket.value


def test_clients_are_told_as_much_as_asked_for():
    silent = enforced(told=False, progress=False)
    assert [item.header.key for item in silent.response_headers_to_add] == ["retry-after"]
    assert not silent.enable_x_ratelimit_headers
    assert enforced().enable_x_ratelimit_headers


def test_what_is_not_enforced_is_counted_under_another_name():
    dry = token_buckets(FIVE, CLIENT, status=429, told=True, progress=True, enforced=False)
    assert (dry.filter_enabled.default_value.numerator, dry.filter_enforced.default_value.numerator) == (100, 0)
    assert dry.stat_prefix != enforced().stat_prefix
    assert not dry.response_headers_to_add
    assert not dry.enable_x_ratelimit_headers
