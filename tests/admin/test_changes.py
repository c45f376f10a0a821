import asyncio

import pytest

from crossway.admin.audit import Audit, Entry
from crossway.admin.changes import Changes
from crossway.admin.desk import Applied, State, Step, StepName
from crossway.errors import Bug, Conflict, Unavailable
from harness.desks import MemoryLedger

STEP = Step(StepName.READ, "read", 0.0)
DONE = Applied(State.LIVE, 7, (), ())


def entry() -> Entry:
    return Entry("ada", "unix", "changeset.apply", "all")


async def steps(*items):
    for item in items:
        if isinstance(item, Exception):
            raise item
        if isinstance(item, asyncio.Event):
            await item.wait()
        else:
            yield item


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
async def changes(ledger, said):
    running = Changes(Audit(ledger, said.append), said.append)
    await running.start()
    yield running
    await running.stop()


async def test_a_change_is_told_to_its_end(changes, ledger):
    assert [item async for item in changes.make(steps(STEP, DONE, STEP), entry())] == [STEP, DONE]
    assert [told[-1] for told in ledger.told] == ["begun", "revision 7"]


async def test_without_an_entry_nothing_is_written(changes, ledger):
    assert [item async for item in changes.make(steps(STEP, DONE), None)] == [STEP, DONE]
    assert ledger.told == []


@pytest.mark.parametrize(("error", "outcome"), [(Conflict("late"), "412"), (ZeroDivisionError("ours"), "500")])
async def test_what_goes_wrong_is_raised_and_ends_no_other_change(changes, ledger, said, error, outcome):
    go = asyncio.Event()
    other = changes.make(steps(go, DONE), None)
    with pytest.raises(type(error)):
        [item async for item in changes.make(steps(STEP, error), entry())]
    go.set()
    assert [item async for item in other] == [DONE]
    assert [told[-1] for told in ledger.told] == ["begun", outcome]
    assert len(said) == isinstance(error, ZeroDivisionError)


async def test_a_desk_that_says_nothing_is_a_bug(changes):
    with pytest.raises(Bug, match="without saying what became of it"):
        [item async for item in changes.make(steps(STEP), None)]


async def test_the_end_breaks_off_what_is_under_way(ledger, said):
    changes = Changes(Audit(ledger, said.append), said.append)
    await changes.start()
    told = changes.make(steps(STEP, asyncio.Event()), entry())
    assert await anext(told) == STEP
    await changes.stop()
    with pytest.raises(Unavailable, match="the control plane stops"):
        await anext(told)
    with pytest.raises(Unavailable, match="the control plane stops"):
        changes.make(steps(DONE), entry())
    assert [told[-1] for told in ledger.told] == ["begun", "interrupted"]
