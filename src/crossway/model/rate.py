"""How much in how long, `5/minute`, and which of several such limits can never be reached."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

MOST: Final = 2**32 - 1
"""The largest number of requests in a rate, as Envoy counts them: in 32 bits."""
_DAY: Final = 86_400


class Unit(enum.StrEnum):
    """The window in which requests are counted, from the shortest to the longest."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def seconds(self) -> int:
        """The length of the longest such window: a month has 31 days, a year 366."""
        return _SECONDS[self]


_SECONDS: Final = {
    Unit.SECOND: 1,
    Unit.MINUTE: 60,
    Unit.HOUR: 3600,
    Unit.DAY: _DAY,
    Unit.WEEK: 7 * _DAY,
    Unit.MONTH: 31 * _DAY,
    Unit.YEAR: 366 * _DAY,
}
_RATE: Final = re.compile(rf"([1-9][0-9]{{0,9}})/({'|'.join(Unit)})")


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of requests in a window, written `5/minute`."""

    requests: int
    """How many are let through, from 1 to 4294967295."""
    per: Unit

    @classmethod
    def parse(cls, value: object) -> Self:
        """Return the rate that *value* means; `ValueError` if it is none."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and (match := _RATE.fullmatch(value)) and int(match[1]) <= MOST:
            return cls(int(match[1]), Unit(match[2]))
        raise ValueError(
            f"a rate is a number of requests, from 1 to {MOST}, and a window, such as 5/minute; "
            f"the windows are {', '.join(Unit)}"
        )

    def __str__(self) -> str:
        return f"{self.requests}/{self.per}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a rate from text, and write it as text."""
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe a rate as text of this form."""
        return {"type": "string", "pattern": f"^{_RATE.pattern}$", "examples": ["5/minute", "1000/day"]}


def never_reached(rates: Iterable[Rate]) -> Rate | None:
    """Return the first of *rates* that another one keeps requests away from, whatever they do; else `None`."""
    for rate, other in itertools.permutations(rates, 2):
        if other.per.seconds <= rate.per.seconds and other.requests * _windows(other.per, rate.per) <= rate.requests:
            return rate
    return None


def _windows(short: Unit, long: Unit) -> int:
    """Return in how many windows of *short* a window of *long* can fall. Months and years begin inside of a week."""
    return -(-long.seconds // short.seconds) + (short is Unit.WEEK and long is not Unit.WEEK)
