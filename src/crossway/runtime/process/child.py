"""The process of a plugin: it is started as a program of its own, told by its first line what to do, and serves that.

Law: it never outlives the proxy. It takes its limits upon itself before it loads any code of users.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import math
import os
import resource
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop
from msgspec import json

from crossway.runtime.loading import ProgramError, load
from crossway.runtime.meters import METERS, Meter
from crossway.runtime.process.application import Application
from crossway.runtime.process.frames import listen
from crossway.runtime.process.order import BEAT, LEAVING, READY, RETIRING, Order, Report

if TYPE_CHECKING:
    from crossway.runtime.process.server import Server

PR_SET_PDEATHSIG: Final = 1
NICER: Final = 5
"""How much the proxy goes before its plugins where both want the same core."""
AFTER_CPU: Final = 1
"""Seconds of CPU that it may take once its time is used up, to end its requests."""
IDLE: Final = 0.1
"""The part of a core that it may take without requests: for its own needs, and the background work of an app."""
STARTING: Final = 20.0
"""Seconds of CPU that its code may take to be loaded."""
SPARE: Final = 1.0
"""Seconds of CPU that are always left over: for a collection of garbage, and what the kernel counts coarsely."""
OWN: Final = 32 * 2**20
"""Bytes of memory that are not counted as the plugin's: for what this module and its kin do later."""
FULL: Final = 0.9
"""The part of its memory after which another process should take its place."""


class Child:
    """One process, from its first order to its end."""

    def __init__(self, order: Order, socket: str, told: int) -> None:
        self._order, self._socket = order, socket
        self._told = told
        """The descriptor on which the proxy listens."""
        self._app = Application(order.code)
        self._is_retiring = False
        self._most = 0
        self._cpu = Allowance(order.cpu_time)

    async def live(self) -> None:
        """Serve until the proxy says that it is over."""
        loop = asyncio.get_running_loop()
        orders = asyncio.StreamReader(limit=2**28)
        await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
        chains = await listen(self._socket, self._app.serve)
        async with asyncio.TaskGroup() as tasks:
            server = self._server()
            if server is not None:
                tasks.create_task(server.run())
            beating = tasks.create_task(self._beat())
            try:
                await self._load()
                while line := await orders.readline():
                    await self._app.adopt(json.decode(line, type=Order).runs)
            finally:
                beating.cancel()
                await self._app.end(LEAVING)
                chains.close()
                if server is not None:
                    server.stop()

    def _server(self) -> Server | None:
        """Return the server for what the proxy itself forwards; `None` where it forwards nothing."""
        if not self._order.serves:
            return None
        from crossway.runtime.process.server import Server  # which few need

        return Server(self._app, f"{self._socket}.http")

    async def _load(self) -> None:
        await asyncio.to_thread(self._limit)  # in a thread, so that there is one for the code
        await asyncio.to_thread(load, self._order.code)
        await self._app.adopt(self._order.runs)
        self._say(READY)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self._say(json.encode(_report()))
            if self._cpu.renew(self._app.begun, self._app.requests) <= 0:
                self._retire()
            if _size() > self._most:
                gc.collect()
            if self._app.is_out_of_memory or _size() > self._most:
                self._retire()

    def _retire(self) -> None:
        if not self._is_retiring:
            self._is_retiring = True
            self._say(RETIRING)

    def _say(self, line: bytes) -> None:
        os.write(self._told, line + b"\n")

    def _limit(self) -> None:
        """Bound what this process takes: memory beyond what it has now, and CPU beyond what it has used."""
        size = _size()
        self._most = size + OWN + int(self._order.memory * FULL)
        resource.setrlimit(resource.RLIMIT_AS, (size + OWN + self._order.memory,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._cpu.renew(0, 0)


class Allowance:
    """The CPU that a process may take: each request brings some, and what requests leave over is not kept."""

    def __init__(self, cpu_time: float) -> None:
        self._cpu_time = cpu_time
        self._left = cpu_time + STARTING
        self._begun = 0
        self._used = time.process_time()

    def renew(self, begun: int, under_way: int) -> float:
        """Return how much is left, with *begun* requests so far. Whoever takes more at once is ended by the kernel."""
        used = time.process_time()
        brought = self._cpu_time * (begun - self._begun) + IDLE * BEAT
        most = self._cpu_time * (under_way + 1) + SPARE
        self._left = min(self._left - (used - self._used) + brought, most)
        self._begun, self._used = begun, used
        until = math.ceil(used + max(self._left, 0)) + AFTER_CPU
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        return self._left


def _report() -> Report:
    found = [meter for _, meter in METERS.items()] or [Meter()]
    return Report(
        sum(meter.calls for meter in found),
        sum(meter.errors for meter in found),
        sum(meter.timeouts for meter in found),
        sum(meter.seconds for meter in found),
        sum(meter.cpu for meter in found),
    )


def _size() -> int:
    """Return how many bytes of addresses this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _bound_to(parent: int) -> None:
    """Let this process end with its parent, which is gone already if it is no longer *parent*."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the proxy is gone")


def main() -> None:
    """Be the process that the first line of the standard input asks for."""
    order = json.decode(_line(), type=Order)
    _bound_to(order.parent)
    os.umask(0o077)
    os.nice(NICER)
    told = os.dup(1)
    os.dup2(2, 1)  # what a plugin prints is for people
    with contextlib.suppress(KeyboardInterrupt):
        try:
            uvloop.run(Child(order, sys.argv[1], told).live())
        except* ProgramError as group:
            sys.stderr.write(f"{_first(group)}\n")
            sys.stderr.flush()
            os._exit(3)
    os._exit(0)  # threads of a plugin hold nobody up


def _first(group: BaseExceptionGroup[ProgramError]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _line() -> bytes:
    """Return the first line, and nothing after it, of what is written to this process."""
    parts = []
    while (part := os.read(0, 1)) not in (b"\n", b""):
        parts.append(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
