"""The supervisor of one Envoy on this machine.

The law: while `Envoy.run` runs, there is an Envoy or there will be one soon; when it has returned, raised or been
cancelled, and even when this whole process is killed, there is none. What happens in between is told as events.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from crossway.errors import RemoteError
from crossway.fleet import launch
from crossway.fleet.account import Account
from crossway.fleet.binary import envoy_binary
from crossway.fleet.envoy_admin import Admin, NoAnswerError
from crossway.fleet.events import Crashed, Event, Ready, Restarting, Started, Stopped
from crossway.fleet.last_words import last_words
from crossway.protos import to_dict
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3

FIRST_DELAY = 0.1
LONGEST_DELAY = 30.0
STABLE = 60.0
KILL_AFTER = 5.0
LINES_KEPT = 1_000  # Envoy may print its whole bootstrap between two lines that tell


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run one Envoy."""

    bootstrap: bootstrap_v3.Bootstrap
    run_directory: Path
    """Ours alone: made if it is missing, and closed to other users."""
    concurrency: int
    """Worker threads: as many as there are cores for it."""
    account: Account | None = None
    """The user to run as, from `account.unprivileged`; None runs it as ourselves."""
    bind_service: bool = False
    """Let that user listen on ports below 1024."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """All of Envoy's environment; ``LD_PRELOAD`` and ``PYTHONPATH`` when Python runs inside."""
    directories: Mapping[int, str] = field(default_factory=dict)
    """Directories that it is handed open, by the number of the descriptor: see `launch.command`."""
    drain_seconds: int = 60
    """How long connections of a listener that was changed or removed may live on."""
    log_level: str = "warning"


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class Envoy:
    """One supervised Envoy. `run` it in a task group; everything else may be called while it runs."""

    def __init__(
        self,
        settings: Settings,
        on_event: Callable[[Event], None],
        on_log: Callable[[str], None] = _to_stderr,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Tell *on_event* what happens, and *on_log* each line of Envoy's own log.

        Its stdout, where the access log goes, is ours. *sleep* waits between restarts.
        """
        self.admin = Admin(Path(settings.bootstrap.admin.address.pipe.path))
        self._settings = settings
        self._config = settings.run_directory / "bootstrap.json"
        self._on_event = on_event
        self._on_log = on_log
        self._clock = clock
        self._sleep = sleep
        self._process: asyncio.subprocess.Process | None = None
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._ready = asyncio.Event()
        self._stop_asked = asyncio.Event()
        self._running = asyncio.Lock()

    async def run(self) -> None:
        """Keep Envoy running until `stop`, starting it again after every crash.

        A crash before the first `Ready` is `RemoteError`: it would only be repeated. When cancelled, ends Envoy
        without draining it.
        """
        async with self._running:
            self._prepare()
            been_ready, delay = False, 0.0
            while not self._stop_asked.is_set():
                started = self._clock()
                exit_status = await self._live(started)
                been_ready |= self._ready.is_set()
                self._ready.clear()
                if self._stop_asked.is_set():
                    break
                words = last_words(self._lines)
                self._on_event(Crashed(exit_status, words))
                if not been_ready:
                    reason = words[-1].removeprefix(": ") if words else f"it exited with {exit_status}"
                    raise RemoteError(f"Envoy did not start: {reason}")
                delay = _next_delay(delay, self._clock() - started)
                self._on_event(Restarting(delay))
                await self._pause(delay)
            self._on_event(Stopped())

    @property
    def process_id(self) -> int | None:
        """The id of the process that runs now; `None` between two of them."""
        return self._process.pid if self._process is not None else None

    async def ready(self) -> None:
        """Return when Envoy has its first configuration and serves; at once if it does already."""
        await self._ready.wait()

    async def warm(self, names: Collection[str], within_seconds: float) -> None:
        """Return when none of *names*, clusters that Envoy has acknowledged, is warming any more.

        `RemoteError` names those that still are after *within_seconds*. Asks every 1 to 50 ms; `Admin.warming` says
        what that costs.
        """
        waiting = frozenset(names)
        try:
            async with asyncio.timeout(within_seconds):
                for pause in _pauses():
                    with suppress(NoAnswerError):  # it is being restarted
                        waiting = await self.admin.warming(waiting)
                        if not waiting:
                            return
                    await asyncio.sleep(pause)
        except TimeoutError:
            raise RemoteError(f"still warming after {within_seconds:g} s: {', '.join(sorted(waiting))}") from None

    async def stop(self, drain_seconds: float) -> None:
        """End Envoy for good: no new requests, those under way may finish within *drain_seconds*. Then `run` returns.

        Health checks fail and answers ask clients to leave; when nothing is under way the ports are closed, and what
        came in until then is finished too.
        """
        self._stop_asked.set()
        if (process := self._process) is not None:
            with suppress(TimeoutError, RemoteError):
                async with asyncio.timeout(drain_seconds):
                    await self._drain()
            await _end(process)
        async with self._running:
            pass  # `run` has told its last event and lets go

    def _prepare(self) -> None:
        directory, account = self._settings.run_directory, self._settings.account
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        # The directory is the proxy's, and we may be root: a file is made anew, never written through a name that
        # somebody may have bent to another place.
        self._config.unlink(missing_ok=True)
        descriptor = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(to_dict(self._settings.bootstrap), file, indent=2)
        if account is not None:
            account.own(directory)
            account.own(self._config)

    async def _live(self, started: float) -> int:
        """Start a process, see it through its life and return its exit status."""
        self._lines.clear()
        process = self._process = await self._start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(process))
                watch = group.create_task(self._watch_readiness(started))
                try:
                    self._on_event(Started(process.pid))
                    if self._stop_asked.is_set():
                        await _end(process)
                    return await process.wait()
                finally:
                    watch.cancel()
                    await _end(process)
        finally:
            self._process = None

    async def _start(self) -> asyncio.subprocess.Process:
        settings = self._settings
        argv = [
            str(envoy_binary().absolute()),
            *("--config-path", str(self._config.absolute())),
            *("--concurrency", str(settings.concurrency)),
            *("--drain-time-s", str(settings.drain_seconds)),
            *("--log-level", settings.log_level),
            # It warns of each extension that it calls work in progress, at every start; we test those we use. Of each
            # login that fails it tells, with the cookies; the access log has it without.
            *("--component-log-level", "misc:error,oauth2:off"),
            # An access log line is ten seconds late by default.
            *("--file-flush-interval-msec", "1000"),
            "--disable-hot-restart",
        ]
        identity = settings.account.identity if settings.account else None
        command, environment = launch.command(
            argv, settings.environment, identity, settings.bind_service, settings.directories
        )
        return await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            cwd=settings.run_directory,  # sockets of its own are named relative to it, the same on every machine
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for us: we drain first
        )

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        rest = b""
        while chunk := await process.stderr.read(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._hear(line)
        if rest:
            self._hear(rest)

    def _hear(self, line: bytes) -> None:
        text = line.decode(errors="replace")
        self._lines.append(text)
        self._on_log(text)

    async def _watch_readiness(self, started: float) -> None:
        for pause in _pauses():
            if await self.admin.ready():
                break
            await asyncio.sleep(pause)
        self._ready.set()
        self._on_event(Ready(self._clock() - started))

    async def _drain(self) -> None:
        await self.admin.post("/healthcheck/fail")
        await self.admin.post("/drain_listeners?graceful&skip_exit")
        await self._quiet()
        await self.admin.post("/drain_listeners")
        await self._quiet()

    async def _quiet(self) -> None:
        for pause in _pauses():
            if await self.admin.in_progress() == 0:
                return
            await asyncio.sleep(pause)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not if we are asked to stop."""
        async with asyncio.TaskGroup() as group:
            waits = {group.create_task(_until(wait)) for wait in (self._sleep(seconds), self._stop_asked.wait())}
            _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in pending:
                wait.cancel()


async def _until(wait: Awaitable[object]) -> None:
    await wait


def _next_delay(previous: float, lived: float) -> float:
    """Return the seconds to wait before a restart: doubled each time, from the start again after a stable life."""
    return FIRST_DELAY if previous == 0 or lived >= STABLE else min(previous * 2, LONGEST_DELAY)


def _pauses() -> Iterator[float]:
    """Yield the seconds between two looks at a condition, for ever: from 1 ms, doubling up to 50 ms."""
    pause = 0.001
    while True:
        yield pause
        pause = min(pause * 2, 0.05)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a process with SIGTERM, or with SIGKILL if that is not enough. Nothing happens to one that has ended."""
    for deadly in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid, deadly)
        with suppress(TimeoutError):
            async with asyncio.timeout(KILL_AFTER):
                await process.wait()
