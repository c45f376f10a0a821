"""What counts requests, as the service that answers proxies sees it.

The law: a request is counted by all of its limits, or by none where one of them refuses it. Whoever asks at the same
time, through whichever control plane counts in the same place, never gets more than there is together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from crossway.compile.limits import Limit
from crossway.model import Rate
from crossway.model.usage import Tally, Usage


@dataclass(frozen=True, slots=True)
class Count:
    """Where a limit stands after a request."""

    tally: Tally
    rate: Rate
    used: int
    """How many were let through in the window, this request among them if it was."""
    refused: bool
    """Whether this is one of the limits that did not let the request through."""

    @property
    def remaining(self) -> int:
        """How many more would be let through."""
        return max(0, self.rate.requests - self.used)


class Counters(Protocol):
    """A place where requests are counted."""

    async def take(self, limits: Sequence[Limit], hits: int, now: datetime) -> Sequence[Count]:
        """Count *hits* for each of the *limits*, or for none if that is too many for one, and return where they stand.

        *now* is in UTC. `Unavailable` if nobody can count; then nothing was, unless the answer alone was lost.
        """

    async def usage(self, consumer: str, now: datetime) -> Sequence[Usage]:
        """Return what *consumer* has used of the windows of an hour and longer that are open, in the order of tallies.

        `Unavailable` if that cannot be found out.
        """


def tallies(limits: Iterable[Limit], now: datetime) -> list[Tally]:
    """Return what is counted for each of *limits* at *now*."""
    return [Tally.at(now, limit.counter, limit.rate.per, limit.by) for limit in limits]


def judged(limits: Sequence[Limit], wanted: Sequence[Tally], used: Sequence[int], hits: int) -> list[Count]:
    """Return where each limit stands after *hits* that came when so many were *used*."""
    refused = [before + hits > limit.rate.requests for limit, before in zip(limits, used, strict=True)]
    counted = 0 if any(refused) else hits
    return [
        Count(tally, limit.rate, before + counted, full)
        for limit, tally, before, full in zip(limits, wanted, used, refused, strict=True)
    ]
