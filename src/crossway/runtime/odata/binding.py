"""Binding: what an expression's words mean in a schema, and whether its types fit (OData URL Conventions, 5.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from crossway.model.odata import EntitySet
from crossway.model.part import did_you_mean
from crossway.runtime.odata.error import ODataError, bad, unsupported
from crossway.runtime.odata.predicate import READERS
from crossway.runtime.odata.syntax import Alias, Call, Lambda, Literal, Node, Path
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

WHOLE: Final = frozenset({"Byte", "SByte", "Int16", "Int32", "Int64"})
FLOATING: Final = frozenset({"Single", "Double"})
_FAMILIES: Final = {**dict.fromkeys((*WHOLE, *FLOATING, "Decimal"), "number")}

_DATES: Final = ("Date", "DateTimeOffset")
_TIMES: Final = ("TimeOfDay", "DateTimeOffset")
_TEXT: Final = ("String",)
_WHOLE: Final = ("whole",)
_NUMBER: Final = ("number",)
FUNCTIONS: Final[Mapping[str, tuple[tuple[tuple[str, ...], ...], str]]] = {
    "contains": ((_TEXT, _TEXT), "Boolean"),
    "startswith": ((_TEXT, _TEXT), "Boolean"),
    "endswith": ((_TEXT, _TEXT), "Boolean"),
    "length": ((_TEXT,), "Int64"),
    "indexof": ((_TEXT, _TEXT), "Int64"),
    "substring": ((_TEXT, _WHOLE, _WHOLE), "String"),
    "tolower": ((_TEXT,), "String"),
    "toupper": ((_TEXT,), "String"),
    "trim": ((_TEXT,), "String"),
    "concat": ((_TEXT, _TEXT), "String"),
    "year": ((_DATES,), "Int64"),
    "month": ((_DATES,), "Int64"),
    "day": ((_DATES,), "Int64"),
    "hour": ((_TIMES,), "Int64"),
    "minute": ((_TIMES,), "Int64"),
    "second": ((_TIMES,), "Int64"),
    "date": ((("DateTimeOffset",),), "Date"),
    "time": ((("DateTimeOffset",),), "TimeOfDay"),
    "round": ((_NUMBER,), ""),
    "floor": ((_NUMBER,), ""),
    "ceiling": ((_NUMBER,), ""),
}
"""What each function is given, and the type of what it gives; that of its operand if there is none."""
_NEW: Final[Mapping[str, Callable[[], datetime]]] = {
    "now": lambda: datetime.now(UTC),
    "mindatetime": lambda: datetime.min.replace(tzinfo=UTC),
    "maxdatetime": lambda: datetime.max.replace(tzinfo=UTC),
}
_ARITHMETIC: Final = frozenset({"add", "sub", "mul", "div", "divby", "mod"})
_COMPARISONS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_UNORDERED: Final = frozenset({"Binary", "Boolean"})


@dataclass(slots=True)
class Binder:
    """Binds expressions over entities of *set*."""

    sets: Mapping[str, EntitySet]
    set: str
    aliases: Mapping[str, Node] = field(default_factory=dict)
    option: str = "$filter"
    _variables: dict[str, str] = field(default_factory=dict)

    def condition(self, node: Node) -> Expression:
        """Return *node* as an expression that is true or false."""
        bound = self.bind(node)
        self._expect(bound, "Boolean")
        return bound

    def order(self, items: tuple[tuple[Node, bool], ...]) -> Order:
        """Return what `$orderby` says."""
        return tuple((self._sortable(self.bind(node)), descending) for node, descending in items)

    def _sortable(self, bound: Expression) -> Expression:
        if bound.type == "Binary":
            raise bad("type", "Binary values have no order.", self.option)
        return bound

    def bind(self, node: Node) -> Expression:
        """Return *node* with types; `ODataError` for what means nothing or does not fit."""
        match node:
            case Literal(value, type):
                if type not in READERS and type != "null":
                    raise unsupported(f"There are no values of the type {type[:60]} here.", self.option)
                return Const(value, type)
            case Path(words):
                return self._path(words)
            case Alias(name):
                there = self.aliases.get(name)
                if isinstance(there, Alias):
                    raise bad("alias", f"{name} stands for another alias.", self.option)
                return Const(None, "null") if there is None else self.bind(there)
            case Lambda():
                return self._lambda(node)
            case Call("and" | "or" | "not" as name, operands):
                bound = tuple(self.condition(operand) for operand in operands)
                return Operation(name, bound, "Boolean")
            case Call("in", (operand, Call("list", items))):
                return self._within(self.bind(operand), [self.bind(item) for item in items])
            case Call("in"):
                raise unsupported("A list behind in stands there itself, and not in an alias.", self.option)
            case Call("negate", (operand,)):
                return self._negated(self.bind(operand))
            case Call("has"):
                raise unsupported("There are no enumerations here, which has is about.", self.option)
            case Call("cast" | "isof" as name, operands):
                return self._typed(name, operands)
            case Call(name, operands) if name in _COMPARISONS:
                left, right = (self.bind(operand) for operand in operands)
                return self._comparison(name, left, right)
            case Call(name, operands) if name in _ARITHMETIC:
                left, right = (self.bind(operand) for operand in operands)
                return self._arithmetic(name, left, right)
            case Call(name, ()) if name in _NEW:
                return Const(_NEW[name](), "DateTimeOffset")
            case Call(name, operands):
                return self._function(name, tuple(self.bind(operand) for operand in operands))

    def _path(self, words: tuple[str, ...]) -> Expression:
        place, here, rest = self._place(words)
        match rest:
            case (name,) if name in here.properties:
                return Field(place, name, here.properties[name].type)
            case (name, "$count") if name in here.navigation and here.navigation[name].many:
                return Size(place, name, here.navigation[name].set)
        raise self._unknown(rest, here)

    def _place(self, words: tuple[str, ...]) -> tuple[Place, EntitySet, tuple[str, ...]]:
        """Return how far *words* lead from one entity to one other, the set there, and the words that are left."""
        place, current = Place(ROOT, self.set), self.set
        if words[0] in self._variables:
            current = self._variables[words[0]]
            place, words = Place(words[0], current), words[1:]
        elif words[0] in {"$it", "$this"}:
            words = words[1:]
        hops: list[str] = []
        while words and (way := self.sets[current].navigation.get(words[0])) is not None and not way.many:
            hops.append(words[0])
            current, words = way.set, words[1:]
        return Place(place.variable, place.set, tuple(hops)), self.sets[current], words

    def _unknown(self, rest: tuple[str, ...], here: EntitySet) -> ODataError:
        if not rest:
            return bad("type", "An entity as a whole cannot be compared.", self.option)
        name = rest[0]
        if name in here.properties or name in here.navigation:
            return bad("type", f"{'/'.join(rest)} is no single value.", self.option)
        hint = did_you_mean(name, [*here.properties, *here.navigation])
        return bad("unknown_property", f"There is no property {name[:60]}{f'; {hint}' if hint else '.'}", self.option)

    def _lambda(self, node: Lambda) -> Expression:
        place, here, rest = self._place(node.collection.words)
        if len(rest) != 1 or rest[0] not in here.navigation or not here.navigation[rest[0]].many:
            raise self._unknown(rest, here)
        target = here.navigation[rest[0]].set
        if node.predicate is None:
            return Quantifier(place, rest[0], target, node.every, "", None)
        if node.variable in self._variables or node.variable in self.sets[self.set].properties:
            raise bad("syntax", f"{node.variable} means something else already.", self.option)
        self._variables[node.variable] = target
        predicate = self.condition(node.predicate)
        del self._variables[node.variable]
        return Quantifier(place, rest[0], target, node.every, node.variable, predicate)

    def _within(self, operand: Expression, items: list[Expression]) -> Expression:
        if not items:
            raise bad("syntax", "in needs a list with something in it.", self.option)
        values = []
        for item in items:
            if not isinstance(item, Const):
                raise unsupported("A list behind in has constants alone.", self.option)
            _, promoted = self._promoted(operand, item)
            self._alike("in", operand, promoted)
            values.append(promoted.value if isinstance(promoted, Const) else None)
        return Within(operand, tuple(values))

    def _negated(self, operand: Expression) -> Expression:
        self._expect(operand, "number")
        if isinstance(operand, Const) and isinstance(operand.value, int | float):
            return Const(-operand.value, operand.type)
        return Operation("negate", (operand,), operand.type)

    def _comparison(self, name: str, left: Expression, right: Expression) -> Expression:
        left, right = self._promoted(left, right)
        self._alike(name, left, right)
        kind = right.type if left.type == "null" else left.type
        if kind in _UNORDERED and (name not in {"eq", "ne"} or kind == "Binary"):
            raise bad("type", f"{name} does not compare values of the type Edm.{kind}.", self.option)
        return Operation(name, (left, right), "Boolean")

    def _promoted(self, left: Expression, right: Expression) -> tuple[Expression, Expression]:
        """Return both, where a date that is compared to a point in time is its beginning in UTC."""
        if isinstance(left, Const) and isinstance(left.value, date) and right.type == "DateTimeOffset":
            left = _beginning(left)
        if isinstance(right, Const) and isinstance(right.value, date) and left.type == "DateTimeOffset":
            right = _beginning(right)
        return left, right

    def _alike(self, name: str, left: Expression, right: Expression) -> None:
        one, other = _family(left.type), _family(right.type)
        if one != other and "null" not in {one, other}:
            detail = f"{name} is given Edm.{left.type} and Edm.{right.type}, which cannot be compared."
            raise bad("type", detail, self.option)

    def _arithmetic(self, name: str, left: Expression, right: Expression) -> Expression:
        for operand in (left, right):
            self._expect(operand, "whole" if name == "mod" else "number")
        types = {left.type, right.type}
        if types <= {*WHOLE, "null"} and name != "divby":
            return Operation(name, (left, right), "Int64")
        kind = "Double" if types & FLOATING or name == "divby" else "Decimal"
        return Operation(name, (left, right), kind)

    def _function(self, name: str, operands: tuple[Expression, ...]) -> Expression:
        if name not in FUNCTIONS:
            hint = did_you_mean(name, [*FUNCTIONS, *_NEW])
            detail = f"There is no function {name[:40]}() here{f'; {hint}' if hint else '.'}"
            raise ODataError(501, "odata.unknown_function", detail, self.option)
        wanted, gives = FUNCTIONS[name]
        least = len(wanted) - (name == "substring")
        if not least <= len(operands) <= len(wanted):
            raise bad("syntax", f"{name}() takes {len(wanted)} and is given {len(operands)}.", self.option)
        for operand, kinds in zip(operands, wanted, strict=False):
            self._expect(operand, *kinds)
        return Operation(name, operands, gives or operands[0].type)

    def _typed(self, name: str, operands: tuple[Node, ...]) -> Expression:
        """Return what `cast` to a type of number, and `isof` of a property, come to; no other is supported."""
        match operands:
            case (inner, Path((kind,))) if kind.startswith("Edm."):
                operand, to = self.bind(inner), kind.removeprefix("Edm.")
                if name == "isof":
                    present = Operation("ne", (operand, Const(None, "null")), "Boolean")
                    return present if operand.type == to else Const(False, "Boolean")
                if operand.type == to:
                    return operand
                if _family(operand.type) == "number" and to in FLOATING:
                    return Operation("double", (operand,), to)
                if _family(operand.type) == "number" and to in WHOLE:
                    return Operation("whole", (operand,), to)
        raise unsupported(f"This {name}() is not supported.", self.option)

    def _expect(self, bound: Expression, *kinds: str) -> None:
        fits = {bound.type, _family(bound.type), "whole" if bound.type in WHOLE else ""}
        if bound.type != "null" and fits.isdisjoint(kinds):
            raise bad("type", f"Edm.{bound.type} stands where {_called(kinds)} is expected.", self.option)


def _family(kind: str) -> str:
    return _FAMILIES.get(kind, kind)


def _called(kinds: tuple[str, ...]) -> str:
    words = {"whole": "a whole number", "number": "a number"}
    return " or ".join(words.get(kind, f"Edm.{kind}") for kind in kinds)


def _beginning(const: Const) -> Const:
    if isinstance(const.value, datetime) or not isinstance(const.value, date):
        return const
    return Const(datetime.combine(const.value, time(), UTC), "DateTimeOffset")
