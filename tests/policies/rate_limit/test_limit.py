"""Every way to write a limit, which of several can never be reached, and what clients are told."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.model import Rate, Unit
from crossway.policies.rate_limit.limit import Limit, refusal_headers, unreachable

each = pytest.mark.parametrize
small = st.integers(1, 12)
limits = st.builds(
    lambda requests, seconds, burst: limit({"requests": requests, "per": f"{seconds}s", "burst": burst}),
    small,
    small,
    st.none() | small,
)


def limit(value: object) -> Limit:
    return Limit.model_validate(value)


@each(
    ("written", "requests", "per"),
    [
        ("5/minute", 5, timedelta(minutes=1)),
        ("1000/month", 1000, timedelta(days=31)),
        ({"requests": 5, "per": "1m"}, 5, timedelta(minutes=1)),
        ({"requests": 5, "per": "minute"}, 5, timedelta(minutes=1)),
        ({"requests": 7, "per": "90s"}, 7, timedelta(seconds=90)),
    ],
)
def test_a_limit_has_several_forms(written, requests, per):
    found = limit(written)
    assert (found.requests, found.per, found.size) == (requests, per, requests)


@each(
    "wrong",
    [
        "0/minute",
        "5/fortnight",
        "5 per minute",
        {"requests": 5, "per": "500ms"},
        {"requests": 5, "per": "10000d"},
        {"requests": 4_294_967_296, "per": "1m"},
        {"requests": 5, "per": "1m", "burst": 0},
    ],
)
def test_what_is_no_limit_is_refused(wrong):
    with pytest.raises(ValidationError):
        limit(wrong)


@given(st.integers(1, 4_294_967_295), st.sampled_from(Unit))
def test_a_window_of_the_calendar_is_the_same_limit_however_it_is_written(requests, unit):
    rate = Rate(requests, unit)
    found = limit(str(rate))
    assert (str(found), found.rate) == (str(rate), rate)
    assert limit({"requests": requests, "per": f"{unit.seconds}s"}) == found


def test_a_limit_that_the_calendar_does_not_know_has_no_rate():
    assert limit({"requests": 5, "per": "90s"}).rate is None
    assert limit({"requests": 5, "per": "1m", "burst": 2}).rate is None


@given(limits)
def test_after_the_pause_one_more_request_has_come_back(one):
    back = Fraction(one.requests, round(one.per.total_seconds()))
    assert back * one.pause >= 1
    assert back * (one.pause - 1) < 1


@given(limits, limits, st.lists(st.integers(0, 5), max_size=60))
def test_a_limit_that_is_unreachable_refuses_nothing_that_the_other_lets_through(one, other, rests):
    """Whatever rests there are between the requests, in seconds."""
    idle = unreachable([one, other])
    assume(idle is not None)
    active = other if idle is one else one
    used = {"idle": Fraction(0), "active": Fraction(0)}
    for rest in rests:
        for name, counted in (("idle", idle), ("active", active)):
            back = Fraction(rest * counted.requests, round(counted.per.total_seconds()))
            used[name] = max(Fraction(0), used[name] - back)
        if used["active"] + 1 <= active.size:
            assert used["idle"] + 1 <= idle.size
            used = {name: tokens + 1 for name, tokens in used.items()}


@each(
    ("written", "idle"),
    [
        (["100/hour", "100/minute"], "100/minute"),
        (["10/minute", "600/hour"], "600/hour"),
        (["5/minute", "5/minute"], "5/minute"),
        (["100/hour", "99/minute"], None),
        ([{"requests": 10, "per": "1m", "burst": 100}, "500/hour"], None),
    ],
)
def test_of_two_limits_the_one_that_is_slower_with_as_small_a_burst_is_the_only_one(written, idle):
    found = unreachable([limit(one) for one in written])
    assert (found and str(found)) == idle


def test_a_refusal_tells_the_limit_that_takes_the_longest_and_all_that_there_are():
    said = {
        item.header.key: item.header.value for item in refusal_headers([limit("5/second"), limit("60/hour")], told=True)
    }
    assert said == {
        "retry-after": "60",
        "ratelimit": '"rate_limit-hour";r=0;t=60',
        "ratelimit-policy": '"rate_limit-second";q=5;w=1, "rate_limit-hour";q=60;w=3600',
    }


def test_a_refusal_says_when_to_come_back_whatever_is_told():
    (only,) = refusal_headers([limit("5/minute")], told=False)
    assert (only.header.key, only.header.value) == ("retry-after", "12")
