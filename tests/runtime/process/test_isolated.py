import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from crossway.runtime.meters import METERS
from crossway.sdk.http import Request, Response
from harness.waiting import until

from .scene import HEAD, STAMP, TIMES, Scene, answers, asked, echo, is_alive, processes

WILD = """
held = []

def spin():
    while True:
        pass

@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    match request.path:
        case "/exit":
            os._exit(3)
        case "/late":
            await call_next(request)
            os._exit(3)
        case "/cut":
            async def pieces():
                yield b"begun"
                os._exit(3)
            response = Response(200)
            response.arriving(pieces())
            return response
        case "/spin":
            while True:
                pass
        case "/block":
            time.sleep(1000)
        case "/hog":
            return Response(200, body=str(len(bytearray(2**30))))
        case "/leak":
            held.append(bytearray(8 * 2**20))
        case "/burn":
            import threading
            threading.Thread(target=spin, daemon=True).start()
    return Response(200, body=f"{os.getpid()}")
"""


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.chdir(tmp_path)
    async with processes() as scene:
        yield scene


async def test_a_plugin_answers_from_its_process_and_sends_on(scene: Scene) -> None:
    handler = scene.adopt(STAMP.replace("WORD", "one"))
    request = Request("POST", "/a%20b?c=d", {"host": "test", "x-asked": "yes"}, b"body")
    response = await handler(request, echo)
    assert await response.read() == b"/a%20bbody"
    assert (response.status, response.headers["x-echo"]) == (200, "yes")
    assert re.fullmatch(r"\d+ one", response.headers["x-stamp"])
    assert response.headers["x-stamp"].split()[0] != str(os.getpid())


async def test_bodies_pass_piece_by_piece_in_both_directions(scene: Scene) -> None:
    handler = scene.adopt(STAMP)
    come: asyncio.Queue[bytes] = asyncio.Queue()

    async def sent() -> AsyncIterator[bytes]:
        while piece := await come.get():
            yield piece

    async def back(request: Request) -> Response:
        response = Response(200)
        response.arriving(request.stream())
        return response

    request = Request("POST", "/")
    request.arriving(sent())
    await come.put(b"one")
    response = await handler(request, back)
    pieces = response.stream()
    assert await anext(pieces) == b"one"
    await come.put(b"two")
    assert await anext(pieces) == b"two"
    await come.put(b"")
    assert await anext(pieces, None) is None


async def test_a_process_that_dies_under_a_request_is_named_and_replaced(scene: Scene) -> None:
    handler = scene.adopt(WILD)
    first = await asked(handler)
    assert await asked(handler, "/exit") == (502, "plugin.crashed")
    await answers(handler)
    second = await asked(handler)
    assert first != second
    await asyncio.sleep(0.3)  # it has to live for a while, so that the next one comes without a pause
    assert await asked(handler, "/late", "POST") == (502, "plugin.crashed")
    await answers(handler)


async def test_a_process_that_dies_within_an_answer_cuts_it(scene: Scene) -> None:
    handler = scene.adopt(WILD)
    response = await handler(Request("GET", "/cut"), echo)
    with pytest.raises(ConnectionError):
        await response.read()


async def test_python_that_does_not_end_is_interrupted_and_its_process_stays(scene: Scene) -> None:
    handler = scene.adopt(WILD, deadline=0.2)
    first = await asked(handler)
    assert await asked(handler, "/spin") == (504, "plugin.timeout")
    assert await asked(handler) == first


async def test_what_blocks_the_process_ends_it_in_time(scene: Scene) -> None:
    handler = scene.adopt(WILD, deadline=0.2)
    first = await asked(handler)
    async with asyncio.TaskGroup() as tasks:
        blocked = tasks.create_task(asked(handler, "/block"))
    assert blocked.result() == (504, "plugin.timeout")
    await answers(handler)
    assert await asked(handler) != first


async def test_memory_beyond_the_bound_is_not_given(scene: Scene) -> None:
    handler = scene.adopt(WILD, memory=64 * 2**20)
    assert await asked(handler, "/hog") == (500, "plugin.out_of_memory")
    await answers(handler)


