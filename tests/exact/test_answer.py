"""What a proxy, and the client through it, is told."""

from datetime import UTC, datetime, timedelta

from crossway.exact.answer import answer
from crossway.exact.counters import Count
from crossway.model import Rate
from crossway.model.usage import Tally
from crossway.protos.envoy.service.ratelimit import v3 as service_v3

NOW = datetime(2026, 11, 22, 23, 59, 30, 500_000, tzinfo=UTC)
OK, OVER = service_v3.RateLimitResponse.Code.OK, service_v3.RateLimitResponse.Code.OVER_LIMIT


def count(text: str, used: int, *, refused: bool = False) -> Count:
    rate = Rate.parse(text)
    return Count(Tally.at(NOW, "default/default", rate.per), rate, used, refused)


def told_all(domain: str, *counts: Count) -> dict[str, str]:
    return {header.key: header.value for header in answer(domain, counts, NOW).response_headers_to_add}


def headers(domain: str, *counts: Count) -> dict[str, str]:
    """The headers that have room for one limit."""
    return {key: value for key, value in told_all(domain, *counts).items() if not key.startswith("ratelimit")}


def test_a_request_that_is_let_through():
    told = answer("rate_limit", [count("5/minute", 2)], NOW)
    (status,) = told.statuses
    assert told.overall_code == status.code == OK
    assert (status.current_limit.name, status.current_limit.requests_per_unit) == ("default/default", 5)
    assert status.current_limit.unit == service_v3.RateLimitResponse.RateLimit.Unit.MINUTE
    assert status.limit_remaining == 3
    assert status.duration_until_reset.ToTimedelta() == timedelta(seconds=29.5)
    assert headers("rate_limit", count("5/minute", 2)) == {
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": "3",
        "x-ratelimit-reset": "30",
    }


def test_a_refusal_says_when_to_come_back():
    assert headers("rate_limit", count("5/minute", 5, refused=True)) == {
        "x-ratelimit-limit": "5",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "30",
        "retry-after": "30",
    }
    told = answer("rate_limit", [count("9/day", 1), count("5/minute", 5, refused=True)], NOW)
    assert told.overall_code == OVER
    assert [status.code for status in told.statuses] == [OK, OVER]


def test_of_several_rates_the_one_with_the_least_left_is_shown():
    assert headers("rate_limit", count("50/minute", 1), count("60/day", 55))["x-ratelimit-limit"] == "60"
    assert headers("rate_limit", count("50/minute", 1), count("600/day", 55))["x-ratelimit-limit"] == "50"


def test_of_several_windows_of_a_quota_the_longest_is_shown():
    assert headers("quota", count("50/second", 49), count("100000/month", 7)) == {
        "x-quota-limit": "100000",
        "x-quota-remaining": "99993",
        "x-quota-reset": str(8 * 86_400 + 30),
    }


def test_what_is_exhausted_goes_before_all_others():
    shown = headers("quota", count("50/second", 50, refused=True), count("100000/month", 7))
    assert (shown["x-quota-limit"], shown["retry-after"]) == ("50", "1")
    all_full = count("5/minute", 5, refused=True), count("9/month", 9, refused=True), count("2/second", 2, refused=True)
    assert headers("rate_limit", *all_full)["x-ratelimit-limit"] == "9"
    assert headers("rate_limit", *all_full)["retry-after"] == str(8 * 86_400 + 30)


def test_all_limits_are_listed_in_a_form_to_which_others_can_be_added():
    told = told_all("quota", count("50/second", 49), count("100000/month", 7))
    assert told["ratelimit"] == f'"quota-second";r=1;t=1, "quota-month";r=99993;t={8 * 86_400 + 30}'
    assert told["ratelimit-policy"] == f'"quota-second";q=50;w=1, "quota-month";q=100000;w={30 * 86_400}'


def test_where_limits_are_not_to_be_shown_a_refusal_says_when_to_come_back():
    assert told_all("rate_limit.silent", count("5/minute", 2)) == {}
    assert told_all("rate_limit.silent", count("5/minute", 5, refused=True)) == {"retry-after": "30"}


def test_a_rate_that_got_smaller_leaves_nothing_and_not_less():
    assert headers("quota", count("5/day", 9, refused=True))["x-quota-remaining"] == "0"


def test_a_request_without_limits_is_let_through():
    assert answer("quota", [], NOW) == service_v3.RateLimitResponse(overall_code=OK)
