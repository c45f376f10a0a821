"""Windows of time: days of the week and hours, as the clock shows them in one time zone."""

from __future__ import annotations

import re
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.model import Part

_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""In the order of CEL, which counts from 0 (https://github.com/google/cel-spec/blob/master/doc/langdef.md)."""
_DAY: Final = "|".join(_DAYS)
_HOURS: Final = re.compile(r"(?P<from>([01]\d|2[0-3]):[0-5]\d)-(?P<to>([01]\d|2[0-3]):[0-5]\d|24:00)")


def _time_zone(name: str) -> str:
    """Return *name* if there is such a time zone, in the database that every machine has."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one as in Europe/Berlin") from None
    return name


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _hours(text: str) -> str:
    found = _HOURS.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} are no hours; write 09:00-17:00")
    if found["from"] == found["to"]:
        raise ValueError("the hours end when they begin; leave them out for the whole day")
    return text


Days = Annotated[str, BeforeValidator(_lower), Field(pattern=rf"^({_DAY})(-({_DAY}))?$")]


class Window(Part):
    """A window of time, which opens on each of the days."""

    days: Annotated[tuple[Days, ...], Field(min_length=1)] | None = None
    """Days of the week, such as `sat` or `mon-fri`; every day without it."""
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    """From a time to another one, which is no longer part of it: `09:00-17:00`. `22:00-06:00` ends on the next day. The
    whole day without it."""
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    """The time zone of days and hours, by its name as in `Europe/Berlin`, with its summer time. The proxy looks it up
    in the database of its machine (`tzdata`); where that is missing, such a window never opens for an allow rule, and
    never closes for a deny rule."""

    @model_validator(mode="after")
    def _any(self) -> Window:
        if self.days is None and self.hours is None:
            raise ValueError("write at least one of days and hours")
        return self

    @property
    def expression(self) -> str:
        """The expression, in CEL, that is true inside of the window."""
        zone = "" if self.timezone == "UTC" else f"'{self.timezone}'"
        days = frozenset(day for text in self.days or ("sun-sat",) for day in _span(text))
        if self.hours is None:
            return _on(days, zone)
        begin, end = (60 * int(time[:2]) + int(time[3:]) for time in self.hours.split("-"))
        minute = f"request.time.getHours({zone}) * 60 + request.time.getMinutes({zone})"
        if begin < end:
            return f"{_on(days, zone)} && {minute} >= {begin} && {minute} < {end}"
        after = frozenset((day + 1) % 7 for day in days)
        return f"{_on(days, zone)} && {minute} >= {begin} || {_on(after, zone)} && {minute} < {end}"


def _span(text: str) -> list[int]:
    """Return the days of `fri-mon`, or of a single one."""
    first, _, last = text.partition("-")
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]


def _on(days: frozenset[int], zone: str) -> str:
    return f"request.time.getDayOfWeek({zone}) in {sorted(days)}" if len(days) < 7 else "true"
