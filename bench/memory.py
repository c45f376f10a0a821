"""The memory of a control plane: after its start, and after edits, which is how it stands most of its life."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from bench.gateway import CONTROL, PROXY, crossway_run
from bench.lab import Lab
from bench.machine import free_port
from bench.table import Line
from bench.work import Work, crossway, route

SIZES = {1_000: 150.0, 10_000: 400.0}
"""The number of routes, and the MB that a control plane may take."""
EDITS = 5


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about memory."""
    for routes, bound in SIZES.items():
        yield await _with(lab, routes, bound)


async def _with(lab: Lab, routes: int, bound: float) -> Line:
    work = Work(free_port(), lab.backend.port, routes, routes // 10)
    text = crossway(work)
    async with crossway_run(text, lab.directory / f"memory-{routes}") as gateway:
        started = gateway.process.rss(CONTROL)
        for edit in range(EDITS):
            text += route(work, work.routes)
            work = work.grown()
            gateway.write(text)
            await gateway.live(edit + 2, within=30)
        rss, proxy = gateway.process.rss(CONTROL), gateway.process.rss(PROXY)
    what = f"RSS of the control plane, {routes:,} routes"
    return Line(what, rss, "MB", bound, f"after {EDITS} edits; {started:.0f} MB before; its Envoy {proxy:.0f} MB")
