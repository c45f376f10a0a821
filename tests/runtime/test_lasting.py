import asyncio

from crossway.runtime.lasting import LISTEN_AFTER, Sweep, sweep
from harness.waiting import until


class Request:
    """Something that may last."""

    is_told = False

    def listen(self) -> None:
        assert not self.is_told, "once is enough"
        self.is_told = True


async def test_who_lasts_is_told_once_and_nobody_else():
    loop = asyncio.get_running_loop()
    sweeping = Sweep(loop)
    lasting, later, over = Request(), Request(), Request()
    began = loop.time()
    sweeping.add(lasting)
    sweeping.add(over)
    sweeping.discard(over)
    await until(lambda: lasting.is_told)
    assert loop.time() - began >= LISTEN_AFTER
    sweeping.discard(lasting)
    sweeping.add(later)
    await until(lambda: later.is_told)
    assert not over.is_told


async def test_who_ends_after_a_while_is_not_told():
    sweeping = Sweep(asyncio.get_running_loop())
    first, second = Request(), Request()
    sweeping.add(first)
    sweeping.add(second)
    await asyncio.sleep(1.5 * LISTEN_AFTER)  # the timer has gone off once
    sweeping.discard(first)
    await until(lambda: second.is_told)
    assert not first.is_told


async def test_a_loop_has_one():
    loop = asyncio.get_running_loop()
    assert sweep(loop) is sweep(loop)
    assert sweep(loop).loop is loop
