"""Counters that outlive this process without Redis: numbers in memory, which a ledger is told of every second.

A number is read from the ledger when it is first asked for, and what was counted is added to it in one transaction for
all numbers, so no request waits for a disk. A crash forgets what was counted since the last one, a second at most; an
orderly end forgets nothing. Windows shorter than an hour are not kept: a restart forgets those.

Several control planes on one ledger learn from it what the others counted, a second later: each of them may let
through what is left, until it hears. Whoever cannot have that counts in Redis.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final, Protocol

from crossway.compile.limits import Limit
from crossway.errors import Unavailable
from crossway.exact.counters import Count, tallies
from crossway.exact.memory import Memory
from crossway.model.usage import Tally, Usage

EVERY: Final = 1.0
"""Seconds between two entries into the ledger."""


class Ledger(Protocol):
    """Where numbers are kept. Each method raises `Unavailable` when it cannot be done; then nothing was."""

    async def used(self, tallies: Iterable[Tally]) -> Mapping[Tally, int]:
        """Return the numbers of those of *tallies* that are known."""

    async def add_used(self, numbers: Mapping[Tally, int]) -> Mapping[Tally, int]:
        """Add to the numbers of tallies, forget windows that are over, and return what the numbers are now."""

    async def usage(self, consumer: str) -> Sequence[Usage]:
        """Return the numbers of *consumer* in windows that are open, in the order of tallies."""


class Kept:
    """Numbers in memory and in a ledger. They are entered into the ledger while inside `running`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._memory = Memory()
        self._unsaved: Counter[Tally] = Counter()

    async def take(self, limits: Sequence[Limit], hits: int, now: datetime) -> Sequence[Count]:
        """Count a request; see `Counters`. Only the first one for a number waits for the ledger."""
        await self._learn(tally for tally in tallies(limits, now) if tally.lasts)
        counts = self._memory.count(limits, hits, now)
        if not any(count.refused for count in counts):
            self._unsaved.update({count.tally: hits for count in counts if count.tally.lasts})
        return counts

    async def usage(self, consumer: str, now: datetime) -> Sequence[Usage]:
        """Return what a consumer has used; see `Counters`. What other control planes counted is a second old."""
        known = {usage.tally: usage.used for usage in await self._ledger.usage(consumer)}
        here = {usage.tally: usage.used for usage in await self._memory.usage(consumer, now)}
        return sorted(Usage(tally, used) for tally, used in (known | here).items() if tally.until > now)

    @asynccontextmanager
    async def running(self, say: Callable[[str], None]) -> AsyncIterator[None]:
        """Enter what is counted into the ledger, every second and at the end."""
        stopped = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_saving(stopped))
                try:
                    yield
                finally:
                    stopped.set()
        finally:
            try:
                await self.save()
            except Unavailable as error:
                say(f"what was counted last is lost: {error}")

    async def save(self) -> None:
        """Enter what is counted into the ledger; `Unavailable` if that is away, and the next time enters all of it."""
        unsaved, self._unsaved = self._unsaved, Counter()
        if not unsaved:
            return
        try:
            numbers = await self._ledger.add_used(unsaved)
        except Unavailable:
            self._unsaved.update(unsaved)
            raise
        # Meanwhile more was counted, and a window may have ended.
        self._memory.put(
            {
                tally: number + self._unsaved[tally]
                for tally, number in numbers.items()
                if self._memory.used(tally) is not None
            }
        )

    async def _keep_saving(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await stopped.wait()
            with suppress(Unavailable):  # the next time enters all of it
                await self.save()

    async def _learn(self, wanted: Iterable[Tally]) -> None:
        """Read the numbers that are not known here yet."""
        unknown = [tally for tally in wanted if self._memory.used(tally) is None]
        if unknown:
            numbers = await self._ledger.used(unknown)
            self._memory.put(
                {
                    tally: numbers.get(tally, 0) + self._unsaved[tally]
                    for tally in unknown
                    if self._memory.used(tally) is None
                }
            )
