"""The machine: its processes and ports, and what the kernel says of them.

What is measured runs as a process of its own, started here and stopped by its id, whatever happens in between.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
STOP_WITHIN: Final = 15.0
"""Seconds from SIGTERM to SIGKILL."""


Argv = Sequence[str | Path]


class BenchError(Exception):
    """Something cannot be measured here. Its text is the reason, for the table."""


class Process:
    """A process that was started for a measurement, with its descendants."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._log = log

    def cpu(self, name: str = "") -> float:
        """Return the seconds of CPU, user and system, that it and its descendants have used.

        With a *name*, of those alone that are called so.
        """
        return sum(_cpu(pid) for pid in self._named(name))

    def rss(self, name: str = "") -> float:
        """Return its resident memory in MB, counted as `cpu` counts."""
        return sum(_rss(pid) for pid in self._named(name)) / 1e6

    def _named(self, name: str) -> list[int]:
        pids = [pid for pid in _tree(self.pid) if name in {"", _name(pid)}]
        if not pids:
            raise BenchError(f"the process ended: {self.last_words()}")
        return pids

    def last_words(self) -> str:
        """Return the last line that it wrote."""
        lines = self._log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    @property
    def output(self) -> asyncio.StreamReader:
        """Its standard output, if it was started with pipes."""
        assert self._process.stdout is not None
        return self._process.stdout

    def tell(self, line: str) -> None:
        """Write a line to its standard input, if it was started with pipes."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return self._process.returncode is not None

    async def stop(self) -> None:
        """End it; return when it has ended."""
        for deadly in (signal.SIGTERM, signal.SIGKILL):
            if self.ended:
                return
            with suppress(ProcessLookupError):
                self.signal(deadly)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN):
                    await self._process.wait()


@asynccontextmanager
async def running(
    argv: Argv, directory: Path, environment: Mapping[str, str] | None = None, *, pipes: bool = False
) -> AsyncIterator[Process]:
    """Run *argv* in *directory* for as long as the context lasts; what it says goes to a file there.

    With *pipes*, its standard input and output are ours.
    """
    log = written(directory / f"{Path(argv[0]).name}.log", "")
    with log.open("ab") as said:
        child = await asyncio.create_subprocess_exec(
            *map(str, argv),
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipes else said,
            stderr=said,
            start_new_session=True,  # Ctrl-C at the terminal is for us, and we stop it
        )
    process = Process(child, log)
    try:
        yield process
    finally:
        await process.stop()


def written(path: Path, text: str) -> Path:
    """Return *path*, a file with *text* whose directory is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


async def output(argv: Argv, environment: Mapping[str, str] | None = None, within: float = 300) -> str:
    """Run *argv* to its end and return what it wrote, or raise `BenchError`."""
    child = await asyncio.create_subprocess_exec(
        *map(str, argv),
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(within):
            said, _ = await child.communicate()
    except TimeoutError:
        raise BenchError(f"{Path(argv[0]).name} took more than {within:.0f} s") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    text = said.decode(errors="replace")
    if child.returncode:
        raise BenchError(f"{Path(argv[0]).name} failed: {(text.strip().splitlines() or ['no word'])[-1]}")
    return text


async def until(condition: Callable[[], Awaitable[bool]], within: float, what: str, process: Process) -> None:
    """Return when *condition* holds; `BenchError` after *within* seconds, or when *process* ends before."""
    deadline = time.monotonic() + within
    while not await condition():
        if process.ended:
            raise BenchError(f"{what}: {process.last_words()}")
        if time.monotonic() > deadline:
            raise BenchError(f"{what}: not within {within:.0f} s")
        await asyncio.sleep(0.005)


def free_port() -> int:
    """Return a port of the loopback address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def describe() -> dict[str, str]:
    """Return what one has to know of this machine to read the figures."""
    model = (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = os.uname()
    return {
        "cores": f"{len(os.sched_getaffinity(0))} x {next(model, kernel.machine)}",
        "memory": f"{memory:.0f} GiB",
        "kernel": f"{kernel.sysname} {kernel.release}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }


def _cpu(pid: int) -> float:
    """Return the CPU time of all threads of *pid*, those that have ended included, in nanoseconds' resolution.

    The clock is the one of clock_getcpuclockid(3); the ticks of ``/proc/PID/stat`` are 10 ms, too coarse for rounds of
    a second.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _rss(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _tree(pid: int) -> Iterator[int]:
    """Yield *pid* and its descendants, those alive."""
    if not Path(f"/proc/{pid}").exists():
        return
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
