"""How soon a change is live by its own word, and how soon the admin API answers."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from bench.api import Api, ask
from bench.lab import Lab
from bench.machine import Argv, BenchError, free_port, running, until
from bench.table import Line, spread
from bench.work import Work, crossway, head, route, routes

MANY = 10_000
RATE = 200
"""Requests a second."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about changes over the admin API."""
    for number, hosts, bound in ((10, 1, 150), (MANY, 1_000, 400)):
        work = Work(free_port(), lab.backend.port, number, hosts)
        async with following(lab.directory / f"apply-{number}") as state, Api(state) as api:
            await apply(api, crossway(work))
            took = []
            for _ in range(lab.times(25, 5)):
                change = "routes:\n" + route(work, work.routes)
                work = work.grown()
                took.append(1000 * await apply(api, change))
            yield Line(f"apply of one route to live on 1/1, {number:,} routes", median(took), "ms", bound, spread(took))
            if number == MANY:
                async for line in _reads(lab, state):
                    yield line
    took = []
    for turn in range(lab.times(3, 1)):
        work = Work(free_port(), lab.backend.port, MANY, 1_000)
        async with following(lab.directory / f"apply-all-{turn}") as state, Api(state) as api:
            await apply(api, head(work) + route(work, 0))
            took.append(await apply(api, "routes:\n" + "".join(routes(work)[1:])))
    yield Line("one changeset of 10,000 new routes to live on 1/1", median(took), "s", 10, spread(took))


async def _reads(lab: Lab, state: Path) -> AsyncGenerator[Line, None]:
    """Yield how long one resource takes to be got, with requests that come whether the last one is answered or not."""
    path = "/v1/resources/routes/default/r000017"
    seconds = lab.times(15, 3)
    took: list[float] = []
    free: asyncio.Queue[Api] = asyncio.Queue()

    async def one(due: float) -> None:
        connection = await free.get()
        await connection.send("GET", path)
        took.append(1000 * (time.perf_counter() - due))
        free.put_nowait(connection)

    connections = [await Api(state).__aenter__() for _ in range(16)]
    for connection in connections:
        await connection.send("GET", path)
        free.put_nowait(connection)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(RATE * seconds):
            due = began + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one(due))
    for connection in connections:
        await connection.__aexit__()
    took.sort()
    detail = f"median {median(took):.1f}, worst {took[-1]:.1f}; 10,000 routes"
    yield Line("admin API, GET of one resource at 200 a second, p99", took[int(0.99 * len(took))], "ms", 10, detail)


async def apply(api: Api, text: str) -> float:
    """Apply *text* and return after how many seconds it was live, by the word of the control plane."""
    began = time.perf_counter()
    applied = await api.send("POST", "/v1/changesets", {"documents": [{"name": "bench.yaml", "text": text}]})
    took = time.perf_counter() - began
    if applied["state"] != "live" or applied["live"] != 1:
        raise BenchError(f"the change is {applied['state']} on {applied['live']} proxies: {applied['findings'][:1]}")
    return took


@asynccontextmanager
async def following(directory: Path) -> AsyncIterator[Path]:
    """Run Crossway on a store with one worker, and give its data directory once a proxy is connected."""
    state = directory / "state"
    argv: Argv = [
        Path(sys.executable).parent / "crossway",
        "run",
        f"--state={state}",
        "--admin=",
        "--concurrency=1",
        "--drain=0",
    ]
    async with running(argv, directory) as process:

        async def is_up() -> bool:
            status = await ask(state, "/v1/status")
            return status is not None and bool(status["proxies"])

        await until(is_up, 60, "Crossway does not run", process)
        yield state
