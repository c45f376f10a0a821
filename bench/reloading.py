"""How soon new code of a plugin answers, and whether anybody gets hurt by that.

A client asks all the time, as fast as it is answered, while the file of the plugin is written again and again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from statistics import median
from string import Template
from typing import Final

from bench.apps import plugins
from bench.client import Connection, LostError, first
from bench.gateway import crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port, written
from bench.table import Line, spread
from bench.work import Work, plain

HOST, PATH = "any.example.com", "/"
WITHIN = 30.0
PAUSE = 0.5
"""Seconds between two edits of a person who is in a hurry: the watch is at rest."""
EDITION: Final = "x-edition"
_CODE: Final = Template("""\
from crossway import Request, Response, plugin


@plugin
async def edition(request: Request, response: Response) -> None:
    response.headers["x-edition"] = "$number"
""")


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about edits of a plugin."""
    work = Work(free_port(), lab.backend.port, 1)
    directory = lab.directory / "reloading"
    file = written(directory / "edition.py", _CODE.substitute(number=0))
    text = plugins("edition", directory=directory) + plain(work) + "    policies: {plugins: [edition]}\n"
    took: list[float] = []
    async with crossway_run(text, directory):
        client = _Client(work.port)
        await first(work.port, HOST, PATH, WITHIN, lambda answer: EDITION in answer.headers)
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(client.ask())
            for number in range(1, 1 + lab.times(15, 5)):
                await asyncio.sleep(PAUSE)
                beside = written(file.with_suffix(".new"), _CODE.substitute(number=number))
                edited = time.monotonic()
                beside.replace(file)
                took.append(1000 * (await client.sees(str(number)) - edited))
            asking.cancel()
    yield Line("plugin file written to the first answer of the new code", median(took), "ms", 500, spread(took))
    detail = f"of {client.requests:,} requests, {len(took)} edits"
    yield Line("failed requests meanwhile", client.failed, "", 0, detail)


class _Client:
    """Asks all the time, and knows since when it gets which edition."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._since: dict[str, asyncio.Future[float]] = {}
        self.requests = 0
        self.failed = 0

    async def ask(self) -> None:
        """Ask until this is cancelled."""
        async with Connection(self._port) as connection:
            while True:
                self.requests += 1
                try:
                    answer = await connection.get(HOST, PATH)
                except (LostError, OSError):
                    self.failed += 1
                    continue
                if answer.status == 200 and EDITION in answer.headers:
                    since = self._first(answer.headers[EDITION])
                    if not since.done():
                        since.set_result(time.monotonic())
                else:
                    self.failed += 1

    async def sees(self, edition: str) -> float:
        """Return when the first answer of *edition* came, by the monotonic clock."""
        try:
            async with asyncio.timeout(WITHIN):
                return await self._first(edition)
        except TimeoutError:
            raise BenchError(f"new code did not answer within {WITHIN:.0f} s") from None

    def _first(self, edition: str) -> asyncio.Future[float]:
        return self._since.setdefault(edition, asyncio.get_running_loop().create_future())
