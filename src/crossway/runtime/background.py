"""Work after the answer: bounded in number and in time, so that nothing piles up behind a backend that is away."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Final

MOST: Final = 64
"""Pieces of work at once; what is more is left out, and asked for again by a later request."""
LONGEST: Final = 30.0
"""Seconds after which a piece of work is given up."""


IS_BEHIND: Final = ContextVar("is_behind", default=False)
"""Whether the request is answered that all this is done for, or may be at any moment."""


class Background:
    """The pieces of work that are under way."""

    def __init__(self, most: int = MOST, longest: float = LONGEST) -> None:
        self._most, self._longest = most, longest
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Start *work*, unless there is too much already. What it raises is told on stderr."""
        if len(self._tasks) < self._most:
            task = asyncio.ensure_future(self._bounded(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _bounded(self, work: Callable[[], Awaitable[None]]) -> None:
        IS_BEHIND.set(True)
        try:
            async with asyncio.timeout(self._longest):
                await work()
        except Exception:  # noqa: BLE001  # the supervisor of work that nobody waits for
            traceback.print_exc(file=sys.stderr)
