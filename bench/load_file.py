"""From a file with ten thousand routes to the first good answer: a cold start, all of it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from statistics import median

from bench.client import first
from bench.gateway import starting
from bench.lab import Lab
from bench.machine import free_port
from bench.table import Line, spread
from bench.work import Work, crossway

ROUTES = 10_000
WITHIN = 60.0


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the line about a cold start."""
    took: list[float] = []
    for index in range(lab.times(3, 1)):
        work = Work(free_port(), lab.backend.port, ROUTES, 1_000)
        text = crossway(work)
        began = time.monotonic()
        async with starting(text, lab.directory / f"load-{index}"):
            took.append(await first(work.port, *work.last, WITHIN) - began)
    what = f"a file with {ROUTES:,} routes, from the start of the process to the first 200"
    yield Line(what, median(took), "s", 5, spread(took))
