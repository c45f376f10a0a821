import asyncio

from crossway.runtime.background import IS_BEHIND, Background
from harness.waiting import until


async def test_work_is_done_after_the_answer():
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    Background().run(work)
    assert not done.is_set()
    await asyncio.wait_for(done.wait(), 5)


async def test_work_knows_that_nobody_waits_for_it():
    known = asyncio.get_running_loop().create_future()

    async def work() -> None:
        known.set_result(IS_BEHIND.get())

    Background().run(work)
    assert (await known, IS_BEHIND.get()) == (True, False)


async def test_what_is_too_much_is_left_out_until_there_is_room():
    background = Background(most=2)
    started: list[str] = []
    going_on = asyncio.Event()

    async def work() -> None:
        started.append("one of them")
        await going_on.wait()

    async def later() -> None:
        started.append("later")

    for _ in range(5):
        background.run(work)
    await until(lambda: len(started) == 2)
    going_on.set()

    def has_room() -> bool:
        background.run(later)
        return "later" in started

    await until(has_room)
    assert started.count("one of them") == 2


async def test_what_takes_too_long_is_given_up_and_said(capsys):
    Background(longest=0.01).run(asyncio.Event().wait)
    await until(lambda: "TimeoutError" in capsys.readouterr().err)


async def test_what_fails_is_said_and_harms_nobody(capsys):
    async def work() -> None:
        raise ValueError("nobody waits for this")

    Background().run(work)
    await until(lambda: "ValueError: nobody waits for this" in capsys.readouterr().err)
