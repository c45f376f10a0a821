"""Watching files: a word whenever they may have changed and are still again.

The law: nothing that happens after the first word goes unseen. What the operating system says is only a reason to
look (`crossway.sources.look`); where it says nothing, as on network and overlay file systems, a look every two
seconds finds it out.

An editor's save is many steps, so a change counts once the files have been still: for 20 ms as a rule, for a second
where a file has gone or become empty, since most often somebody is about to write it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from crossway.sources.look import Look, Stamp, look

Stamps = Mapping[Path, Stamp | None]
Paths = Callable[[], Iterable[Path]]
"""The paths to watch, asked again for every look: files and directories, which need not exist."""

STILL = 0.02
GRACE = 1.0
LONGEST_UNREST = 3.0
"""A file that is written all the time is never still; after so many seconds it is taken as it is."""
POLL = 2.0
ROUND = 60.0

STEP_MS = 15
"""How often the native watcher wakes up: 0.5 % of one core, and 23 ms from a write to its word."""
SETTLING_STEP_MS = 5


async def watch(paths: Paths, *, still: float = STILL) -> AsyncGenerator[None, None]:
    """Yield as soon as the watch stands, after every change, and once a minute in any case.

    The first word lets the caller read what changed before the watch stood. The one a minute serves callers that
    depend on the clock too, and finds the change that left no stamp. A change is told once the files have been
    *still* for so many seconds.
    """
    clock = asyncio.get_running_loop().time
    settling = Settling(still)
    quiet = False
    with _Ears() as ears:
        while True:
            now = await asyncio.to_thread(lambda: look(paths()))
            if ears.turn_to(now):
                continue
            if settling.observe(now.stamps, clock(), quiet=quiet):
                yield
            step = STEP_MS if settling.since is None else SETTLING_STEP_MS
            quiet = not await ears.heard(settling.patience, step)


@dataclass(slots=True)
class Settling:
    """Decides when a change is whole, from looks and the time in seconds. It does no input and no output."""

    still: float
    since: float | None = None
    """When the first change was seen that is not told yet."""
    _told: Stamps | None = None
    _told_at: float = 0.0
    _last: Stamps = field(default_factory=dict)

    def observe(self, stamps: Stamps, time: float, *, quiet: bool) -> bool:
        """Take in a look; return whether to tell. *quiet*: nothing was heard since the look before."""
        if self._told is None:
            tell = True
        elif stamps == self._told:
            self.since = None
            tell = time >= self._told_at + ROUND
        else:
            self.since = time if self.since is None else self.since
            tell = (quiet and stamps == self._last) or time >= self.since + LONGEST_UNREST
        self._last = stamps
        if tell:
            self._told, self._told_at, self.since = stamps, time, None
        return tell

    @property
    def patience(self) -> float:
        """How many seconds to wait for a word before the next look."""
        if self.since is None:
            return POLL
        return GRACE if self._awaits_content else self.still

    @property
    def _awaits_content(self) -> bool:
        """Whether a file has gone or become empty, as in the middle of being written."""
        told = self._told or {}
        return any(
            (stamp := self._last.get(path)) != told.get(path) and (stamp is None or stamp.size == 0)
            for path in told.keys() | self._last.keys()
        )


class _Ears:
    """What the operating system says about directories: fast where it speaks, nothing where it is silent."""

    def __init__(self) -> None:
        self._look: Look | None = None
        self._notify: RustNotify | None = None
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.shutdown()

    def turn_to(self, now: Look) -> bool:
        """Listen for *now*; return whether that meant to start anew, so that the caller has to look once more."""
        before, self._look = self._look, now
        if self._notify is not None and before is not None and before.directories == now.directories:
            return False
        try:
            self._notify = RustNotify([*map(str, now.directories)], False, False, 0, False, True)
        except (OSError, WatchfilesRustInternalError):  # one has gone, or there are no more watches to be had
            self._notify = None
        return self._notify is not None

    async def heard(self, seconds: float, step: int) -> bool:
        """Return whether there was a word about what is looked at, after at most so many *seconds*."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._look is not None and self._notify is not None and (left := end - loop.time()) > 0:
            wait = max(1, int(left * 1000))
            try:
                said = await loop.run_in_executor(self._thread, self._notify.watch, step, step, wait, self._stop)
            except WatchfilesRustInternalError:
                self._notify = None
                return True
            names = {Path(path) for _, path in said} if isinstance(said, set) else frozenset[Path]()
            if not names.isdisjoint(self._look.directories):
                self._notify = None  # a directory that has gone takes its watch along, even if it comes back
                return True
            if any(name in self._look.names or name.parent in self._look.listed for name in names):
                return True
        await asyncio.sleep(end - loop.time())
        return False
