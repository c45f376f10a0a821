"""Coalescing: of several requests for one thing, one asks the backend, and the others wait for what it gets.

Law: what turned out not to be for everybody is asked for by each request itself from then on, until one of these
answers turns out to be for everybody after all.
"""

from __future__ import annotations

import asyncio
import enum
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

REMEMBERED: Final = 4096
"""Of how many things is remembered that each request has to ask by itself."""


class Outcome(enum.Enum):
    """What became of the request that the others wait for."""

    KEPT = enum.auto()
    """Its answer is kept."""
    OWN = enum.auto()
    """Its answer is for nobody else."""
    FAILED = enum.auto()
    """There was no answer, or an error."""
    LEFT = enum.auto()
    """Its client left before the answer was here."""
    LATE = enum.auto()
    """It takes too long."""


class Flight:
    """A request that is under way to the backend, and for which others may wait."""

    def __init__(self, flights: Flights, key: Hashable) -> None:
        loop = asyncio.get_running_loop()
        self._flights, self._key = flights, key
        self._outcome: asyncio.Future[Outcome] = loop.create_future()
        self.began = loop.time()

    def land(self, outcome: Outcome) -> None:
        """Tell those who wait. What comes after the first time does not count."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)
            self._flights.landed(self._key, self, outcome)

    async def wait(self, patience: float) -> Outcome:
        """Return what became of it, after *patience* seconds at most."""
        done, _ = await asyncio.wait((self._outcome,), timeout=patience)
        return self._outcome.result() if done else Outcome.LATE


class Flights:
    """The requests that are under way."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, Flight] = {}
        self._own: OrderedDict[Hashable, None] = OrderedDict()

    def under_way(self, key: Hashable, patience: float) -> Flight | None:
        """Return the request for *key* that can be waited for: one that began less than *patience* seconds ago."""
        flight = self._flying.get(key)
        if flight is None or asyncio.get_running_loop().time() - flight.began >= patience:
            return None
        return flight

    def start(self, key: Hashable) -> Flight:
        """Return a new flight for *key*. Whoever starts one must land it."""
        flight = self._flying[key] = Flight(self, key)
        return flight

    def alone(self, key: Hashable) -> Flight:
        """Return a flight that nobody waits for, of which is only noted what becomes of it."""
        return Flight(self, key)

    def is_own(self, key: Hashable) -> bool:
        """Return whether each request has to ask for *key* by itself."""
        return key in self._own

    def set_own(self, key: Hashable, *, own: bool) -> None:
        """Remember whether each request has to ask for *key* by itself."""
        if not own:
            self._own.pop(key, None)
            return
        self._own[key] = None
        self._own.move_to_end(key)
        if len(self._own) > REMEMBERED:
            self._own.popitem(last=False)

    def landed(self, key: Hashable, flight: Flight, outcome: Outcome) -> None:
        """Take note of what became of *flight*."""
        if self._flying.get(key) is flight:
            del self._flying[key]
        if outcome is Outcome.OWN:
            self.set_own(key, own=True)
        elif outcome is Outcome.KEPT:
            self.set_own(key, own=False)
