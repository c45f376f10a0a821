"""How a change is to be made: what every write takes, in its query or in its body."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, TypeVar

from litestar.params import QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from crossway.admin.desk import Apply, Guard
from crossway.admin.problems import invalid
from crossway.model import parse_duration
from crossway.model.values import parse_percent

T = TypeVar("T")

LINE: Final = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
"""Text for people: no control characters but tabs and line breaks."""
LONGEST_WAIT: Final = timedelta(hours=1)
_DURATION: Final = "a number with a unit, such as 60s or 2m, at most 1h"
_PERCENT: Final = "a percentage, such as 1%"

Message = Annotated[str, Meta(max_length=4096, pattern=LINE, description="Why, for the history.")]
Duration = Annotated[str, Meta(max_length=64, examples=["60s", "2m"])]
Percentage = Annotated[str, Meta(max_length=64, examples=["1%", "0.5%"])]


class GuardOptions(Struct, forbid_unknown_fields=True, frozen=True):
    """Take the change back if it makes requests fail."""

    errors: Annotated[Percentage, Meta(description="The share of 5xx answers above which it is taken back.")]
    window: Annotated[Duration, Meta(description="How long after the change its routes are watched.")] = "2m"


class Options(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How a change is to be made."""

    message: Message = ""
    dry_run: Annotated[bool, Meta(description="Do everything up to the validation, and keep nothing.")] = False
    wait: Annotated[bool, Meta(description="Answer when the change is proven; 202 at once if not.")] = True
    timeout: Annotated[Duration, Meta(description="After which what is not live everywhere is taken back.")] = "60s"
    strict: Annotated[bool, Meta(description="Take all back if a proxy refuses a part; no quarantine.")] = False
    guard: GuardOptions | UnsetType = UNSET

    def apply(self) -> Apply:
        """Return the change that has these options, and changes nothing yet; a 400 for what cannot be read."""
        guard = None
        if isinstance(self.guard, GuardOptions):
            guard = _guard(self.guard.errors, self.guard.window, "guard.errors", "guard.window")
        timeout = _duration(self.timeout, "timeout")
        return Apply(
            message=self.message,
            dry_run=self.dry_run,
            wait=self.wait,
            timeout=timeout,
            strict=self.strict,
            guard=guard,
        )


def query_options(
    message: Annotated[str, QueryParameter(max_length=1024, pattern=LINE, description="Why, for the history.")] = "",
    dry_run: Annotated[
        bool, QueryParameter(description="Do everything up to the validation, and keep nothing.")
    ] = False,
    wait: Annotated[bool, QueryParameter(description="Answer when the change is proven; 202 at once if not.")] = True,
    timeout: Annotated[
        str, QueryParameter(max_length=64, description="After which what is not live everywhere is taken back.")
    ] = "60s",
    strict: Annotated[
        bool, QueryParameter(description="Take all back if a proxy refuses a part; no quarantine.")
    ] = False,
    guard_errors: Annotated[
        str | None,
        QueryParameter(max_length=64, description="Take it back above this share of 5xx answers, such as `1%`."),
    ] = None,
    guard_window: Annotated[
        str, QueryParameter(max_length=64, description="How long after the change its routes are watched.")
    ] = "2m",
) -> Apply:
    """Return the change that has the options of a query, and changes nothing yet."""
    guard = None
    if guard_errors is not None:
        guard = _guard(guard_errors, guard_window, "guard_errors", "guard_window")
    return Apply(
        message=message,
        dry_run=dry_run,
        wait=wait,
        timeout=_duration(timeout, "timeout"),
        strict=strict,
        guard=guard,
    )


def _guard(errors: str, window: str, errors_path: str, window_path: str) -> Guard:
    return Guard(_read(parse_percent, errors, errors_path, _PERCENT), _duration(window, window_path))


def _duration(text: str, path: str) -> timedelta:
    value = _read(parse_duration, text, path, _DURATION)
    if value > LONGEST_WAIT:
        raise invalid(path, "this is too long", _DURATION)
    return value


def _read(read: Callable[[object], T], text: str, path: str, expected: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise invalid(path, str(error), expected) from None
