"""The watchdog: it ends code that neither awaits nor ends, and so keeps the loop from everybody else.

A plugin runs in slices: from where it is resumed to where it awaits. A lane is a thread with a loop, and knows which
plugin's slice is under way on it. A thread of our own looks at the lanes, and where one slice lasts longer than the
plugin may, raises `Interrupted` in it, from outside (``PyThreadState_SetAsyncExc``).

Law: `Interrupted` is raised in the slice that it is meant for, or not at all. A slice says that it ends before it looks
whether it was condemned, and the watchdog condemns it before it looks whether it has ended; one of both sees the other.

A loop can be held by code that is in no slice: tasks that a plugin has started, bodies that it yields. So the watchdog
also asks each loop for a sign of life, and interrupts what keeps it from giving one for `HELD` seconds.

What blocks within C, as `time.sleep` does, is interrupted only when it comes back.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from contextlib import suppress
from typing import Final
from weakref import WeakSet

INTERVAL: Final = 0.05
"""Seconds from one look to the next: how much later than its deadline a slice may end."""


HELD: Final = 2.0
"""Seconds for which a loop may be held by what is in no slice."""
ASK_EVERY: Final = 1.0
"""Seconds between two questions for a sign of life."""


class Interrupted(BaseException):  # it is no error of whoever is interrupted
    """Raised in code that runs for too long. Not an `Exception`, since code that catches those has to end too."""


class Slice:
    """What a lane knows of what runs on it."""

    __slots__ = ("condemned", "left")

    left: float
    """How many seconds it may still take."""
    condemned: bool


class Lane:
    """A thread with a loop."""

    __slots__ = ("__weakref__", "_asked", "_held", "_is_alive", "count", "lock", "loop", "running", "since", "thread")

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        self.running: Slice | None = None
        """Whose slice is under way."""
        self.count = 0
        """How many slices there were: two looks with one number see one slice."""
        self.since = (0, 0.0)
        """The number of the slice that the last look saw, and when it was seen first."""
        self.lock = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        """The loop of the thread; `None` until it runs."""
        self._asked = 0.0
        """When the loop was asked for a sign of life."""
        self._is_alive = True
        """Whether it has given that."""
        self._held = (0, 0.0)
        """Since when it gives none, and the number of the last slice then."""

    def enter(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Let *loop* be the one that runs here."""
        self.loop, self._is_alive = loop, True

    def spare(self, ended: Slice) -> None:
        """Take back what may have been raised for *ended*, which has ended by itself."""
        self.running = None
        with self.lock:
            _raise_in(self.thread, None)
            ended.condemned = False

    def look(self, now: float) -> None:
        """Interrupt what runs for too long."""
        seen = self.running
        number, first = self.since
        if seen is None:
            self._ask(now)
        if seen is None or number != self.count:
            self.since = (self.count, now)
        elif now - first > min(seen.left, HELD):
            with self.lock:
                seen.condemned = True
                if self.running is seen and self.count == number:
                    _raise_in(self.thread, Interrupted)
                else:
                    seen.condemned = False

    def _ask(self, now: float) -> None:
        """Ask the loop for a sign of life, or interrupt what keeps it from giving the last one."""
        if self.loop is None or not self.loop.is_running():
            self._is_alive = True
            return
        number, since = self._held
        if self._is_alive:
            if now - self._asked >= ASK_EVERY:
                self._asked, self._held, self._is_alive = now, (self.count, now), False
                with suppress(RuntimeError):  # it has just been closed
                    self.loop.call_soon_threadsafe(self._answer)
        elif number != self.count:
            self._held = (self.count, now)
        elif now - since > HELD:
            _raise_in(self.thread, Interrupted)

    def _answer(self) -> None:
        self._is_alive = True


_raise = ctypes.pythonapi.PyThreadState_SetAsyncExc
_raise.argtypes = (ctypes.c_ulong, ctypes.py_object)


def _raise_in(thread: int, what: type[BaseException] | None) -> None:
    """Raise *what* in *thread* as soon as it runs; `None` takes back what was not raised yet."""
    _raise(thread, ctypes.py_object() if what is None else what)


class _Here(threading.local):
    lane: Lane | None = None


_here: Final = _Here()
_lanes: Final[WeakSet[Lane]] = WeakSet()
_lock: Final = threading.Lock()


def lane(loop: asyncio.AbstractEventLoop | None = None) -> Lane:
    """Return the lane of this thread, whose loop is *loop*; the watchdog looks after it from now on."""
    found = _here.lane
    if found is None:
        found = _here.lane = Lane()
        with _lock:
            is_first = not _lanes
            _lanes.add(found)
        if is_first:
            threading.Thread(target=_look, name="crossway-watchdog", daemon=True).start()
    if found.loop is not loop:
        found.enter(loop)
    return found


def _look() -> None:
    pause = threading.Event()
    while not pause.wait(INTERVAL):
        with _lock:
            lanes = list(_lanes)
            if not lanes:
                return
        now = time.monotonic()
        for each in lanes:
            each.look(now)
        del lanes, each  # so that a lane goes with its thread


def interrupt(thread: threading.Thread) -> None:
    """End what *thread* executes, as soon as it is in Python."""
    if thread.ident is not None:
        _raise_in(thread.ident, Interrupted)
