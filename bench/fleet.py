"""A thousand proxies on one control plane: how soon a change is acknowledged by all of them, and what that takes.

The control plane is the process that people run, ``crossway run --role control``; the proxies are simulated, see
`bench.proxies`, each with a connection of its own.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.api import ask
from bench.gateway import CONTROL
from bench.lab import Lab
from bench.machine import ROOT, BenchError, Process, free_port, output, running, until, written
from bench.table import Line, spread
from bench.work import Work, crossway, route

PROXIES = 1_000
ROUTES = 10_000
HOSTS = 1_000
CONNECTED_WITHIN = 120.0
EDIT_WITHIN = 30.0
EDIT_BOUND = 2.0
"""Seconds from the edit until all proxies have acknowledged it."""
RSS_BOUND = 1_000.0
"""MB."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about a fleet."""
    work = Work(free_port(), lab.backend.port, ROUTES, HOSTS)
    text = crossway(work)
    took: list[float] = []
    cpu: list[float] = []
    async with control_plane(text, lab.directory / "fleet") as control:
        alone = control.process.rss(CONTROL)
        began, used = time.monotonic(), control.process.cpu(CONTROL)
        async with control.proxies() as fleet:
            await _answered(fleet, CONNECTED_WITHIN)
            await control.all_live(PROXIES, CONNECTED_WITHIN)
            joined = time.monotonic() - began
            joining = control.process.cpu(CONTROL) - used
            for _ in range(lab.times(10, 4)):
                text += route(work, work.routes)
                work = work.grown()
                used, edited = control.process.cpu(CONTROL), time.monotonic()
                control.write(text)
                said = await _answered(fleet, EDIT_WITHIN)
                await control.all_live(PROXIES, EDIT_WITHIN)
                took.append(said["last"] - edited)
                cpu.append(control.process.cpu(CONTROL) - used)
            rss, peak = control.process.rss(CONTROL), _peak(control.process.pid)
    of = f"{PROXIES:,} proxies, {ROUTES:,} routes"
    yield Line(f"one-route edit to acknowledged by all, {of}", median(took), "s", EDIT_BOUND, spread(took))
    yield Line(f"RSS of the control plane, {of}", rss, "MB", RSS_BOUND, f"{alone:.0f} MB alone; at most {peak:.0f} MB")
    yield Line(f"control-plane CPU for a one-route edit, {of}", median(cpu), "s", None, spread(cpu))
    how = f"{joining:.1f} s of CPU; one TLS connection for each"
    yield Line(f"start of the proxies to all live, {of}", joined, "s", None, how)


@dataclass(frozen=True, slots=True)
class Control:
    """A control plane that waits for proxies."""

    process: Process
    file: Path
    state: Path
    """The Unix socket of the admin API."""
    port: int
    credentials: Path

    def write(self, text: str) -> None:
        """Change its configuration, in one step, as careful editors do."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.file)

    async def all_live(self, count: int, within: float) -> None:
        """Return when so many proxies are live, as the control plane sees it."""

        async def are_live() -> bool:
            await asyncio.sleep(0.1)  # a thousand proxies are a page that takes its time
            return sum(proxy["live"] for proxy in await self.page("/v1/proxies")) == count

        await until(are_live, within, "the proxies are not live", self.process)

    async def page(self, path: str) -> list[dict[str, bool]]:
        """Return the items of a page of the admin API; none of them while it is not served."""
        answer = await ask(self.state, path)
        return answer["items"] if answer is not None else []

    @asynccontextmanager
    async def proxies(self) -> AsyncIterator[Process]:
        """Run the proxies."""
        argv = [sys.executable, "-m", "bench.proxies", str(self.port), str(PROXIES), str(self.credentials)]
        directory = self.credentials.parent / "proxies"
        directory.mkdir()
        async with running(argv, directory, {"PYTHONPATH": str(ROOT)}, pipes=True) as process:
            yield process


@asynccontextmanager
async def control_plane(text: str, directory: Path) -> AsyncIterator[Control]:
    """Run a control plane for *text*."""
    file = written(directory / "gateway.yaml", text)
    program = Path(sys.executable).parent / CONTROL
    credentials, state = directory / "credentials", directory / "state"
    await output([program, "issue", "bench", f"--out={credentials}", f"--state={state}"])
    port = free_port()
    flags = ["--role=control", f"--listen=127.0.0.1:{port}", f"--state={state}", "--admin="]
    async with running([program, "run", file, *flags], directory) as process:
        control = Control(process, file, state, port, credentials)

        async def is_up() -> bool:
            return bool(await control.page("/v1/routes"))

        await until(is_up, 60, "the control plane is not up", process)
        yield control


async def _answered(fleet: Process, within: float) -> dict[str, float]:
    """Return when the proxies had all answered the next version."""
    try:
        async with asyncio.timeout(within):
            while line := await fleet.output.readline():
                said: dict[str, float] = json.loads(line)
                if "lost" in said:
                    raise BenchError("a simulated proxy lost its connection")
                return said
    except TimeoutError:
        raise BenchError(f"not all proxies answered within {within:.0f} s") from None
    raise BenchError(f"the simulated proxies ended: {fleet.last_words()}")


def _peak(pid: int) -> float:
    """Return the most resident memory that a process has had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) * 1024 / 1e6 if found else 0.0
