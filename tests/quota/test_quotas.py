import pytest

from crossway.compile import shares
from crossway.quota.bucket import INTERVAL
from crossway.quota.quotas import LASTS, REST, Decision, Quotas, Usage

ORDERS = ((shares.KEY, "orders"), (shares.LIMITS, "100/1/100"), ("consumer", "alice"))


def bucket(consumer: str) -> tuple[tuple[str, str], ...]:
    return (*ORDERS[:2], ("consumer", consumer))


def test_a_report_is_answered_and_others_hear_of_it():
    quotas = Quotas()
    (first,) = quotas.report("a", [Usage(ORDERS, 1, 0)], 0.0)
    assert (first.proxy, first.bucket, first.assignment and first.assignment.tokens) == ("a", ORDERS, 99)
    assert {decision.proxy for decision in quotas.report("b", [Usage(ORDERS, 1, 0)], 0.0)} == {"a", "b"}


def test_what_is_no_limit_of_ours_is_passed_over():
    quotas = Quotas()
    odd = [
        (),
        (("key", "value"),),
        ((shares.LIMITS, "many"),),
        ((shares.LIMITS, "0/1/1"),),
        ((shares.LIMITS, "1/0/1"),),
    ]
    assert quotas.report("a", [Usage(identity, 1, 0) for identity in odd], 0.0) == []
    assert not quotas.buckets


def test_a_share_lasts_as_long_as_reports_come():
    quotas = Quotas()
    quotas.report("a", [Usage(ORDERS, 1, 0)], 0.0)
    times = [number * INTERVAL for number in range(1, int(LASTS / INTERVAL))]
    told = [time for time in times if quotas.report("a", [Usage(ORDERS, 40, 0)], time)]
    assert all(later - earlier < LASTS for earlier, later in zip([0.0, *told], told, strict=False))


def test_a_bucket_that_rests_is_given_up():
    quotas = Quotas()
    quotas.report("a", [Usage(ORDERS, 1, 0)], 0.0)
    assert Decision("a", ORDERS, None) not in quotas.report("a", [Usage(ORDERS, 0, 0)], REST - 1)
    assert quotas.report("a", [Usage(ORDERS, 0, 0)], REST) == [Decision("a", ORDERS, None)]
    assert not quotas.buckets


def test_a_proxy_that_leaves_is_forgotten():
    quotas = Quotas()
    quotas.report("a", [Usage(ORDERS, 1, 0)], 0.0)
    quotas.report("b", [Usage(ORDERS, 1, 0)], 0.0)
    (left,) = quotas.leave("b", 1.0)
    assert left.proxy == "a"
    assert left.assignment is not None
    assert left.assignment.rate == pytest.approx(100, rel=0.01)
    assert quotas.leave("a", 1.0) == []
    assert not quotas.buckets
    assert quotas.leave("a", 1.0) == []


def test_of_too_many_keys_those_that_rested_longest_are_given_up():
    quotas = Quotas(most=2)
    for number, name in enumerate(["one", "two"]):
        quotas.report("a", [Usage(bucket(name), 1, 0)], number)
    quotas.report("a", [Usage(bucket("one"), 1, 0), Usage(bucket("two"), 0, 0)], 3.0)
    decisions = quotas.report("a", [Usage(bucket("three"), 1, 0)], 4.0)
    assert [decision.bucket for decision in decisions if decision.assignment is None] == [bucket("two")]
    assert set(quotas.buckets) == {bucket("one"), bucket("three")}