async def test_a_leak_has_the_process_replaced_before_it_is_full(scene: Scene) -> None:
    handler = scene.adopt(WILD, memory=256 * 2**20)
    first = await asked(handler)
    found = [await asked(handler, "/leak") for _ in range(33)]
    assert {status for status, _ in found} == {200}

    async def is_replaced() -> bool:
        status, text = await asked(handler)
        assert status == 200
        return (status, text) != first

    await until(is_replaced)
    await until(lambda: not is_alive(int(first[1])))


async def test_cpu_that_no_request_brings_is_not_given(scene: Scene) -> None:
    handler = scene.adopt(WILD, cpu_time=0.001)
    first = await asked(handler)
    await asked(handler, "/burn")

    async def is_replaced() -> bool:
        return await asked(handler) not in (first, (503, "plugin.unavailable"))

    await until(is_replaced, within=60)
    await until(lambda: not is_alive(int(first[1])))


async def test_code_that_ends_its_process_while_it_is_loaded_is_unavailable(scene: Scene) -> None:
    handler = scene.adopt("os._exit(1)")
    assert await asked(handler) == (503, "plugin.unavailable")


async def test_code_that_hangs_while_it_is_loaded_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    async with processes(replace(TIMES, starting=1.0)) as scene:
        handler = scene.adopt("time.sleep(1000)")
        assert await asked(handler) == (503, "plugin.unavailable")
    assert "was not ready within 1 seconds" in capsys.readouterr().err


async def test_settings_that_do_not_fit_close_one_place(scene: Scene) -> None:
    text = """
from pydantic import BaseModel
class Settings(BaseModel):
    word: str
@plugin
async def stamp(request: Request, call_next: Next, settings: Settings) -> Response:
    return Response(200, body=settings.word)
"""
    wrong = scene.adopt(text, settings={"word": 1})
    assert await asked(wrong) == (503, "plugin.unavailable")
    right = scene.adopt(text, settings={"word": "hello"})
    assert await asked(right) == (200, "hello")
    assert await asked(wrong) == (503, "plugin.unavailable")


async def test_an_open_plugin_that_is_away_is_passed(scene: Scene) -> None:
    handler = scene.adopt("os._exit(1)", failure="open")
    assert await asked(handler, "/path", "POST", b"body") == (200, "/pathbody")


async def test_an_open_plugin_that_dies_is_passed_unless_it_has_sent_the_request_on(scene: Scene) -> None:
    handler = scene.adopt(WILD, failure="open")
    assert await asked(handler, "/exit", "POST", b"body") == (200, "/exitbody")
    await answers(handler)
    await asyncio.sleep(0.3)
    await asked(handler)
    assert await asked(handler, "/late", "POST", b"body") == (502, "plugin.crashed")


async def test_a_client_that_leaves_ends_the_work_for_it(scene: Scene, tmp_path: Path) -> None:
    handler = scene.adopt(
        f"""
@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    try:
        open("{tmp_path}/begun", "w")
        await asyncio.sleep(100)
    finally:
        open("{tmp_path}/ended", "w")
""",
        deadline=100.0,
    )
    task = asyncio.ensure_future(asked(handler))
    await until((tmp_path / "begun").exists)
    task.cancel()
    await until((tmp_path / "ended").exists)


async def test_new_code_goes_live_without_a_failed_request(scene: Scene) -> None:
    text = HEAD + STAMP
    handlers = [scene.adopt(text.replace("WORD", "0"))]
    seen: set[str] = set()
    is_over = False

    async def load() -> None:
        while not is_over:
            response = await handlers[-1](Request("GET", "/"), echo)
            await response.read()
            assert response.status == 200
            seen.add(response.headers["x-stamp"].split()[1])

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2):
            tasks.create_task(load())
        await until(lambda: "0" in seen)
        for number in map(str, range(1, 4)):
            handlers.append(scene.adopt(text.replace("WORD", number)))
            await until(lambda number=number: number in seen)
        is_over = True
    assert seen == {"0", "1", "2", "3"}


async def test_the_costs_of_its_plugin_are_counted(scene: Scene) -> None:
    handler = scene.adopt(STAMP)
    before = METERS.of("stamp").calls
    await asked(handler)
    await until(lambda: METERS.of("stamp").calls > before)
