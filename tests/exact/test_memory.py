"""Counters in memory take no more room than the windows that are open."""

from datetime import timedelta

from crossway.compile.limits import Limit
from crossway.exact.memory import Memory
from crossway.model import Rate, Unit
from crossway.model.usage import Tally


async def test_a_window_that_is_over_takes_no_room(clock):
    memory = Memory()
    per_second = Rate(5, Unit.SECOND)
    for _ in range(20):
        await memory.take([Limit("a", per_second, (("consumer", str(n)),)) for n in range(3)], 1, clock())
        clock.pass_by(seconds=1)
    before = Tally.at(clock() - timedelta(seconds=1), "a", Unit.SECOND, (("consumer", "1"),))
    assert memory.used(before) == 1
    await memory.take([Limit("a", per_second, ())], 1, clock())
    assert memory.used(before) is None


async def test_what_clients_make_up_takes_no_more_than_so_much_room(clock, monkeypatch):
    monkeypatch.setattr("crossway.exact.memory.MOST", 3)
    memory = Memory()
    for name in "abcad":
        await memory.take([Limit(name, Rate(5, Unit.DAY), ())], 1, clock())
    assert [memory.used(Tally.at(clock(), name, Unit.DAY)) for name in "abcd"] == [2, None, 1, 1]


async def test_what_is_put_counts_on(clock):
    memory = Memory()
    tally = Tally.at(clock(), "a", Unit.DAY)
    memory.put({tally: 41})
    (count,) = await memory.take([Limit("a", Rate(42, Unit.DAY), ())], 1, clock())
    assert (count.tally, count.used, count.remaining) == (tally, 42, 0)
