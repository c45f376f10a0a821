"""What limits and quotas have counted, in both databases."""

import asyncio
from datetime import timedelta

from crossway.model import Unit
from crossway.model.usage import Tally, Usage
from crossway.sources.store.usage import BATCH


def tally(clock, consumer: str = "alice", per: Unit = Unit.DAY, counter: str = "default/default") -> Tally:
    return Tally.at(clock(), counter, per, (("consumer", consumer),))


async def test_numbers_add_up(store, open_store, clock):
    day, month = tally(clock), tally(clock, per=Unit.MONTH)
    assert await store.used([day, month]) == {}
    assert await store.add_used({day: 3, month: 3}) == {day: 3, month: 3}
    assert await store.add_used({day: 2}) == {day: 5}
    assert await (await open_store()).used([month, day]) == {day: 5, month: 3}


async def test_many_at_once_are_one_transaction(store, clock):
    numbers = {tally(clock, f"c{number}"): number for number in range(1, 2 * BATCH)}
    assert await store.add_used(numbers) == numbers


async def test_several_control_planes_add_to_the_same_numbers(store, open_store, clock):
    stores = [store, *(await asyncio.gather(*(open_store() for _ in range(3))))]
    tallies = [tally(clock, f"c{number}") for number in range(20)]
    orders = [tallies, tallies[::-1], tallies[7:] + tallies[:7], tallies]
    await asyncio.gather(
        *(each.add_used(dict.fromkeys(order, 2)) for each, order in zip(stores, orders, strict=True) for _ in range(3))
    )
    assert await store.used(tallies) == dict.fromkeys(tallies, 24)


async def test_a_consumer_sees_its_own_numbers(store, clock):
    day, month, other = tally(clock), tally(clock, per=Unit.MONTH), tally(clock, "bob")
    nobody = Tally.at(clock(), "default/default", Unit.DAY, (("masked_remote_address", "::/64"),))
    await store.add_used({month: 9, day: 3, other: 7, nobody: 1})
    assert await store.usage("alice") == [Usage(day, 3), Usage(month, 9)]
    assert await store.usage("carol") == []


async def test_windows_that_are_over_are_forgotten(store, clock, query):
    await store.add_used({tally(clock): 3, tally(clock, per=Unit.YEAR): 3})
    clock.pass_by(days=1)
    (year,) = await store.usage("alice")
    assert year.tally.per is Unit.YEAR
    await store.add_used({tally(clock): 1})
    assert len(await query("SELECT * FROM crossway_usage")) == 2


async def test_texts_and_times_come_back_as_they_were(store, clock):
    strange = Tally.at(clock() + timedelta(microseconds=7), "a'b\"c", Unit.HOUR, (("k", "käse\n"), ("consumer", "☃")))
    await store.add_used({strange: 2**40})
    assert await store.usage("☃") == [Usage(strange, 2**40)]
