"""What an app declares: resources in plain data, as they stand in a YAML file, each with the lines that say so.

Law: nothing is checked here that the reader of configurations checks. So a mistake in Python and the same mistake in
YAML are told in the same words.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final, NamedTuple

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What a YAML file can hold."""

_HERE: Final = "crossway.sdk."


class Place(NamedTuple):
    """Where a call stands; line and column count from 1."""

    file: str
    line: int
    column: int = 1


def here() -> Place:
    """Return the place of the call into this package that is under way."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_HERE):
        frame = frame.f_back
    positions = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), (None,) * 4)
    return Place(frame.f_code.co_filename, frame.f_lineno, (positions[2] or 0) + 1)


@dataclass(slots=True)
class Declared:
    """One resource."""

    kind: str
    name: str
    settings: dict[str, Plain]
    places: dict[tuple[str | int, ...], Place]
    """Where it was declared, under the empty path; and the fields of which another line speaks."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy with its settings, as the functions of `crossway.sdk.policies` return it."""

    policy: str
    settings: Plain
    place: Place = field(compare=False)


class Named:
    """Something that settings speak of by its name: a service, a plugin."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
        """The name of the resource."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


def plain(value: object) -> Plain:
    """Return *value* as YAML would hold it; `TypeError` for what no configuration can say."""
    match value:
        case enum.Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Named():
            return value.name
        case timedelta():
            return f"{value / timedelta(milliseconds=1):g}ms"
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
        case _:
            raise TypeError(f"{value!r} cannot stand in a configuration")


def attach(policies: object) -> tuple[dict[str, Plain], dict[tuple[str | int, ...], Place]]:
    """Return *policies*, a list of `Attached` or a mapping as in YAML, as a mapping, and where each of them stands."""
    if isinstance(policies, Mapping):
        return {str(name): plain(settings) for name, settings in policies.items()}, {}
    settings: dict[str, Plain] = {}
    places: dict[tuple[str | int, ...], Place] = {}
    for attached in _each(policies):
        if attached.policy in settings:
            raise ValueError(f"the policy {attached.policy} stands here twice")
        settings[attached.policy] = attached.settings
        places["policies", attached.policy] = attached.place
    return settings, places


def _each(policies: object) -> Iterator[Attached]:
    for item in policies if isinstance(policies, list | tuple) else [policies]:
        if not isinstance(item, Attached):
            raise TypeError(f"{item!r} is no policy; write policies=[rate_limit(...), ...]")
        yield item
