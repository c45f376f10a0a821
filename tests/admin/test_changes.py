import asyncio

import pytest

from crossway.admin.audit import Audit, Entry
from crossway.admin.changes import Changes
from crossway.admin.desk import Applied, State, Step, StepName
from crossway.errors import Conflict, Unavailable
from harness.desks import MemoryLedger
from harness.waiting import until

STEP = Step(StepName.READ, "read", 0.0)
PUSHED = Step(StepName.PUSH, "pushed", 0.0)
DONE = Applied(State.LIVE, 7, (), ())


def entry() -> Entry:
    return Entry("ada", "unix", "changeset.apply", "all")


def steps(*items):
    async def change(tell) -> Applied:
        for item in items:
            if isinstance(item, Applied):
                return item
            if isinstance(item, Exception):
                raise item
            if isinstance(item, asyncio.Event):
                await item.wait()
            else:
                tell(item)
        raise AssertionError("it has no end")

    return change


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
    assert [item async for item in changes.make(steps(STEP, DONE, STEP), entry(), wait=True)] == [STEP, DONE]
    assert [told[-1] for told in ledger.told] == ["begun", "revision 7"]


async def test_without_an_entry_nothing_is_written(changes, ledger):
    assert [item async for item in changes.make(steps(STEP, DONE), None, wait=True)] == [STEP, DONE]
    assert ledger.told == []


@pytest.mark.parametrize(("error", "outcome"), [(Conflict("late"), "412"), (ZeroDivisionError("ours"), "500")])
async def test_what_goes_wrong_is_raised_and_ends_no_other_change(changes, ledger, said, error, outcome):
    go = asyncio.Event()
    other = changes.make(steps(go, DONE), None, wait=True)
    with pytest.raises(type(error)):
        [item async for item in changes.make(steps(STEP, error), entry(), wait=True)]
    go.set()
    assert [item async for item in other] == [DONE]
    assert [told[-1] for told in ledger.told] == ["begun", outcome]
    assert len(said) == isinstance(error, ZeroDivisionError)


async def test_who_does_not_wait_is_told_when_it_is_pushed_and_the_log_what_became_of_it(changes, ledger):
    go = asyncio.Event()
    told = [item async for item in changes.make(steps(STEP, PUSHED, go, DONE), entry(), wait=False)]
    assert told == [STEP, PUSHED, Applied(State.PENDING, None, (), ())]
    assert [told[-1] for told in ledger.told] == ["begun"]
    go.set()
    await until(lambda: [told[-1] for told in ledger.told] == ["begun", "revision 7"])
    told = [item async for item in changes.make(steps(STEP, DONE), None, wait=False)]
    assert told == [STEP, DONE]


async def test_the_end_breaks_off_what_is_under_way(ledger, said):
    changes = Changes(Audit(ledger, said.append), said.append)
    await changes.start()
    told = changes.make(steps(STEP, asyncio.Event()), entry(), wait=True)
    assert await anext(told) == STEP
    await changes.stop()
    with pytest.raises(Unavailable, match="the control plane stops"):
        await anext(told)
    with pytest.raises(Unavailable, match="the control plane stops"):
        changes.make(steps(DONE), entry(), wait=True)
    assert [told[-1] for told in ledger.told] == ["begun", "interrupted"]
