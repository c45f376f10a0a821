"""Expressions that fit a schema: each node has a type. They are evaluated over rows in Python, and in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

ROOT: Final = ""
"""The variable that stands for the entity which is looked at."""


@dataclass(frozen=True, slots=True)
class Const:
    """A value: of Python's type for it, or `None`."""

    value: object
    type: str


@dataclass(frozen=True, slots=True)
class Place:
    """An entity: the one that a variable stands for, or what its navigation properties to one entity lead to."""

    variable: str
    set: str
    """The set of the variable's entity."""
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an entity."""

    place: Place
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or a function."""

    name: str
    operands: tuple[Expression, ...]
    type: str


@dataclass(frozen=True, slots=True)
class Within:
    """Whether a value is one of several."""

    operand: Expression
    values: tuple[object, ...]
    type: str = "Boolean"


@dataclass(frozen=True, slots=True)
class Quantifier:
    """Whether a condition holds for any, or for every entity that a navigation property leads to."""

    place: Place
    navigation: str
    set: str
    every: bool
    variable: str
    predicate: Expression | None
    type: str = "Boolean"


@dataclass(frozen=True, slots=True)
class Size:
    """How many entities a navigation property leads to."""

    place: Place
    navigation: str
    set: str
    type: str = "Int64"


Expression: TypeAlias = "Const | Field | Operation | Within | Quantifier | Size"
Order: TypeAlias = "tuple[tuple[Expression, bool], ...]"
"""What is sorted by, each with whether it is descending. `null` is the least of all."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a source."""

    where: Expression | None = None
    order: Order = ()
    skip: int = 0
    top: int | None = None
    count: bool = False


@dataclass(slots=True, eq=False)
class Row:
    """An entity: its values by the names of its properties, and what its navigation properties lead to."""

    values: dict[str, object]
    links: dict[str, Row | list[Row] | None]


@dataclass(slots=True)
class Found:
    """What a source gives: rows, and how many there are without `top` and `skip`, if that was asked for."""

    rows: list[Row]
    count: int | None = None


Ways: TypeAlias = "Mapping[str, Ways]"
"""Navigation properties, and those behind them."""


def ways(expressions: Iterator[Expression]) -> Ways:
    """Return the navigation properties that *expressions* over one entity pass."""
    found: dict[str, Ways] = {}
    for expression in expressions:
        _collect(expression, {ROOT: found})
    return found


def _collect(node: Expression, variables: dict[str, dict[str, Ways]]) -> None:
    match node:
        case Operation(operands=operands):
            for operand in operands:
                _collect(operand, variables)
        case Within(operand=operand):
            _collect(operand, variables)
        case Field(place=place):
            _arrive(place, variables)
        case Size(place=place, navigation=navigation):
            _arrive(place, variables).setdefault(navigation, {})
        case Quantifier(place=place, navigation=navigation, variable=variable, predicate=predicate):
            inner = _arrive(place, variables).setdefault(navigation, {})
            if predicate is not None:
                _collect(predicate, {**variables, variable: inner})  # type: ignore[dict-item]  # made here


def _arrive(place: Place, variables: dict[str, dict[str, Ways]]) -> dict[str, Ways]:
    here = variables[place.variable]
    for hop in place.hops:
        here = here.setdefault(hop, {})  # type: ignore[assignment]  # made here
    return here
