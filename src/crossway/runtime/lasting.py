"""Requests that last: who still runs after a while is told so, by one timer for all requests of a loop.

A timer of its own for each request would take longer than most of what is done for it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Final, Protocol

LISTEN_AFTER: Final = 0.05
"""Seconds after which a request that still runs is told so; it may be twice as many."""


class Lasting(Protocol):
    """Something that may last."""

    def listen(self) -> None:
        """Take note that it does."""


class Sweep:
    """Those of one loop that are under way."""

    __slots__ = ("_earlier", "_is_timed", "_lately", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._earlier: dict[Lasting, None] = {}
        """Who was under way when the timer went off last."""
        self._lately: dict[Lasting, None] = {}
        """Who has begun since then."""
        self._is_timed = False

    def add(self, one: Lasting) -> None:
        """Look after *one*, from now on."""
        self._lately[one] = None
        if not self._is_timed:
            self._is_timed = True
            self.loop.call_later(LISTEN_AFTER, self._look)

    def discard(self, one: Lasting) -> None:
        """Look after *one* no more."""
        if one in self._lately:
            del self._lately[one]
        else:
            self._earlier.pop(one, None)

    def _look(self) -> None:
        lasting, self._earlier, self._lately = self._earlier, self._lately, {}
        for one in lasting:
            one.listen()
        self._is_timed = bool(self._earlier)
        if self._is_timed:
            self.loop.call_later(LISTEN_AFTER, self._look)


class _Here(threading.local):
    sweep: Sweep | None = None


_here: Final = _Here()


def sweep(loop: asyncio.AbstractEventLoop) -> Sweep:
    """Return the sweep of *loop*, which runs in this thread."""
    found = _here.sweep
    if found is None or found.loop is not loop:
        found = _here.sweep = Sweep(loop)
    return found
