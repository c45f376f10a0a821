"""One process of a plugin, from its start to its end, as the proxy sees it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import MsgspecError, json

from crossway.runtime.meters import METERS, Meter
from crossway.runtime.process.frames import Peer
from crossway.runtime.process.order import BEAT, LEAVING, READY, RETIRING, Order, Report

LONGEST_LINE: Final = 16_384
MOST_LINES: Final = 1_000
"""Lines that a plugin may print from one report to the next; more are left out."""
LAST_WORDS: Final = 1.0
"""Seconds in which what a process has said last is read."""
_MODULE: Final = "crossway.runtime.process.child"
_HANDED: Final = re.compile(r"/proc/self/fd/(\d+)")
_NOT_FOR_IT: Final = frozenset({"ENVOY_DYNAMIC_MODULES_SEARCH_PATH"})


@dataclass(frozen=True, slots=True)
class Times:
    """How long the supervisor waits for what, in seconds."""

    starting: float = 20.0
    """Until a process answers; the code of its plugin has ten of them."""
    silent: float = 5.0
    """For a report of a process, beyond the longest deadline of its plugin."""
    leaving: float = LEAVING
    """For the requests of a process that is to go."""
    first_pause: float = 0.1
    """Before a process is started once more. Each time twice as long as before, up to `longest_pause`."""
    longest_pause: float = 30.0
    stable: float = 10.0
    """Until a process has lived for so long that the next one needs no pause."""


class NoStartError(ConnectionError):
    """A process did not come to answer; the text says why."""


class Life:
    """A process."""

    def __init__(self, socket: str, say: Callable[[str], None], times: Times) -> None:
        self.peer = Peer(socket)
        self._times = times
        self.has_ended = asyncio.Event()
        self.why = "it is not ready yet"
        """What its end was, in words."""
        self.was_hung = False
        """Whether it was ended because it no longer did anything."""
        self.started = 0.0
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._stdin: asyncio.WriteTransport | None = None
        self._pipes: list[tuple[asyncio.ReadTransport, _Lines]] = []
        self._is_ready = asyncio.Event()
        self._is_retiring = asyncio.Event()
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._lock = threading.Lock()
        self._requests = 0
        self._missed = 0
        self._lines = 0
        self._longest = 0.0
        self._meter = Meter()
        self._reported = Report(0, 0, 0, 0.0, 0.0)

    @property
    def process_id(self) -> int:
        """The id of the process; 0 for none."""
        return self._process.pid if self._process is not None else 0

    def take(self) -> None:
        """Take note of a request that goes to it, from any thread: it is not ended before `give_back`."""
        self._count(1)

    def give_back(self) -> None:
        """Take note that a request has come to its end."""
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._requests += change
            if self._requests in (0, 1):
                self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        (self._is_quiet.clear if self._requests else self._is_quiet.set)()

    async def start(self, order: Order) -> None:
        """Start the process, and return when it answers; `NoStartError` if it does not."""
        try:
            self._process = process = _started(self.peer.path)
        except OSError as error:
            raise NoStartError(f"it cannot be started: {error}") from error
        self.started = self._loop.time()
        self._meter = METERS.of(order.name)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        ended = os.pidfd_open(process.pid)
        self._loop.add_reader(ended, self._end, ended)
        self._stdin, _ = await self._loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin)
        for pipe, told in ((process.stdout, self._told), (process.stderr, self._printed)):
            self._pipes.append(await self._loop.connect_read_pipe(_Lines.taking(told), pipe))
        self.tell(order)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._times.starting):
                await _first(self._is_ready, self.has_ended)
        if self.has_ended.is_set():
            raise NoStartError(self.why)
        if not self._is_ready.is_set():
            self._kill()
            await self.has_ended.wait()
            raise NoStartError(f"it was not ready within {self._times.starting:g} seconds")
        self._loop.call_later(BEAT, self._listen)

    def tell(self, order: Order) -> None:
        """Tell the process what to do from now on."""
        self._longest = max((run.settings.bounds.deadline for run in order.runs.values()), default=0.0)
        if self._stdin is not None and not self.has_ended.is_set():
            self._stdin.write(json.encode(order) + b"\n")

    async def over(self) -> None:
        """Wait until another process should take the place of this one."""
        await _first(self._is_retiring, self.has_ended)

    async def leave(self) -> None:
        """Let its requests come to their end, for a bounded time, and end it."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._times.leaving):
                    await _first(self._is_quiet, self.has_ended)
            if self._stdin is not None:
                self._stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._times.leaving + self._times.silent):
                    await self.has_ended.wait()
        finally:
            self._kill()
            self.peer.close()
        if self._process is not None:
            await self.has_ended.wait()
        for transport, lines in self._pipes:
            # What it said last is to be heard; what it started in turn may hold the pipe open.
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await lines.ended.wait()
            transport.close()
        self._close()

    def _close(self) -> None:
        """Close what is left of the pipes, of which some may not have been connected yet."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    pipe.close()

    def _end(self, ended: int) -> None:
        """Take note that the process has ended."""
        assert self._process is not None
        self._loop.remove_reader(ended)
        os.close(ended)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # whatever it has started itself
        status = self._process.wait()
        self.why = "it did nothing any more, and was ended" if self.was_hung else _ended(status)
        self.has_ended.set()
        for socket in (self.peer.path, f"{self.peer.path}.http"):
            Path(socket).unlink(missing_ok=True)
        if self._stdin is not None:
            self._stdin.close()

    def _kill(self) -> None:
        if self._process is not None and not self.has_ended.is_set():
            self._process.kill()

    def _told(self, line: bytes) -> None:
        if line == READY:
            self._is_ready.set()
        elif line == RETIRING:
            self._is_retiring.set()
        else:
            self._missed = 0
            with suppress(MsgspecError):
                self._measure(json.decode(line, type=Report))

    def _measure(self, now: Report) -> None:
        before, self._reported, meter = self._reported, now, self._meter
        meter.calls += now.calls - before.calls
        meter.errors += now.errors - before.errors
        meter.timeouts += now.timeouts - before.timeouts
        meter.seconds += now.seconds - before.seconds
        meter.cpu += now.cpu - before.cpu

    def _printed(self, line: bytes) -> None:
        self._lines += 1
        if self._lines <= MOST_LINES:
            self._say(line.decode(errors="replace"))

    def _listen(self) -> None:
        """Count the reports that did not come: a clock would count the time in which the proxy itself stood still."""
        if self._lines > MOST_LINES:
            self._say(f"{self._lines - MOST_LINES} lines were left out")
        self._lines = 0
        if self.has_ended.is_set():
            return
        self._missed += 1
        if self._missed * BEAT > self._longest + self._times.silent:
            self.was_hung = True
            self._kill()
        else:
            self._loop.call_later(BEAT, self._listen)


class _Lines(asyncio.Protocol):
    """Takes a stream apart into lines; one that is too long is several."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self.ended = asyncio.Event()
        self._take = take
        self._rest = b""

    @classmethod
    def taking(cls, take: Callable[[bytes], None]) -> Callable[[], _Lines]:
        return lambda: cls(take)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            for start in range(0, len(line) or 1, LONGEST_LINE):
                self._take(line[start : start + LONGEST_LINE])

    def connection_lost(self, _: Exception | None) -> None:
        if self._rest:
            self._take(self._rest)
        self.ended.set()


async def _first(*events: asyncio.Event) -> None:
    """Wait for the first of *events*."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def _started(socket: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_IT}
    environment["MALLOC_ARENA_MAX"] = "2"  # each of more would take 64 MiB of addresses, which are what is limited
    handed = {int(number) for value in environment.values() for number in _HANDED.findall(value)}
    return subprocess.Popen(
        [interpreter(sys.base_prefix), "-P", "-m", _MODULE, socket],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        pass_fds=tuple(handed),
        start_new_session=True,
    )


def interpreter(home: str) -> str:
    """Return the program that runs Python: inside a proxy, Python does not know its own."""
    return sys.executable or f"{home}/bin/python{sys.version_info.major}.{sys.version_info.minor}"


def _ended(status: int) -> str:
    if status >= 0:
        return f"its process ended with status {status}"
    if status == -signal.SIGXCPU:
        return "it took more CPU than it may, and was ended"
    return f"its process was ended by {signal.Signals(-status).name}"


__all__ = ["Life", "NoStartError", "Times", "interpreter"]
