"""What holds for every place where requests are counted."""

import asyncio

import pytest

from crossway.compile.limits import Limit
from crossway.exact.counters import judged, tallies
from crossway.model import Rate, Unit
from crossway.model.usage import CONSUMER

ALICE = ((CONSUMER, "alice"),)
BOB = ((CONSUMER, "bob"),)


def limit(rate: str, by=ALICE, counter: str = "default/default") -> Limit:
    return Limit(counter, Rate.parse(rate), by)


async def numbers(counters, clock, *limits: Limit, hits: int = 1) -> list[tuple[int, bool]]:
    """How many are used of each limit, and whether it refuses."""
    return [(count.used, count.refused) for count in await counters.take(limits, hits, clock())]


def test_all_limits_count_a_request_or_none(clock):
    limits = [limit("5/day"), limit("2/minute")]
    wanted = tallies(limits, clock())
    assert [(count.used, count.refused, count.remaining) for count in judged(limits, wanted, [3, 1], 1)] == [
        (4, False, 1),
        (2, False, 0),
    ]
    assert [(count.used, count.refused, count.remaining) for count in judged(limits, wanted, [3, 2], 1)] == [
        (3, False, 2),
        (2, True, 0),
    ]


async def test_as_many_are_let_through_as_a_limit_says(counters, clock):
    taken = [await numbers(counters, clock, limit("3/day")) for _ in range(5)]
    assert taken == [[(1, False)], [(2, False)], [(3, False)], [(3, True)], [(3, True)]]


async def test_a_request_that_is_refused_uses_nothing_up(counters, clock):
    month, second = limit("100/month"), limit("2/second")
    for _ in range(5):
        await counters.take([month, second], 1, clock())
    clock.pass_by(seconds=1)
    assert await numbers(counters, clock, month, second) == [(3, False), (1, False)]


async def test_a_window_ends_for_all_at_once(counters, clock):
    for _ in range(3):
        await numbers(counters, clock, limit("2/minute"), limit("100/day"))
    clock.pass_by(seconds=59)
    assert await numbers(counters, clock, limit("2/minute"), limit("100/day")) == [(2, True), (2, False)]
    clock.pass_by(seconds=1)
    assert await numbers(counters, clock, limit("2/minute"), limit("100/day")) == [(1, False), (3, False)]


async def test_others_are_counted_apart(counters, clock):
    await numbers(counters, clock, limit("1/day"))
    assert await numbers(counters, clock, limit("1/day", BOB)) == [(1, False)]
    assert await numbers(counters, clock, limit("1/day", counter="default/other")) == [(1, False)]
    assert await numbers(counters, clock, limit("1/day", (*ALICE, ("path", "/a")))) == [(1, False)]
    assert await numbers(counters, clock, limit("1/day")) == [(1, True)]


async def test_another_rate_forgets_nothing(counters, clock):
    for _ in range(2):
        await numbers(counters, clock, limit("2/day"))
    assert await numbers(counters, clock, limit("10/day")) == [(3, False)]
    assert await numbers(counters, clock, limit("3/day")) == [(3, True)]


async def test_a_request_may_count_several_times(counters, clock):
    assert await numbers(counters, clock, limit("10/day"), hits=7) == [(7, False)]
    assert await numbers(counters, clock, limit("10/day"), hits=4) == [(7, True)]
    assert await numbers(counters, clock, limit("10/day"), hits=3) == [(10, False)]


async def test_nobody_gets_more_than_there_is_at_the_same_time(counters, clock):
    taken = await asyncio.gather(*(counters.take([limit("25/hour")], 1, clock()) for _ in range(60)))
    assert sum(not count.refused for (count,) in taken) == 25


async def test_no_limits_let_everything_through(counters, clock):
    assert await numbers(counters, clock) == []


@pytest.mark.parametrize("value", ["", "a|b:c", 'quote " and \\', "käse", "x" * 2000])
async def test_what_is_counted_apart_is_any_text(counters, clock, value):
    by = ((CONSUMER, value), ("header", "z"))
    await numbers(counters, clock, limit("9/day", by))
    assert await numbers(counters, clock, limit("9/day", by)) == [(2, False)]
    assert [usage.tally.by for usage in await counters.usage(value, clock())] == [by]


async def test_a_consumer_sees_what_it_has_used(counters, clock):
    assert await counters.usage("alice", clock()) == []
    limits = [limit("100/month"), limit("5/second"), limit("50/day", counter="default/reports"), limit("9/hour", BOB)]
    for _ in range(3):
        await counters.take(limits, 1, clock())
    used = {(usage.tally.counter, usage.tally.per): usage.used for usage in await counters.usage("alice", clock())}
    assert used == {("default/default", Unit.MONTH): 3, ("default/reports", Unit.DAY): 3}
    (bob,) = await counters.usage("bob", clock())
    assert (bob.tally.per, bob.used, bob.tally.until) == (Unit.HOUR, 3, clock.now.replace(hour=13))


async def test_what_is_over_is_not_used(counters, clock):
    await numbers(counters, clock, limit("5/hour"), limit("5/day"))
    clock.pass_by(hours=1)
    assert [usage.tally.per for usage in await counters.usage("alice", clock())] == [Unit.DAY]
