"""What a request asks for: its path (OData URL Conventions 4.01, section 4), and its options, fitted to a set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from crossway.model.odata import EntitySet, QueryLimits
from crossway.runtime.odata.binding import Binder
from crossway.runtime.odata.error import ODataError, bad, unsupported
from crossway.runtime.odata.options import Expand, Options, decoded
from crossway.runtime.odata.syntax import Budget, Call, Literal, Node, Parser, Path
from crossway.runtime.odata.tree import ROOT, Const, Expression, Field, Operation, Order, Place

_SEGMENT: Final = re.compile(r"(?P<name>\$?[A-Za-z_][\w.]*)(?:\((?P<key>.*)\))?", re.DOTALL)
_NAMED_KEY: Final = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_MOST_SEGMENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a path: `Orders(7)`, `customer`, `$count`."""

    name: str
    key: str | None = None
    """What stands in its parentheses."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown of an entity."""

    names: tuple[str, ...] | None = None
    """Its properties; all if `None`."""
    expands: tuple[Expansion, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """What is shown of the entities that a navigation property leads to."""

    navigation: str
    set: str
    selection: Selection
    where: Expression | None = None
    order: Order = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    only: str = ""
    """`$ref` for references alone, `$count` for their number alone."""


def segments(path: str) -> tuple[Segment, ...]:
    """Return the segments of a path below the root of a service."""
    texts = [text for text in path.split("/") if text]
    if len(texts) > _MOST_SEGMENTS:
        raise bad("too_deep", f"A path has at most {_MOST_SEGMENTS} segments.")
    return tuple(_segment(decoded(text)) for text in texts)


def _segment(text: str) -> Segment:
    match = _SEGMENT.fullmatch(text)
    if match is None:
        raise bad("syntax", f"{text[:40]!r} is no segment of a path.")
    return Segment(match["name"], match["key"])


def key_of(sets: Mapping[str, EntitySet], name: str, text: str, aliases: Mapping[str, Node]) -> object:
    """Return the key of an entity of a set, as it stands in parentheses: `7`, `'x'` or `id=7`."""
    key = sets[name].key
    if named := _NAMED_KEY.fullmatch(text):
        if named[1] != key:
            raise bad("key", f"The key of {name} is {key}.")
        text = named[2]
    node = Parser(text, "key", Budget(3, 10)).whole()
    binder = Binder(sets, name, aliases, "key")
    bound = binder.bind(Call("eq", (Path((key,)), node)))
    if not isinstance(bound, Operation) or not isinstance(bound.operands[1], Const) or bound.operands[1].value is None:
        raise bad("key", "A key is a value.")
    return bound.operands[1].value


@dataclass(frozen=True, slots=True)
class Fitting:
    """Fits the options of one request to the sets of a service."""

    sets: Mapping[str, EntitySet]
    limits: QueryLimits
    aliases: Mapping[str, Node]

    def condition(self, name: str, options: Options) -> Expression | None:
        """Return what `$filter` and `$search` together ask of the entities of a set."""
        conditions: list[Expression] = []
        if options.filter is not None:
            conditions.append(Binder(self.sets, name, self.aliases).condition(options.filter))
        if options.search is not None:
            conditions.append(self._search(name, options.search))
        return both(*conditions)

    def order(self, name: str, options: Options) -> Order:
        """Return what `$orderby` asks for."""
        return Binder(self.sets, name, self.aliases, "$orderby").order(options.orderby)

    def selection(self, name: str, options: Options) -> Selection:
        """Return what `$select` and `$expand` ask for."""
        expands = tuple(self._expansion(name, item) for item in self._written(name, options))
        named = [each.navigation for each in expands]
        if len(set(named)) < len(named):
            raise bad("duplicate_option", "$expand names a navigation property twice.", "$expand")
        return Selection(self._selected(name, options), expands)

    def _selected(self, name: str, options: Options) -> tuple[str, ...] | None:
        if options.select is None:
            return None
        spec = self.sets[name]
        words = [item[0] for item in options.select if len(item) == 1]
        for item in options.select:
            if len(item) > 1 or (item[0] not in spec.properties and item[0] not in {"*", *spec.navigation}):
                raise bad("unknown_property", f"There is no property {'/'.join(item)[:60]}.", "$select")
        return None if "*" in words else tuple(each for each in spec.properties if each in words)

    def _written(self, name: str, options: Options) -> list[Expand]:
        """Return the items of `$expand`, with each of its own for `*`."""
        items: list[Expand] = []
        for item in options.expand:
            if item.words[0] == "*":
                items += [replace(item, words=(each, *item.words[1:])) for each in self.sets[name].navigation]
            else:
                items.append(item)
        if len(items) > self.limits.max_expands:
            raise bad("too_many_expands", f"A request expands at most {self.limits.max_expands} times.", "$expand")
        return items

    def _expansion(self, name: str, item: Expand) -> Expansion:
        spec, options = self.sets[name], item.options
        match item.words:
            case (navigation,) | (navigation, "$ref" | "$count") if navigation in spec.navigation:
                way = spec.navigation[navigation]
            case _:
                raise bad("unknown_property", f"{'/'.join(item.words)[:60]} leads to no entities.", "$expand")
        if not way.many and (item.words[1:] == ("$count",) or (options.written and _OF_MANY & {*options.written})):
            raise bad("unfit_option", f"{navigation} leads to one entity, which is not filtered or counted.", "$expand")
        selection = self.selection(way.set, options)
        if options.levels > 1:
            if navigation not in self.sets[way.set].navigation:
                raise bad("unfit_option", f"$levels is for ways that lead on: {navigation} does not.", "$expand")
            deeper = replace(item, options=replace(options, levels=options.levels - 1))
            again = self._expansion(way.set, deeper)
            selection = replace(selection, expands=(*selection.expands, again))
        return Expansion(
            navigation,
            way.set,
            selection,
            self.condition(way.set, options),
            self.order(way.set, options),
            options.top,
            options.skip,
            options.count,
            item.words[1] if item.words[1:] else "",
        )

    def _search(self, name: str, node: Node) -> Expression:
        spec = self.sets[name]
        where = spec.search
        if where is None:
            where = tuple(each for each, known in spec.properties.items() if known.type == "String")
        if not where:
            raise ODataError(501, "odata.unsupported", f"{name} cannot be searched.", "$search")
        match node:
            case Literal(str() as word):
                found: list[Expression] = []
                for each in where:
                    text = Operation("tolower", (Field(Place(ROOT, name), each, "String"),), "String")
                    contains = Operation("contains", (text, Const(word.lower(), "String")), "Boolean")
                    present = Operation(
                        "ne", (Field(Place(ROOT, name), each, "String"), Const(None, "null")), "Boolean"
                    )
                    found.append(Operation("and", (present, contains), "Boolean"))
                return found[0] if len(found) == 1 else Operation("or", tuple(found), "Boolean")
            case Call(operator, operands):
                return Operation(operator, tuple(self._search(name, operand) for operand in operands), "Boolean")
        raise unsupported("This cannot be searched for.", "$search")


_OF_MANY: Final = frozenset({"$filter", "$orderby", "$top", "$skip", "$count", "$search"})


def both(*conditions: Expression | None) -> Expression | None:
    """Return the condition that all of these hold."""
    there = tuple(condition for condition in conditions if condition is not None)
    if len(there) < 2:
        return there[0] if there else None
    return Operation("and", there, "Boolean")
