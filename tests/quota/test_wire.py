import pytest

from crossway.errors import RemoteError
from crossway.protos.envoy.service.rate_limit_quota import v3 as quota_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.quota.bucket import Assignment
from crossway.quota.quotas import Decision, Usage
from crossway.quota.wire import read_reports, write_decisions

BUCKET = (("consumer", "alice"), ("crossway.limits", "5/60/5"))
DENY = type_v3.RateLimitStrategy(blanket_rule=type_v3.RateLimitStrategy.BlanketRule.DENY_ALL)


def strategies(assignment: Assignment) -> list[type_v3.RateLimitStrategy]:
    response = quota_v3.RateLimitQuotaResponse.FromString(write_decisions([Decision("a", BUCKET, assignment)]))
    assert all(dict(action.bucket_id.bucket) == dict(BUCKET) for action in response.bucket_action)
    return [action.quota_assignment_action.rate_limit_strategy for action in response.bucket_action]


def test_a_report_is_read():
    message = quota_v3.RateLimitQuotaUsageReports(domain="rate_limit")
    message.bucket_quota_usages.add(
        bucket_id=quota_v3.BucketId(bucket=dict(reversed(BUCKET))), num_requests_allowed=3, num_requests_denied=2
    )
    assert list(read_reports(message.SerializeToString())) == [Usage(BUCKET, 3, 2)]


def test_a_key_that_is_no_text_is_left_out():
    message = quota_v3.RateLimitQuotaUsageReports(domain="rate_limit")
    for key in ("evil", "good"):
        message.bucket_quota_usages.add(bucket_id=quota_v3.BucketId(bucket={"key": key}), num_requests_allowed=3)
    data = message.SerializeToString().replace(b"evil", b"ev\xff\xfe")
    assert list(read_reports(data)) == [Usage((("key", "good"),), 3, 0)]


def test_what_is_no_report_is_an_error():
    with pytest.raises(RemoteError):
        list(read_reports(b"\xff"))


def test_a_share_is_a_token_bucket():
    (strategy,) = strategies(Assignment(49, 50.0))
    bucket = strategy.token_bucket
    assert (bucket.max_tokens, bucket.tokens_per_fill.value, bucket.fill_interval.seconds) == (49, 500, 10)


def test_one_that_is_fresh_comes_after_nothing():
    first, second = strategies(Assignment(4, 5 / 60, fresh=True))
    assert first == DENY
    bucket = second.token_bucket
    assert bucket.tokens_per_fill.value / bucket.fill_interval.seconds == pytest.approx(5 / 60, rel=0.01)


def test_no_tokens_are_nothing():
    assert strategies(Assignment(0, 5.0)) == [DENY]


@pytest.mark.parametrize("rates", [(1000.0, 100.0), (10.0, 1.0), (0.1, 0.01), (0.0, 1e-6)])
def test_rates_that_differ_in_the_interval_only_look_different_to_envoy(rates):
    one, other = (strategies(Assignment(5, rate))[0].token_bucket for rate in rates)
    compared = [(item.max_tokens, item.tokens_per_fill.value, item.fill_interval.nanos) for item in (one, other)]
    assert compared[0] != compared[1]


def test_a_bucket_that_is_given_up_is_abandoned():
    response = quota_v3.RateLimitQuotaResponse.FromString(write_decisions([Decision("a", BUCKET, None)]))
    assert [action.WhichOneof("bucket_action") for action in response.bucket_action] == ["abandon_action"]
