"""Limits: how many requests in how long, and what clients are told of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from crossway.model import Count, Part, Rate, Unit, format_duration, parse_duration
from crossway.protos.envoy.config.core import v3 as core_v3

_LONGEST: Final = timedelta(days=366)


def _period(value: object) -> object:
    if isinstance(value, str) and value in set(Unit):
        return timedelta(seconds=Unit(value).seconds)
    return parse_duration(value)


Period = Annotated[
    timedelta,
    BeforeValidator(_period),
    Field(ge=timedelta(seconds=1), le=_LONGEST),
    WithJsonSchema({"anyOf": [{"enum": list(Unit)}, {"type": "string", "examples": ["10s", "15m"]}]}),
]


class Limit(Part):
    """So many requests in so long. In one line: `5/minute`."""

    requests: Annotated[Count, Field(ge=1)]
    """How many requests are let through, 1 or more."""
    per: Period
    """In how long: `second`, `minute`, `hour`, `day`, `week`, `month` (31 days), `year` (366 days), or a duration from
    a second to a year, such as `10s`."""
    burst: Annotated[Count, Field(ge=1)] | None = None
    """How many may come at once after a rest; without it, as many as `requests`. What was used comes back evenly: of
    `5/minute`, one every 12 seconds."""

    short_forms = (
        {
            "type": "string",
            "pattern": rf"^[1-9][0-9]{{0,9}}/({'|'.join(Unit)})$",
            "examples": ["5/minute", "1000/day"],
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, Mapping):
            return value
        rate = Rate.parse(value)
        return {"requests": rate.requests, "per": rate.per}

    @property
    def size(self) -> int:
        """How many requests can be let through at once."""
        return self.burst or self.requests

    @property
    def rate(self) -> Rate | None:
        """The limit in a window of the calendar; `None` where the calendar has no such window."""
        return Rate(self.requests, self.unit) if self.unit and self.burst is None else None

    @property
    def unit(self) -> Unit | None:
        """The window of the calendar that is as long; `None` where there is none."""
        return next((unit for unit in Unit if timedelta(seconds=unit.seconds) == self.per), None)

    @property
    def pause(self) -> int:
        """After how many seconds one more request is let through, once none are."""
        return math.ceil(self.per.total_seconds() / self.requests)

    def __str__(self) -> str:
        return f"{self.requests}/{self.unit or format_duration(self.per)}"


def unreachable(limits: Sequence[Limit]) -> Limit | None:
    """Return the first of *limits* that another one keeps requests away from, whatever they do; else `None`."""
    for limit, other in itertools.permutations(limits, 2):
        if other.requests * limit.per <= limit.requests * other.per and other.size <= limit.size:
            return limit
    return None


def policy_header(limits: Sequence[Limit]) -> core_v3.HeaderValueOption:
    """Return the header that tells what the limits are (draft-ietf-httpapi-ratelimit-headers-10, section 3)."""
    said = (f'"{_name(limit)}";q={limit.requests};w={limit.per // _SECOND}' for limit in limits)
    return header("ratelimit-policy", ", ".join(said))


def refusal_headers(limits: Sequence[Limit], *, told: bool) -> tuple[core_v3.HeaderValueOption, ...]:
    """Return the headers of a refusal: when to come back, and *told* what the limits are.

    They are those of the limit that takes the longest, since which one refused is not known beforehand.
    """
    longest = max(limits, key=lambda limit: limit.pause)
    retry_after = header("retry-after", str(longest.pause))
    if not told:
        return (retry_after,)
    return retry_after, header("ratelimit", f'"{_name(longest)}";r=0;t={longest.pause}'), policy_header(limits)


def header(name: str, value: str) -> core_v3.HeaderValueOption:
    """Return a header that takes the place of one with this name."""
    return core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=name, value=value),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )


_SECOND: Final = timedelta(seconds=1)


def _name(limit: Limit) -> str:
    """Return the name by which clients know a limit, the same wherever it is counted."""
    return f"rate_limit-{limit.unit or format_duration(limit.per)}"
