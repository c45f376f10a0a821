"""Crossway as people run it: ``crossway run FILE``, a process with an Envoy below it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.api import ask
from bench.machine import BenchError, Process, running, until, written

CONTROL = "crossway"
PROXY = "envoy"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A Crossway that runs."""

    process: Process
    file: Path
    state: Path

    def write(self, text: str) -> None:
        """Change its configuration, in one step, as careful editors do."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.file)

    async def revision(self) -> int:
        """Return the revision that is live on its proxy; 0 while none is."""
        state = await ask(self.state, "/v1/status")
        if state is None:
            return 0
        if state["refused"]:
            raise BenchError(f"the configuration is refused: {state['findings'][0]}")
        proxies = state["proxies"]
        return int(state["revision"]) if proxies and all(proxy["live"] for proxy in proxies) else 0

    async def live(self, revision: int, within: float) -> None:
        """Return when *revision*, or a later one, is live."""

        async def is_live() -> bool:
            return await self.revision() >= revision

        await until(is_live, within, f"revision {revision} is not live", self.process)


@asynccontextmanager
async def crossway_run(
    text: str, directory: Path, within: float = 60, name: str = "gateway.yaml", **more: object
) -> AsyncIterator[Gateway]:
    """Run Crossway on *text*, a file *name*, with one worker; its first revision is live when the context begins.

    *more* are options of its command line.
    """
    async with starting(text, directory, name, **more) as gateway:
        await gateway.live(1, within)
        yield gateway


@asynccontextmanager
async def starting(text: str, directory: Path, name: str = "gateway.yaml", **more: object) -> AsyncIterator[Gateway]:
    """Start Crossway on *text*, a file *name*, with one worker, and wait for nothing."""
    file = written(directory / name, text)
    state = directory / "state"
    options = {"state": state, "admin": "", "concurrency": 1, "drain": 0, **more}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    async with running([Path(sys.executable).parent / "crossway", "run", file, *flags], directory) as process:
        yield Gateway(process, file, state)
