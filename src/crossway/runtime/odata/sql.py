"""Expressions in SQL: each becomes one of SQLAlchemy, with every value bound as a parameter.

Law: it says of the same rows what Python says of them (`predicate`). Where SQL takes the unknown for neither true nor
false and OData for false, that shows only behind a `not`: in all other places the comparison stays one that an index
serves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, TypeAlias, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    FromClause,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    Text,
    Time,
    Uuid,
    and_,
    case,
    column,
    exists,
    extract,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    table,
)
from sqlalchemy import Date as SqlDate
from sqlalchemy import cast as sql_cast
from sqlalchemy.types import TypeEngine

from crossway.model.odata import EntitySet, Table
from crossway.runtime.odata.error import unsupported
from crossway.runtime.odata.predicate import BLANKS
from crossway.runtime.odata.tree import (
    ROOT,
    Const,
    Expression,
    Field,
    Operation,
    Order,
    Place,
    Quantifier,
    Size,
    Within,
)
from crossway.runtime.odata.values import to_json

Element: TypeAlias = "ColumnElement[Any]"

_NUMBERS: Final[Mapping[str, TypeEngine[Any]]] = {
    **dict.fromkeys(("Byte", "SByte", "Int16", "Int32", "Int64"), BigInteger()),
    **dict.fromkeys(("Single", "Double"), Double()),
    "Boolean": Boolean(),
    "String": Text(),
    "Binary": LargeBinary(),
}
POSTGRES: Final[Mapping[str, TypeEngine[Any]]] = {
    **_NUMBERS,
    "Decimal": Numeric(),
    "Guid": Uuid(as_uuid=False),
    "Date": SqlDate(),
    "DateTimeOffset": DateTime(timezone=True),
    "TimeOfDay": Time(),
    "Duration": Interval(),
}
SQLITE: Final[Mapping[str, TypeEngine[Any]]] = {
    **_NUMBERS,
    "Decimal": Double(),
    **dict.fromkeys(("Guid", "Date", "DateTimeOffset", "TimeOfDay", "Duration"), Text()),
}
"""SQLite has no types for these: they are texts in the formats of ISO 8601."""
_MOMENT: Final = "%Y-%m-%d %H:%M:%f"
_ISO: Final = {"DateTimeOffset": _MOMENT, "Date": "%Y-%m-%d", "TimeOfDay": "%H:%M:%f"}
"""The one form in which SQLite compares texts that may be written in several."""
_PARTS: Final = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}


class Translation:
    """Translates the expressions of one statement, over the entities of *set*."""

    def __init__(self, sets: Mapping[str, EntitySet], set: str, dialect: str) -> None:  # noqa: A002  # as OData says
        self._sets = sets
        self._database = cast("Table", sets[set].source).database
        self._sqlite = dialect == "sqlite"
        self._types = SQLITE if self._sqlite else POSTGRES
        self.root = self._table(set)
        self._variables: dict[str, FromClause] = {ROOT: self.root}

    def _table(self, name: str) -> FromClause:
        spec = self._sets[name]
        if not isinstance(spec.source, Table) or spec.source.database != self._database:
            raise unsupported(f"{name} is in another place, so nothing here can be compared with it.", "$filter")
        schema, _, local = spec.source.table.rpartition(".")
        columns = [column(each.field or key, self._types[each.type]) for key, each in spec.properties.items()]
        return table(local, *columns, schema=schema or None).alias()

    def column(self, of: FromClause, set: str, name: str) -> Element:  # noqa: A002
        """Return the column in which a property of *set* is."""
        return cast("Element", of.c[self._sets[set].properties[name].field or name])

    def condition(self, node: Expression) -> Element:
        """Return a condition for `WHERE`, where the unknown counts as false."""
        return self._truth(node, exact=False)

    def order(self, order: Order) -> list[Element]:
        """Return what rows are sorted by."""
        keys: list[Element] = []
        for node, descending in order:
            value = self.value(node)
            keys.append(value.desc().nulls_last() if descending else value.asc().nulls_first())
        return keys

    def _truth(self, node: Expression, *, exact: bool) -> Element:
        """Return what is true where *node* is; if it has to be *exact*, unknown only where *node* is."""
        match node:
            case Operation("and", operands):
                return and_(*(self._truth(operand, exact=exact) for operand in operands))
            case Operation("or", operands):
                return or_(*(self._truth(operand, exact=exact) for operand in operands))
            case Operation("not", (operand,)):
                return not_(self._truth(operand, exact=True))
            case Operation("eq" | "ne" | "gt" | "ge" | "lt" | "le" as name, (left, right)):
                return self._comparison(name, left, right, exact=exact)
            case Within(operand, values):
                return self._within(operand, values, exact=exact)
            case Quantifier():
                return self._quantified(node)
        return self.value(node)

    def _comparison(self, name: str, left: Expression, right: Expression, *, exact: bool) -> Element:
        one, other = self.value(left), self.value(right)
        certain = self._certain(left) or self._certain(right)
        if name in {"eq", "ne"}:
            if certain and (name == "eq") and not exact:
                return one == other
            if self._certain(left) and self._certain(right):
                return one == other if name == "eq" else one != other
            return one.is_not_distinct_from(other) if name == "eq" else one.is_distinct_from(other)
        result = _ORDERED[name](one, other)
        if name in {"ge", "le"} and not certain:
            return func.coalesce(result, and_(one.is_(None), other.is_(None)))
        return func.coalesce(result, false()) if exact else result

    def _certain(self, node: Expression) -> bool:
        """Return whether *node* is never null."""
        match node:
            case Const(value):
                return value is not None
            case Field(place, name):
                spec = self._sets[place.set]
                return not place.hops and (name == spec.key or not spec.properties[name].nullable)
        return isinstance(node, Size)

    def _within(self, operand: Expression, values: tuple[object, ...], *, exact: bool) -> Element:
        value = self.value(operand)
        known = [self.plain(each, operand.type) for each in values if each is not None]
        result = value.in_(known)
        if len(known) < len(values):
            return or_(func.coalesce(result, false()), value.is_(None))
        return func.coalesce(result, false()) if exact else result

    def _quantified(self, node: Quantifier) -> Element:
        other, linked = self._linked(node.place, node.navigation, node.set)
        conditions = [linked]
        if node.predicate is not None:
            self._variables[node.variable] = other
            predicate = self._truth(node.predicate, exact=True)
            conditions.append(not_(func.coalesce(predicate, false())) if node.every else predicate)
        elif node.every:
            raise unsupported("all() needs a condition.", "$filter")
        there = exists(select(literal(1)).select_from(other).where(*conditions).correlate_except(other))
        return not_(there) if node.every else there

    def _linked(self, place: Place, navigation: str, target: str) -> tuple[FromClause, Element]:
        """Return the table that a navigation property to many leads to, and what holds for the rows it leads to."""
        here = _arrived(self._sets, place)
        way = self._sets[here].navigation[navigation]
        other = self._table(target)
        return other, self.column(other, target, way.by) == self._place(place, self._sets[here].key)

    def _place(self, place: Place, name: str) -> Element:
        """Return the property *name* of the entity at *place*: over ways to one entity, a scalar subquery."""
        here, set = self._variables[place.variable], place.set  # noqa: A001
        if not place.hops:
            return self.column(here, set, name)
        tables: list[FromClause] = []
        conditions: list[Element] = []
        for hop in place.hops:
            way = self._sets[set].navigation[hop]
            other = self._table(way.set)
            conditions.append(self.column(other, way.set, self._sets[way.set].key) == self.column(here, set, way.by))
            tables.append(other)
            here, set = other, way.set  # noqa: A001
        wanted = select(self.column(here, set, name)).select_from(*tables).where(*conditions)
        return wanted.correlate_except(*tables).scalar_subquery()

    def value(self, node: Expression) -> Element:
        """Return the value of *node*."""
        match node:
            case Const(value, type):
                return null() if value is None else literal(self.plain(value, type), self._types[type])
            case Field(place, name, type):
                there = self._place(place, name)
                return func.strftime(_ISO[type], there, type_=Text()) if self._sqlite and type in _ISO else there
            case Size(place, navigation, target):
                other, linked = self._linked(place, navigation, target)
                return select(func.count()).select_from(other).where(linked).correlate_except(other).scalar_subquery()
            case Operation(name, operands, type) if name in _LOGICAL:
                return self._truth(node, exact=True)
            case Operation(name, operands, type):
                values = [self.value(operand) for operand in operands]
                return self._operation(name, values, type, [operand.type for operand in operands])
        return self._truth(node, exact=True)

    def plain(self, value: object, type: str) -> object:  # noqa: A002
        """Return a value as the driver takes it."""
        if not self._sqlite:
            return value
        match value:
            case Decimal():
                return float(value)
            case datetime():
                moment = value.astimezone(UTC)
                return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"
            case time():
                return f"{value:%H:%M:%S}.{value.microsecond // 1000:03}"
            case date():
                return value.isoformat()
        if type == "Duration":
            raise unsupported("SQLite has no lengths of time to compare.", "$filter")
        return value

    def stored(self, value: object, type: str) -> object:  # noqa: A002
        """Return a value as it is written: in SQLite, with the form that ISO 8601 gives to points in time."""
        if self._sqlite and isinstance(value, datetime):
            return to_json(value)
        return self.plain(value, type)

    def _operation(self, name: str, values: list[Element], type: str, given: list[str]) -> Element:  # noqa: A002
        if name in _PARTS:
            if self._sqlite:
                return sql_cast(func.strftime(_PARTS[name], values[0]), BigInteger)
            return sql_cast(func.trunc(extract(name, values[0])), BigInteger)
        if name in {"date", "time"}:
            kind = "Date" if name == "date" else "TimeOfDay"
            if self._sqlite:
                return func.strftime(_ISO[kind], values[0], type_=Text())
            return sql_cast(values[0], self._types[kind])
        if name in {"round", "floor", "ceiling"}:
            return self._whole(name, values[0], given[0])
        if name in {"div", "divby"}:
            left, right = values
            if type == "Double" or (self._sqlite and type == "Decimal"):
                left, right = sql_cast(left, Double()), sql_cast(right, Double())
            return left.op("/", precedence=8, return_type=self._types[type])(func.nullif(right, literal(0)))
        if name in {"contains", "indexof"}:
            place = (func.instr if self._sqlite else func.strpos)(*values, type_=BigInteger())
            return place > 0 if name == "contains" else place - 1
        if name in {"startswith", "endswith"}:
            return self._affixed(name, *values)
        if name == "trim":
            return (func.trim if self._sqlite else func.btrim)(values[0], BLANKS, type_=Text())
        if name in {"tolower", "toupper"}:
            word = name.removeprefix("to")
            return self._function(f"crossway_{word}" if self._sqlite else word, values[0], Text())
        return _SIMPLE[name](*values)

    def _whole(self, name: str, value: Element, given: str) -> Element:
        if self._sqlite:
            return self._function({"ceiling": "ceil"}.get(name, name), value, Double())
        if name == "round" and given in {"Single", "Double"}:  # whose halves PostgreSQL rounds to even
            return sql_cast(func.round(sql_cast(value, Numeric())), Double())
        return self._function(name, value, Double() if given in {"Single", "Double"} else Numeric())

    @staticmethod
    def _function(name: str, value: Element, type: TypeEngine[Any]) -> Element:  # noqa: A002
        return cast("Element", getattr(func, name)(value, type_=type))

    def _affixed(self, name: str, text: Element, part: Element) -> Element:
        length = func.length(part)
        if not self._sqlite:
            return (func.left if name == "startswith" else func.right)(text, length, type_=Text()) == part
        if name == "startswith":
            return func.substr(text, 1, length, type_=Text()) == part
        return case((length == 0, text == text), else_=func.substr(text, -length, type_=Text()) == part)


def _arrived(sets: Mapping[str, EntitySet], place: Place) -> str:
    """Return the set of the entity at *place*."""
    here = place.set
    for hop in place.hops:
        here = sets[here].navigation[hop].set
    return here


def _from(text: Element, start: Element, length: Element | None = None) -> Element:
    first = sql_cast(case((start < 0, literal(0)), else_=start) + 1, Integer())
    if length is None:
        return func.substr(text, first, type_=Text())
    return func.substr(text, first, sql_cast(case((length < 0, literal(0)), else_=length), Integer()), type_=Text())


_LOGICAL: Final = frozenset({"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le"})
_ORDERED: Final[Mapping[str, Callable[[Element, Element], Element]]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_SIMPLE: Final[Mapping[str, Callable[..., Element]]] = {
    "negate": lambda value: -value,
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "mod": lambda left, right: left % func.nullif(right, literal(0)),
    "length": lambda text: func.length(text, type_=BigInteger()),
    "substring": _from,
    "concat": lambda left, right: left.concat(right),
    "double": lambda value: sql_cast(value, Double()),
    "whole": lambda value: sql_cast(func.trunc(value), BigInteger()),
}
