import time
from collections.abc import AsyncIterator

import pytest

from crossway.compile import shares
from crossway.compile.shares import Limit
from crossway.errors import UserError
from crossway.quota.quotas import Decision, Quotas, Usage
from crossway.quota.sharing import GONE, Exchange, Sharing
from harness.redis import Redis, needed
from quota.simulation import Fleet, Proxy, steady

BUCKET = ((shares.KEY, "orders"), (shares.LIMITS, "100/1/100"))
HUNDRED = Limit(100, 1, 100)


def tokens(decisions: list[Decision]) -> list[tuple[str, int]]:
    return [(one.proxy, one.assignment.tokens) for one in decisions if one.assignment]


@pytest.mark.parametrize("loads", [(250, 250), (125, 125, 125, 125), (300, 100, 100)])
def test_proxies_of_two_control_planes_let_the_limit_through(loads):
    fleet = Fleet(HUNDRED, *(Proxy(f"p{n}", steady(load), offset=1.0 + n) for n, load in enumerate(loads)), planes=2)
    fleet.run(30)
    assert fleet.admitted(10, 20) == pytest.approx(1000, rel=0.1)
    assert fleet.admitted(20, 30) == pytest.approx(1000, rel=0.05)
    assert fleet.admitted() == pytest.approx(3000, rel=0.05)


def test_a_limit_of_a_minute_is_one_for_two_control_planes():
    fleet = Fleet(Limit(10, 60, 10), Proxy("a", lambda t: 1 if t < 9 else 0), planes=2)
    fleet.proxies["b"] = late = Proxy("b", lambda t: 1 if t >= 10 else 0, due=5.0)
    late.guard = fleet.proxies["a"].guard
    fleet.home["b"] = fleet.planes[1]
    fleet.run(20)
    assert fleet.admitted() == pytest.approx(12, abs=3)


def test_a_control_plane_that_says_nothing_new_has_gone():
    one, other = Quotas(), Quotas()
    one.report("a", [Usage(BUCKET, 1, 0)], 0.0)
    other.report("b", [Usage(BUCKET, 1, 0)], 0.0)
    here, there = Exchange(one, "one"), Exchange(other, "other")
    list(here.hear(BUCKET, {}, 0.5))
    list(there.hear(BUCKET, {"one": here.say()[BUCKET]}, 0.5))
    fields = {"other": there.say()[BUCKET]}
    assert tokens(list(here.hear(BUCKET, fields, 1.0))) == [("a", 49)]
    (left,) = [one for one in here.hear(BUCKET, fields, 2.0 + GONE) if one.assignment]
    assert left.assignment
    assert left.assignment.rate == pytest.approx(100, rel=0.02)
    assert here.gone == {(BUCKET, "other")}


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    async with Redis() as running:
        yield running


@needed
async def test_control_planes_hear_of_each_other_through_redis(redis):
    quotas = [Quotas(), Quotas()]
    sharing = [Sharing(redis.url, each, name, time.monotonic) for each, name in zip(quotas, "ab", strict=True)]
    assert await sharing[0].exchange() == []
    for number, each in enumerate(quotas):
        each.report(f"proxy {number}", [Usage(BUCKET, 1, 0)], time.monotonic())
    assert await sharing[0].exchange() == []
    assert tokens(await sharing[1].exchange()) == [("proxy 1", 49)]
    assert tokens(await sharing[0].exchange()) == [("proxy 0", 49)]
    for each in sharing:
        await each.close()


def test_a_url_that_cannot_be_read_is_told_without_its_password():
    with pytest.raises(UserError) as told:
        Sharing("http://user:sesame@host", Quotas(), "a", time.monotonic)
    assert "sesame" not in str(told.value)
