"""What a fleet lets through, computed: proxies and time are simulated, the decisions are real."""

import pytest

from crossway.compile.shares import Limit
from crossway.quota.bucket import INTERVAL, Assignment, Bucket
from quota.simulation import Fleet, Proxy, steady

HUNDRED = Limit(100, 1, 100)
FIVE = Limit(5, 60, 5)

each = pytest.mark.parametrize


@each("delay", [0.0, 0.02, 0.1])
@each("offset", [0.5, 2.5, 4.5, 5.0])
@each("loads", [(250, 250), (400, 100), (450, 50), (500,), (100,) * 5])
def test_at_five_times_the_limit_ten_seconds_let_the_limit_through(loads, offset, delay):
    """Whenever the second proxy reports, and however long an assignment is on its way."""
    proxies = [Proxy(f"p{n}", steady(load), offset=offset * (n > 0)) for n, load in enumerate(loads)]
    fleet = Fleet(HUNDRED, *proxies, delay=delay)
    fleet.run(10)
    assert fleet.admitted() == pytest.approx(1000, rel=0.05)


def test_it_stays_at_the_limit():
    fleet = Fleet(HUNDRED, Proxy("a", steady(250)), Proxy("b", steady(250)))
    fleet.run(60)
    assert [fleet.admitted(n, n + 10) for n in range(10, 60, 10)] == pytest.approx([1000] * 5, rel=0.02)


def test_a_share_follows_the_demand():
    fleet = Fleet(HUNDRED, Proxy("a", lambda t: 490 if t < 30 else 10), Proxy("b", lambda t: 10 if t < 30 else 490))
    fleet.run(60)
    busy, idle = fleet.proxies["a"].admitted, fleet.proxies["b"].admitted
    assert sum(20 <= time < 30 for time in busy) > 850
    assert sum(50 <= time < 60 for time in idle) > 850
    assert fleet.admitted() <= 6000


def test_what_is_below_the_limit_passes():
    fleet = Fleet(HUNDRED, Proxy("a", steady(50)), Proxy("b", steady(20)))
    fleet.run(30)
    assert fleet.admitted() == pytest.approx(70 * 30, abs=2)


def test_a_burst_after_a_rest_passes_and_is_paid_back():
    fleet = Fleet(HUNDRED, Proxy("a", lambda t: 20 if t < 20 else 250), Proxy("b", lambda t: 20 if t < 20 else 250))
    fleet.run(30)
    assert fleet.admitted(20, 21) > 150
    assert fleet.admitted(20, 30) == pytest.approx(1000, rel=0.05)


def test_a_limit_of_a_minute_has_its_burst_and_then_its_rate():
    fleet = Fleet(FIVE, Proxy("a", steady(1)), Proxy("b", steady(1)))
    fleet.run(120)
    assert fleet.admitted(0, 12) in {5, 6}
    assert fleet.admitted() == pytest.approx(15, abs=2)


def test_more_proxies_than_requests_share_a_limit():
    fleet = Fleet(Limit(3, 60, 3), *(Proxy(f"p{n}", steady(0.5)) for n in range(6)))
    fleet.run(600)
    assert fleet.admitted() == pytest.approx(33, abs=6)


def test_the_first_request_of_a_proxy_counts():
    bucket = Bucket((FIVE,), 0.0)
    assert bucket.report("a", 1, 0, 0.0) == {"a": Assignment(4, pytest.approx(5 / 60), fresh=True)}


def test_one_that_joins_gets_a_part_and_the_others_keep_theirs():
    bucket = Bucket((HUNDRED,), 0.0)
    bucket.report("a", 1, 0, 0.0)
    changed = bucket.report("b", 1, 0, 0.0)
    rate = pytest.approx(50, rel=0.01)
    assert changed == {"a": Assignment(49, rate), "b": Assignment(49, rate, fresh=True)}


def test_one_that_leaves_leaves_its_part():
    bucket = Bucket((HUNDRED,), 0.0)
    bucket.report("a", 1, 0, 0.0)
    bucket.report("b", 1, 0, 0.0)
    changed = bucket.leave("b", INTERVAL)
    assert changed["a"].rate == pytest.approx(100)


def test_of_several_limits_all_hold():
    bucket = Bucket((Limit(10, 1, 10), Limit(60, 3600, 60)), 0.0)
    first = bucket.report("a", 1, 0, 0.0)["a"]
    assert (first.tokens, first.rate) == (9, pytest.approx(10, rel=0.1))
    second = bucket.report("a", 55, 0, INTERVAL)["a"]
    assert second.tokens + second.rate * INTERVAL <= 9.5


def test_a_proxy_rests_once_it_had_no_request_and_everything_came_back():
    bucket = Bucket((FIVE,), 0.0)
    bucket.report("a", 5, 0, 0.0)
    for number in range(1, 12):
        bucket.report("a", 0, 0, number * INTERVAL)
    assert bucket.rested("a", 55.0) == 0
    bucket.report("a", 0, 0, 65.0)
    assert bucket.rested("a", 65.0) == 65.0
