"""Counters that outlive the process: what is in the ledger when, and what a crash forgets."""

import asyncio

import pytest

from crossway.compile.limits import Limit
from crossway.errors import Unavailable
from crossway.exact.kept import Kept
from crossway.model import Rate, Unit
from crossway.sources.store import Store
from harness.waiting import until

ALICE = (("consumer", "alice"),)


def limit(rate: str) -> Limit:
    return Limit("default/default", Rate.parse(rate), ALICE)


@pytest.fixture
async def store(tmp_path, clock):
    opened = await Store.open(f"sqlite:///{tmp_path}/store.db", clock)
    yield opened
    await opened.close()


async def take(counters: Kept, clock, times: int = 1, rate: str = "100/day") -> int:
    for _ in range(times):
        (count,) = await counters.take([limit(rate)], 1, clock())
    return count.used


async def in_ledger(store) -> list[int]:
    return [usage.used for usage in await store.usage("alice")]


async def test_an_orderly_end_forgets_nothing(store, clock):
    first = Kept(store)
    async with first.running(print):
        assert await take(first, clock, 5) == 5
    assert await in_ledger(store) == [5]
    async with (second := Kept(store)).running(print):
        assert await take(second, clock) == 6
    assert await in_ledger(store) == [6]


async def test_a_failure_of_those_who_run_it_forgets_nothing(store, clock):
    counters = Kept(store)

    async def failing() -> None:
        async with counters.running(print):
            await take(counters, clock, 2)
            raise ValueError

    with pytest.raises(ExceptionGroup):
        await failing()
    assert await in_ledger(store) == [2]


async def test_a_crash_forgets_only_what_was_counted_since_the_last_entry(store, clock):
    crashed = Kept(store)
    await take(crashed, clock, 3)
    await crashed.save()
    await take(crashed, clock, 2)
    assert await take(Kept(store), clock) == 4


async def test_it_is_entered_while_it_runs_without_a_commit_for_each_request(store, clock, monkeypatch):
    entries = []
    add = store.add_used

    async def noted(numbers):
        entries.append(dict(numbers))
        return await add(numbers)

    monkeypatch.setattr(store, "add_used", noted)
    counters = Kept(store)
    async with counters.running(print):
        await take(counters, clock, 200, "200/day")
        await until(lambda: in_ledger(store))
    assert sum(sum(entry.values()) for entry in entries) == 200
    assert len(entries) < 5


async def test_two_control_planes_hear_of_each_other_with_each_entry(store, clock):
    one, other = Kept(store), Kept(store)
    await take(one, clock, 3)
    await take(other, clock, 2)
    await one.save()
    await other.save()
    assert await take(other, clock) == 6, "it has heard of the three"
    assert await take(one, clock) == 4, "it has not heard of anything yet"
    await other.save()
    await one.save()
    assert await take(one, clock) == 8, "now it has heard of all"


async def test_short_windows_are_not_kept(store, clock):
    counters = Kept(store)
    await counters.take([limit("100/minute"), limit("100/week")], 1, clock())
    await counters.save()
    (usage,) = await store.usage("alice")
    assert (usage.tally.per, usage.used) == (Unit.WEEK, 1)


async def test_a_window_that_ends_before_it_is_entered_is_not_mixed_up_with_the_next(store, clock):
    counters = Kept(store)
    await take(counters, clock, 3, "100/hour")
    clock.pass_by(hours=1)
    assert await take(counters, clock, 1, "100/hour") == 1
    await counters.save()
    assert await take(counters, clock, 1, "100/hour") == 2


class Away:
    """A ledger that can be away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.away = False

    async def used(self, tallies):
        self._check()
        return await self.store.used(tallies)

    async def add_used(self, numbers):
        self._check()
        return await self.store.add_used(numbers)

    async def usage(self, consumer):
        self._check()
        return await self.store.usage(consumer)

    def _check(self) -> None:
        if self.away:
            raise Unavailable("away")


async def test_what_is_known_is_counted_while_the_ledger_is_away(store, clock):
    ledger = Away(store)
    counters = Kept(ledger)
    await take(counters, clock, 2)
    ledger.away = True
    assert await take(counters, clock, 3) == 5
    with pytest.raises(Unavailable):
        await counters.take([Limit("default/default", Rate.parse("5/day"), (("consumer", "bob"),))], 1, clock())
    with pytest.raises(Unavailable):
        await counters.save()
    ledger.away = False
    await counters.save()
    assert await in_ledger(store) == [5]


async def test_what_memory_has_no_room_for_is_read_again(store, clock, monkeypatch):
    monkeypatch.setattr("crossway.exact.memory.MOST", 1)
    counters = Kept(store)
    bob = Limit("default/default", Rate.parse("9/day"), (("consumer", "bob"),))
    for expected in range(1, 5):
        assert await take(counters, clock) == expected
        await counters.take([bob], 1, clock())
        if expected == 2:
            await counters.save()


async def test_what_is_lost_in_the_end_is_said(store, clock):
    said = []
    ledger = Away(store)
    counters = Kept(ledger)
    async with counters.running(said.append):
        await take(counters, clock)
        ledger.away = True
    assert said == ["what was counted last is lost: away"]


async def test_many_ask_for_a_number_before_it_is_known(store, clock):
    await take(first := Kept(store), clock, 7)
    await first.save()
    counters = Kept(store)
    await asyncio.gather(*(take(counters, clock) for _ in range(20)))
    assert await take(counters, clock) == 28
