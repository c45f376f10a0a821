"""Counters in the memory of this process: for one control plane, and gone with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from crossway.compile.limits import Limit
from crossway.exact.counters import Count, judged, tallies
from crossway.model import Unit
from crossway.model.usage import Tally, Usage

MOST: Final = 100_000
"""How many numbers of windows of one length are known at a time, about 50 MB of them: what is counted apart may be
whatever clients write. Of more, those that were not asked for the longest are forgotten, and begin anew."""


class Memory:
    """Numbers of the windows that are open. Those of a window go with it, when the next one is first counted."""

    def __init__(self) -> None:
        self._used: dict[Unit, dict[Tally, int]] = {}
        self._since: dict[Unit, datetime] = {}

    async def take(self, limits: Sequence[Limit], hits: int, now: datetime) -> Sequence[Count]:
        """Count a request; see `Counters`."""
        return self.count(limits, hits, now)

    def count(self, limits: Sequence[Limit], hits: int, now: datetime) -> Sequence[Count]:
        """Do as `take`, at once."""
        wanted = tallies(limits, now)
        counts = judged(limits, wanted, [self.used(tally) or 0 for tally in wanted], hits)
        self.put({count.tally: count.used for count in counts})
        return counts

    async def usage(self, consumer: str, now: datetime) -> Sequence[Usage]:
        """Return what a consumer has used; see `Counters`."""
        return sorted(
            Usage(tally, used)
            for window in self._used.values()
            for tally, used in window.items()
            if tally.lasts and tally.consumer == consumer and tally.until > now
        )

    def used(self, tally: Tally) -> int | None:
        """Return the number of *tally*; `None` if nothing was counted for it here."""
        return self._used.get(tally.per, {}).get(tally)

    def put(self, numbers: Mapping[Tally, int]) -> None:
        """Know *numbers* in place of what was counted."""
        for tally, number in numbers.items():
            if self._since.get(tally.per) != tally.since:
                self._since[tally.per], self._used[tally.per] = tally.since, {}
            window = self._used[tally.per]
            window.pop(tally, None)
            window[tally] = number
            if len(window) > MOST:
                del window[next(iter(window))]
