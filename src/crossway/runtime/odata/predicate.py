"""Expressions over rows in Python: each becomes a function, and what an unknown value gives is `None`.

Law: it says of the same rows what SQL says of them (`sql`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias, cast

from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.syntax import duration, moment
from crossway.runtime.odata.tree import (
    ROOT,
    Const,
    Expression,
    Field,
    Operation,
    Order,
    Place,
    Quantifier,
    Row,
    Size,
    Within,
)

Variables: TypeAlias = "dict[str, Row | None]"
Compute: TypeAlias = "Callable[[Variables], Any]"
BLANKS: Final = " \t\n\r\f\v"
"""What `trim` takes off."""


def matches(where: Expression) -> Callable[[Row], bool]:
    """Return whether a condition holds for a row; what is unknown does not."""
    compute = computed(where)

    def holds(row: Row) -> bool:
        return compute({ROOT: row}) is True

    return holds


def sort(rows: list[Row], order: Order) -> None:
    """Sort *rows*, the last of what they are sorted by first: a sort keeps what is equal in its order."""
    for expression, descending in reversed(order):
        compute = computed(expression)
        rows.sort(key=_key(compute), reverse=descending)


def _key(compute: Compute) -> Callable[[Row], tuple[bool, Any]]:
    def key(row: Row) -> tuple[bool, Any]:
        value = compute({ROOT: row})
        return (value is not None, value)

    return key


def computed(node: Expression) -> Compute:
    """Return what computes *node*. `ODataError` for a value that is not of its type: the backend's mistake."""
    match node:
        case Const(value):
            plain = number(value)
            return lambda _: plain
        case Field(place, name, type):
            return _field(place, name, READERS[type])
        case Within(operand, values):
            inner, among = computed(operand), frozenset(map(number, values))
            return lambda variables: inner(variables) in among
        case Size(place, navigation):
            entity = _entity(place)
            return lambda variables: len(_rows(entity(variables), navigation))
        case Quantifier():
            return _quantified(node)
        case Operation("and" | "or" as name, operands):
            return _joined([computed(operand) for operand in operands], decisive=name == "or")
        case Operation("div", (_, _), "Int64"):
            return _binary(_whole_quotient, node.operands)
        case Operation(name, (one,)):
            return _unary(UNARY[name], computed(one))
        case Operation("eq" | "ne" | "ge" | "le" as name, operands):
            left, right = map(computed, operands)
            function = _COMPARED[name]
            return lambda variables: function(left(variables), right(variables))
        case Operation("gt" | "lt" as name, operands):
            return _binary(_COMPARED[name], operands, unknown=False)
        case Operation(name, operands):
            return _binary(BINARY[name], operands)


def _field(place: Place, name: str, read: Callable[[Any], object]) -> Compute:
    entity = _entity(place)

    def compute(variables: Variables) -> object:
        row = entity(variables)
        value = row.values.get(name) if row is not None else None
        if value is None:
            return None
        try:
            return read(value)
        except (ValueError, TypeError, AttributeError, OverflowError):
            detail = f"The service gave a value for {name} that is not of its type."
            raise ODataError(502, "odata.malformed_item", detail, name) from None

    return compute


def _entity(place: Place) -> Callable[[Variables], Row | None]:
    variable, hops = place.variable, place.hops
    if not hops:
        return lambda variables: variables[variable]

    def entity(variables: Variables) -> Row | None:
        row = variables[variable]
        for hop in hops:
            row = cast("Row | None", row.links.get(hop)) if row is not None else None
        return row

    return entity


def _rows(row: Row | None, navigation: str) -> list[Row]:
    return cast("list[Row]", row.links.get(navigation) or []) if row is not None else []


def _quantified(node: Quantifier) -> Compute:
    entity, variable, every = _entity(node.place), node.variable, node.every
    if node.predicate is None:
        return lambda variables: bool(_rows(entity(variables), node.navigation))
    predicate = computed(node.predicate)

    def compute(variables: Variables) -> bool:
        others = _rows(entity(variables), node.navigation)
        if every:
            return all(predicate({**variables, variable: other}) is True for other in others)
        return any(predicate({**variables, variable: other}) is True for other in others)

    return compute


def _joined(operands: list[Compute], *, decisive: bool) -> Compute:
    def compute(variables: Variables) -> bool | None:
        result: bool | None = not decisive
        for operand in operands:
            value: bool | None = operand(variables)
            if value is decisive:
                return decisive
            if value is None:
                result = None
        return result

    return compute


def _unary(function: Callable[[Any], object], one: Compute) -> Compute:
    def compute(variables: Variables) -> object:
        value = one(variables)
        return None if value is None else function(value)

    return compute


def _binary(function: Callable[..., object], operands: tuple[Expression, ...], unknown: bool | None = None) -> Compute:
    computes = [computed(operand) for operand in operands]

    def compute(variables: Variables) -> object:
        values = [each(variables) for each in computes]
        return unknown if None in values else function(*values)

    return compute


def number(value: object) -> object:
    """Return a decimal number as JSON has them, so that it equals what came as JSON; all else as it is."""
    return float(value) if isinstance(value, Decimal) else value


def _whole_quotient(left: int, right: int) -> int | None:
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: int, right: int) -> int | None:
    quotient = _whole_quotient(left, right)
    return None if quotient is None else left - right * quotient


def _rounded(value: float) -> float:
    whole = math.floor(abs(value) + 0.5)
    return whole if value >= 0 else -whole


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(start, 0)
    return text[start:] if length is None else text[start : start + max(length, 0)]


_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "lt": lambda left, right: left < right,
    "ge": lambda left, right: left is right if left is None or right is None else left >= right,
    "le": lambda left, right: left is right if left is None or right is None else left <= right,
}
UNARY: Final[Mapping[str, Callable[[Any], object]]] = {
    "not": lambda value: not value,
    "negate": lambda value: -value,
    "length": len,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": lambda text: text.strip(BLANKS),
    "year": lambda moment: moment.year,
    "month": lambda moment: moment.month,
    "day": lambda moment: moment.day,
    "hour": lambda moment: moment.hour,
    "minute": lambda moment: moment.minute,
    "second": lambda moment: moment.second,
    "date": lambda moment: moment.date(),
    "time": lambda moment: moment.time(),
    "round": _rounded,
    "floor": math.floor,
    "ceiling": math.ceil,
    "double": float,
    "whole": math.trunc,
}
BINARY: Final[Mapping[str, Callable[..., object]]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": lambda left, right: left / right if right else None,
    "divby": lambda left, right: left / right if right else None,
    "mod": _remainder,
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "indexof": str.find,
    "substring": _substring,
    "concat": lambda left, right: left + right,
}


def _number(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise TypeError
    return value


def _date(value: object) -> object:
    return value if isinstance(value, date) else date.fromisoformat(cast("str", value)[:10])


def _moment(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment(cast("str", value))


def _time(value: object) -> object:
    return value if isinstance(value, time) else time.fromisoformat(cast("str", value))


def _duration(value: object) -> object:
    return value if isinstance(value, timedelta) else duration(cast("str", value))


READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    **dict.fromkeys(("Byte", "SByte", "Int16", "Int32", "Int64", "Single", "Double", "Decimal"), _number),
    "Boolean": _boolean,
    "String": _text,
    "Guid": lambda value: str(value).lower(),
    "Date": _date,
    "DateTimeOffset": _moment,
    "TimeOfDay": _time,
    "Duration": _duration,
    "Binary": _text,
}
"""What reads a value of each type out of JSON, or takes it as a database gave it."""

__all__ = ["READERS", "computed", "matches", "number", "sort"]
