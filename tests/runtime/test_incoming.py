import asyncio
import gc

import pytest

from crossway.runtime.incoming import AHEAD, Body, Incoming


class Source:
    """Where an answer comes from: takes note of what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def let_wait(self) -> None:
        self.told.append("wait")

    def let_come(self) -> None:
        self.told.append("come")

    def abandon(self) -> None:
        self.told.append("abandoned")


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def incoming(source: Source) -> Incoming:
    return Incoming(source, 200, [])


async def test_what_has_come_is_read_at_once(incoming, source):
    incoming.feed(b"a")
    incoming.feed(b"")
    incoming.feed(b"b")
    incoming.end()
    assert [part async for part in Body(incoming)] == [b"ab"]
    assert source.told == []


async def test_who_reads_faster_waits(incoming):
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(incoming.more())
        await asyncio.sleep(0)
        assert not reading.done()
        incoming.feed(b"a")
    assert reading.result() == b"a"


async def test_what_comes_faster_than_it_is_read_waits(incoming, source):
    incoming.feed(bytes(AHEAD))
    assert source.told == []
    incoming.feed(b"a")
    incoming.feed(b"b")
    assert source.told == ["wait"]
    assert len(await incoming.more()) == AHEAD + 2
    assert source.told == ["wait", "come"]


async def test_an_answer_that_is_cut_off_is_an_error_behind_what_has_come(incoming):
    incoming.feed(b"a")
    incoming.end(ConnectionError("cut off"))
    incoming.end()
    assert incoming.is_over
    assert not incoming.is_whole
    body = Body(incoming)
    assert await anext(body) == b"a"
    for _ in range(2):
        with pytest.raises(ConnectionError, match="cut off"):
            await anext(body)


@pytest.mark.parametrize(("is_over", "told"), [(False, ["abandoned"]), (True, [])])
def test_who_lets_go_before_the_end_ends_it(incoming, source, is_over, told):
    if is_over:
        incoming.end()
    Body(incoming)
    gc.collect()
    assert source.told == told


async def test_who_gives_up_waiting_ends_it(incoming, source):
    body = Body(incoming)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(body)
    assert source.told == ["abandoned"]
