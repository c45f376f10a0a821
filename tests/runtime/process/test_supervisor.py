import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crossway.sdk.http import Request, Response
from harness.waiting import until

from .scene import HEAD, STAMP, Scene, answers, asked, is_alive, open_files, processes

FRAIL = """
@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    if request.path == "/exit":
        os._exit(0)
    return Response(200, body=str(os.getpid()))
"""
RESTARTS = 12


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.chdir(tmp_path)
    async with processes() as scene:
        yield scene


async def test_restarts_leave_nothing_behind(scene: Scene) -> None:
    handler = scene.adopt(FRAIL)
    pids = []
    counted = []
    for _ in range(RESTARTS):
        await answers(handler)
        pids.append(int((await asked(handler))[1]))
        counted.append((open_files(), threading.active_count(), len(asyncio.all_tasks())))
        await asked(handler, "/exit")
    await answers(handler)
    await until(lambda: not any(map(is_alive, pids)))
    assert len(set(pids)) == RESTARTS
    # A life that goes may still hold its pipes while the next one is there already.
    assert counted[-1] <= tuple(most + extra for most, extra in zip(counted[1], (8, 0, 2), strict=True))
    await until(lambda: len(list(Path().glob("*.process.*"))) == 1)


async def test_a_process_that_keeps_dying_is_not_started_without_end(scene: Scene) -> None:
    handler = scene.adopt("os._exit(1)")
    assert await asked(handler) == (503, "plugin.unavailable")
    assert scene.unit is not None
    first = scene.unit.lives
    await until(lambda: scene.unit is not None and scene.unit.lives > first + 1)
    assert await asked(handler) == (503, "plugin.unavailable")


async def test_a_process_that_no_program_names_any_more_ends_after_its_requests(scene: Scene) -> None:
    slow = """
@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    if request.path == "/slow":
        await call_next(request)
    return Response(200, body=str(os.getpid()))
"""
    handler = scene.adopt(slow, deadline=60.0)
    pid = int((await asked(handler))[1])
    old, go_on = scene.unit, asyncio.Event()
    assert old is not None

    async def waiting(_: Request) -> Response:
        await go_on.wait()
        return Response(200)

    under_way = asyncio.ensure_future(handler(Request("GET", "/slow"), waiting))
    other = scene.adopt(STAMP)
    await answers(other)
    await until(lambda: old.life is None)
    assert is_alive(pid)
    go_on.set()
    assert (await under_way).status == 200
    await until(lambda: not is_alive(pid))


async def test_no_process_outlives_its_proxy(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, sys
sys.path[:0] = {sys.path!r}
from runtime.process.scene import Scene, asked, processes
async def main():
    async with processes() as scene:
        handler = scene.adopt({HEAD + FRAIL!r})
        print((await asked(handler))[1], flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    assert is_alive(pid)
    process.kill()
    await process.wait()
    await until(lambda: not is_alive(pid))
