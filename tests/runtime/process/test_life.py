import asyncio
import os
import sys
from pathlib import Path

import pytest
from msgspec import structs

from crossway.compile.program import Code
from crossway.runtime.process.life import LONGEST_LINE, Life, NoStartError, interpreter
from crossway.runtime.process.order import Order
from harness.waiting import until

from .scene import HEAD, STAMP, TIMES, is_alive

SOCKET = Path("s")
ORDER = Order(Code("stamp.py", HEAD + STAMP), 2**28, 1.0, serves=False, parent=0, runs={})


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Order:
    monkeypatch.chdir(tmp_path)
    return structs.replace(ORDER, parent=os.getpid())


def is_bound() -> bool:
    return SOCKET.exists()


async def test_a_life(order: Order) -> None:
    said: list[str] = []
    life = Life("s", said.append, TIMES)
    await life.start(order)
    assert is_alive(life.process_id)
    assert is_bound()
    life.take()
    leaving = asyncio.ensure_future(life.leave())
    await asyncio.sleep(0)
    assert not life.has_ended.is_set()
    life.give_back()
    await leaving
    assert not is_alive(life.process_id)
    assert not is_bound()


async def test_what_it_prints_is_said_line_by_line_and_not_without_end(order: Order) -> None:
    said: list[str] = []
    text = HEAD + "print('one'); print('x' * 40_000)\nfor _ in range(2_000): print('more')\n" + STAMP
    life = Life("s", said.append, TIMES)
    await life.start(structs.replace(order, code=Code("stamp.py", text)))
    await until(lambda: any("lines were left out" in line for line in said))
    assert said[0] == "one"
    assert max(map(len, said)) == LONGEST_LINE
    assert said.count("more") < 2_000
    await life.leave()


async def test_why_it_did_not_start(order: Order) -> None:
    said: list[str] = []
    life = Life("s", said.append, TIMES)
    with pytest.raises(NoStartError, match="ended with status 3"):
        await life.start(structs.replace(order, code=Code("stamp.py", "1 / 0")))
    await life.leave()
    assert said[-1] == "stamp.py:1: ZeroDivisionError: division by zero"


async def test_it_belongs_to_whom_it_is_told(order: Order) -> None:
    life = Life("s", lambda _: None, TIMES)
    with pytest.raises(NoStartError, match="ended with status 1"):
        await life.start(structs.replace(order, parent=1))
    await life.leave()


def test_the_interpreter_is_found_where_python_does_not_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    assert Path(interpreter(sys.base_prefix)).exists()
