"""How soon a change answers requests, and what it costs the control plane.

Each edit adds a route; a client that asks for it all the time notes when it gets the first good answer. The control
plane is given the changed document directly (`bench.subject`), or by way of a file.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from bench.client import first
from bench.gateway import crossway_run
from bench.lab import Lab
from bench.machine import ROOT, BenchError, Process, free_port, running
from bench.subject import Edit
from bench.table import Line, spread
from bench.work import Work, crossway, route

WITHIN = 60.0
START_WITHIN = 240.0


@dataclass(frozen=True, slots=True)
class Size:
    """A size of configuration, and how many milliseconds an edit may take."""

    routes: int
    hosts: int
    bound: float


SIZES = (Size(10, 1, 10), Size(10_000, 1_000, 50), Size(100_000, 10_000, 150))
COUNTED = 10_000
"""The size at which CPU and resources are counted."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about edits."""
    yield await _by_file(lab)
    for size in SIZES[: lab.times(3, 2)]:
        for line in await _given(lab, size):
            yield line


async def _by_file(lab: Lab) -> Line:
    work = Work(free_port(), lab.backend.port, 10)
    text = crossway(work)
    took: list[float] = []
    async with crossway_run(text, lab.directory / "edit-file") as gateway:
        for _ in range(lab.times(20, 6)):
            text += route(work, work.routes)
            work = work.grown()
            async with asyncio.TaskGroup() as tasks:
                answered = tasks.create_task(first(work.port, *work.last, WITHIN))
                await asyncio.sleep(0.3)  # the watch is at rest, as between two edits of a person
                written = time.monotonic()
                gateway.write(text)
            took.append((answered.result() - written) * 1000)
    return Line("file written to first request on the new route, 10 routes", median(took), "ms", 150, spread(took))


async def _given(lab: Lab, size: Size) -> list[Line]:
    work = Work(free_port(), lab.backend.port, size.routes, size.hosts)
    took: list[float] = []
    edits: list[Edit] = []
    async with _subject(lab, work) as process:
        for _ in range(lab.times(20, 6)):
            work = work.grown()
            async with asyncio.TaskGroup() as tasks:
                answered = tasks.create_task(first(work.port, *work.last, WITHIN))
                await asyncio.sleep(0.05)  # the client has its connection
                process.tell("edit")
                edit = Edit(**json.loads(await _line(process, WITHIN)))
            edits.append(edit)
            took.append((answered.result() - edit.accepted) * 1000)
        rss = process.rss("python")
    name = f"{size.routes:,} routes" + (f" on {size.hosts:,} hostnames" if size.hosts > 1 else "")
    cpu = [edit.cpu_ms for edit in edits]
    pushed = [edit.pushed for edit in edits]
    how = f"{spread(took)}; acknowledged after {median(edit.live_ms for edit in edits):.0f} ms; {rss:.0f} MB"
    lines = [Line(f"accepted change to first request on the new route, {name}", median(took), "ms", size.bound, how)]
    if size.routes == COUNTED:
        lines += [
            Line(f"control-plane CPU for a one-route edit, {name}", median(cpu), "ms", 50, spread(cpu)),
            Line(f"resources pushed for a one-route edit, {name}", max(pushed), "", 1, f"at most, n={len(pushed)}"),
        ]
    return lines


@asynccontextmanager
async def _subject(lab: Lab, work: Work) -> AsyncIterator[Process]:
    directory = lab.directory / f"edits-{work.routes}"
    numbers = map(str, (work.port, work.backend, work.routes, work.hosts))
    argv = [sys.executable, "-m", "bench.subject", *numbers, str(directory / "state")]
    async with running(argv, directory, {"PYTHONPATH": str(ROOT)}, pipes=True) as process:
        await _line(process, START_WITHIN)
        yield process


async def _line(process: Process, within: float) -> bytes:
    try:
        async with asyncio.timeout(within):
            line = await process.output.readline()
    except TimeoutError:
        raise BenchError(f"no word from the control plane within {within:.0f} s") from None
    if not line:
        raise BenchError(f"the control plane ended: {process.last_words()}")
    return line
