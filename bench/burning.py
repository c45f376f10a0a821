"""What a plugin that burns a core does to a native route on the same proxy.

Requests come at an even rate, whether the ones before them are answered or not, so that a proxy that stands still is
seen as long as it does. Quiet rounds and burning ones take turns.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from bench.apps import plugins
from bench.client import Connection, first
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.table import Line
from bench.work import Work, plain

HOST, PATH, BURNT = "any.example.com", "/", "/burnt"
RATE = 500
"""Requests a second."""
SECONDS = 3
CONNECTIONS = 8
UNDER_WAY = 2
"""Requests to the plugin at each moment."""
READY_WITHIN = 30.0


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the line about the native route."""
    work = Work(free_port(), lab.backend.port, 1)
    route = f"  burnt: {{matches: [{{path: {BURNT}}}], to: backend, policies: {{plugins: [burn]}}}}\n"
    quiet: list[float] = []
    busy: list[float] = []
    cores: list[float] = []
    async with crossway_run(plugins("burn") + plain(work) + route, lab.directory / "burning") as gateway:
        await first(work.port, HOST, BURNT, READY_WITHIN)
        for _ in range(lab.times(5, 2)):
            quiet.append(await _p99(work.port))
            async with _burning(work.port):
                before, began = gateway.process.cpu(PROXY), time.monotonic()
                busy.append(await _p99(work.port))
                cores.append((gateway.process.cpu(PROXY) - before) / (time.monotonic() - began))
    shown = [", ".join(f"{value:.2f}" for value in values) for values in (busy, quiet)]
    how = f"{RATE} requests a second; the proxy takes {min(cores):.2f} cores or more"
    detail = f"median of {len(quiet)} pairs; ms: {shown[0]} against {shown[1]}; {how}"
    found = median(one / two for one, two in zip(busy, quiet, strict=True))
    yield Line("p99 of a native route while a plugin burns a core, against the quiet p99", found, "x", 2, detail)


@asynccontextmanager
async def _burning(port: int) -> AsyncIterator[None]:
    """Keep the plugin at work."""

    async def ask() -> None:
        async with Connection(port) as connection:
            while True:
                answer = await connection.get(HOST, BURNT)
                if answer.status != 200:
                    raise BenchError(f"the plugin that burns answered {answer.status}")

    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(ask()) for _ in range(UNDER_WAY)]
        yield
        for task in asking:
            task.cancel()


async def _p99(port: int) -> float:
    """Return the p99 of the native route in milliseconds, from when each request was due."""
    took: list[float] = []
    begin = time.monotonic()

    async def ask(number: int) -> None:
        async with Connection(port) as connection:
            for index in range(number, RATE * SECONDS, CONNECTIONS):
                due = begin + index / RATE
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                answer = await connection.get(HOST, PATH)
                if answer.status != 200:
                    raise BenchError(f"the native route answered {answer.status}")
                took.append(1000 * (time.monotonic() - due))

    async with asyncio.TaskGroup() as tasks:
        for number in range(CONNECTIONS):
            tasks.create_task(ask(number))
    return sorted(took)[len(took) * 99 // 100]
