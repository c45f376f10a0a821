"""What is counted of requests: so many in a window of the calendar, for one counter and what it counts apart.

All windows are of the calendar in UTC, so that whoever counts, wherever, means the same one by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Self

from crossway.model.rate import Unit

CONSUMER: Final = "consumer"
"""The key that stands for a consumer among what is counted apart."""


class Tally(NamedTuple):
    """What is counted: the identity of a number. A tuple, since every request looks one up."""

    counter: str
    """Whose number it is: the name that a policy gave it."""
    per: Unit
    since: datetime
    """When the window began, in UTC."""
    by: tuple[tuple[str, str], ...] = ()
    """What is counted apart: keys and values."""

    @classmethod
    def at(cls, now: datetime, counter: str, per: Unit, by: tuple[tuple[str, str], ...] = ()) -> Self:
        """Return the tally of the window that *now*, in UTC, is in."""
        return cls(counter, per, _begin(now, per), by)

    @property
    def until(self) -> datetime:
        """When the window ends: the beginning of the next one."""
        match self.per:
            case Unit.MONTH:
                return _month(self.since.year, self.since.month + 1)
            case Unit.YEAR:
                return _month(self.since.year + 1, 1)
        return self.since + timedelta(seconds=self.per.seconds)

    @property
    def consumer(self) -> str | None:
        """The name of the consumer whose requests these are, if they are those of one."""
        return next((value for key, value in self.by if key == CONSUMER), None)

    @property
    def lasts(self) -> bool:
        """Whether the window is long enough, an hour or more, for its number to be kept and shown."""
        return self.per.seconds >= Unit.HOUR.seconds


@dataclass(frozen=True, slots=True, order=True)
class Usage:
    """How many requests were let through so far."""

    tally: Tally
    used: int


def _begin(now: datetime, per: Unit) -> datetime:
    match per:
        case Unit.SECOND:
            return now.replace(microsecond=0)
        case Unit.MINUTE:
            return now.replace(second=0, microsecond=0)
        case Unit.HOUR:
            return now.replace(minute=0, second=0, microsecond=0)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    match per:
        case Unit.WEEK:
            return day - timedelta(days=day.weekday())
        case Unit.MONTH:
            return day.replace(day=1)
        case Unit.YEAR:
            return day.replace(month=1, day=1)
    return day


def _month(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
