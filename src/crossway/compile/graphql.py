"""Schemas of GraphQL, as definitions hold them, and what the runtime is told of one.

https://spec.graphql.org/September2025/#sec-Type-System
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationType,
    build_ast_schema,
    build_client_schema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    parse,
    validate,
    validate_schema,
    value_from_ast_untyped,
)
from graphql.validation import KnownDirectivesRule
from graphql.validation.specified_rules import specified_sdl_rules
from graphql.validation.validate import validate_sdl
from msgspec import DecodeError, json

from crossway.compile.contract import Site
from crossway.model import Defined, FieldPath, Finding, did_you_mean
from crossway.model.graphql_limits import Alternatives, Cost, FieldOutline, Limits, ListSize, Outline, TypeOutline

LARGEST_SCHEMA: Final = 500_000
"""Tokens of a schema. The largest that are public have a fifth of that; more would take seconds to read."""
LARGEST_DOCUMENT: Final = 20_000
"""Tokens of a document, unless told otherwise."""
LARGEST_OUTLINE: Final = 4 * 2**20
"""Bytes of what the runtime is told of a schema, in JSON."""
_Guards = dict[tuple[tuple[str, ...], ...], None]


@lru_cache(maxsize=32)
def read_schema(defined: Defined) -> GraphQLSchema | str:
    """Return the schema that a definition holds, in SDL or as the answer to an introspection; or what is wrong with it.

    Directives need no definition: those of tools and federations often have none.
    """
    try:
        text = defined.content.decode("utf-8-sig")
        if text.lstrip().startswith("{"):
            told = json.decode(text)
            schema = build_client_schema(told.get("data", told))
        else:
            document = parse(text, max_tokens=LARGEST_SCHEMA)
            rules = [rule for rule in specified_sdl_rules if rule is not KnownDirectivesRule]
            if mistakes := validate_sdl(document, rules=rules):
                return _said(mistakes[0])
            schema = build_ast_schema(document, assume_valid_sdl=True)
    except GraphQLError as error:
        return _said(error)
    except (UnicodeDecodeError, DecodeError, TypeError, LookupError, AttributeError, RecursionError) as error:
        return f"it is no schema of GraphQL ({error})"
    mistakes = validate_schema(schema)
    return _said(mistakes[0]) if mistakes else schema


def _said(error: GraphQLError) -> str:
    places = [f"{place.line}:{place.column}" for place in error.locations or ()][:1]
    return ": ".join((*places, error.message.removeprefix("Syntax Error: ")))


def find_schema(site: Site, name: str, path: FieldPath) -> GraphQLSchema | Finding:
    """Return the schema in the definition that the settings call *name* at *path*."""
    defined = site.definition(name, path)
    if isinstance(defined, Finding):
        return defined
    schema = read_schema(defined)
    return Finding("graphql.schema", f"definition {name}: {schema}", path=path) if isinstance(schema, str) else schema


@lru_cache(maxsize=1024)
def read_document(text: str, schema: GraphQLSchema | None, tokens: int = LARGEST_DOCUMENT) -> DocumentNode | str:
    """Return the document that *text* is, of at most so many *tokens*; or what is wrong with it, also for *schema*."""
    try:
        document = parse(text, max_tokens=tokens, allow_empty_selection_sets=False)
        mistakes = validate(schema, document) if schema is not None else []
    except GraphQLError as error:
        return _said(error)
    return _said(mistakes[0]) if mistakes else document


def outline(schema: GraphQLSchema, limits: Limits) -> Outline | Finding:
    """Return what the runtime has to know of *schema* for *limits*; a finding where these name what is not there."""
    for path, coordinate in _named(limits):
        if finding := _unknown(schema, coordinate, path):
            return finding
    found = _Outlining(schema, limits).outline()
    if len(found.model_dump_json()) > LARGEST_OUTLINE:
        return Finding("graphql.schema", "the schema is too large: what a proxy has to know of it is over 4 MiB")
    return found


def _named(limits: Limits) -> Iterator[tuple[FieldPath, str]]:
    """Yield the types and fields that *limits* name, and where."""
    for coordinate in limits.fields:
        yield ("fields", coordinate), coordinate
    if limits.cost is not None:
        for word, names in (
            ("types", limits.cost.types),
            ("fields", limits.cost.fields),
            ("lists", limits.cost.lists),
        ):
            for coordinate in names:
                yield ("cost", word, coordinate), coordinate


def _unknown(schema: GraphQLSchema, coordinate: str, path: FieldPath) -> Finding | None:
    type_name, _, field = coordinate.partition(".")
    known = schema.get_type(type_name)
    if known is None:
        hint = did_you_mean(type_name, schema.type_map)
        return Finding("graphql.unknown_field", f"the schema has no type {type_name!r}", path=path, hint=hint)
    fields = _fields(known)
    if field and field not in fields:
        hint = did_you_mean(field, fields)
        return Finding("graphql.unknown_field", f"{type_name} has no field {field!r}", path=path, hint=hint)
    return None


def _fields(known: GraphQLNamedType) -> Mapping[str, GraphQLField]:
    return known.fields if is_object_type(known) or is_interface_type(known) else {}


def _possible(schema: GraphQLSchema, known: GraphQLNamedType) -> Iterable[GraphQLNamedType]:
    return schema.get_possible_types(known) if is_abstract_type(known) else ()


class _Outlining:
    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema, self._cost, self._scopes = schema, limits.cost, limits.fields
        self._places: dict[Alternatives, int] = {}

    def outline(self) -> Outline:
        types = {
            name: TypeOutline(self._weight(known), self._outlines(known))
            for name, known in self._schema.type_map.items()
            if not name.startswith("__") and is_composite_type(known)
        }
        roots = {kind.value: root.name for kind in OperationType if (root := self._schema.get_root_type(kind))}
        return Outline(roots=roots, types=types, guards=tuple(self._places))

    def _outlines(self, known: GraphQLNamedType) -> dict[str, FieldOutline]:
        return {name: self._field(known, name, field) for name, field in _fields(known).items()}

    def _field(self, of: GraphQLNamedType, name: str, field: GraphQLField) -> FieldOutline:
        result = get_named_type(field.type)
        guards = self._guards(of, name, field)
        kind = result.name if is_composite_type(result) else ""
        if self._cost is None:
            return FieldOutline(kind, guards=guards)
        weight = self._cost.fields.get(f"{of.name}.{name}", _weight_of(field))
        return FieldOutline(kind, weight or 0, *self._size(self._cost, of, name, field), guards)

    # Costs.

    def _weight(self, known: GraphQLNamedType) -> int:
        """Return what an object of a type costs; of several that it may be, the dearest."""
        if self._cost is None:
            return 1
        weight = self._cost.types.get(known.name, _weight_of(known))
        if weight is not None:
            return weight
        return max((self._weight(each) for each in _possible(self._schema, known)), default=1)

    def _size(
        self, cost: Cost, of: GraphQLNamedType, name: str, field: GraphQLField
    ) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        """Return the length of a field's list, the arguments that say it, and the fields inside that they say it of."""
        result = get_named_type(field.type)
        if not is_composite_type(result):
            return 0, (), ()
        told = cost.lists.get(f"{of.name}.{name}") or _list_size(field)
        arguments = told.arguments or tuple(each for each in cost.arguments if each in field.args)
        lists = _lists(field)
        inside = told.fields or tuple(
            each
            for each, inner in _fields(result).items()
            if _lists(inner) and not any(argument in inner.args for argument in cost.arguments)
        )
        sized = inside if not lists and (arguments or told.fields) else ()
        if not lists and not sized:
            return 0, (), ()
        defaults = [_default(field.args[each]) for each in arguments if each in field.args]
        assumed = max((each for each in defaults if each is not None), default=cost.assumed)
        length = assumed if told.assumed is None else told.assumed
        return length * max(1, cost.assumed) ** max(0, lists - 1), arguments, sized

    # Authorization.

    def _guards(self, of: GraphQLNamedType, name: str, field: GraphQLField) -> tuple[int, ...]:
        """Return what is asked of who asks for a field of a type: by itself, by both types, and by those behind one."""
        found: _Guards = {}
        found |= self._of(f"{of.name}.{name}", field) | self._of_type(of) | self._of_type(get_named_type(field.type))
        for each in _possible(self._schema, of):
            inner = _fields(each)[name]
            found |= self._of(f"{each.name}.{name}", inner) | self._of_type(each)
            found |= self._of_type(get_named_type(inner.type))
        return tuple(sorted(self._places.setdefault(guard, len(self._places)) for guard in found))

    def _of_type(self, known: GraphQLNamedType) -> _Guards:
        return self._of(known.name, known)

    def _of(self, coordinate: str, thing: GraphQLNamedType | GraphQLField) -> _Guards:
        found: _Guards = {}
        if (scopes := self._scopes.get(coordinate)) is not None:
            found[scopes] = None
        for name, arguments in _directives(thing):
            if name == "requiresScopes":
                found[tuple(tuple(each) for each in arguments.get("scopes") or ())] = None
            elif name == "authenticated":
                found[((),)] = None
        return found


def _directives(thing: GraphQLNamedType | GraphQLField) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the directives of a type or a field, with their arguments as plain values."""
    for node in (thing.ast_node, *(getattr(thing, "extension_ast_nodes", None) or ())):
        for each in getattr(node, "directives", None) or ():
            yield each.name.value, {one.name.value: value_from_ast_untyped(one.value) for one in each.arguments or ()}


def _weight_of(thing: GraphQLNamedType | GraphQLField) -> int | None:
    for name, arguments in _directives(thing):
        if name == "cost":
            try:
                return max(0, math.ceil(float(arguments.get("weight", arguments.get("complexity")))))
            except (TypeError, ValueError, OverflowError):
                return None
    return None


def _list_size(field: GraphQLField) -> ListSize:
    for name, arguments in _directives(field):
        if name == "listSize":
            assumed = arguments.get("assumedSize")
            return ListSize(
                arguments=tuple(map(str, arguments.get("slicingArguments") or ())),
                assumed=assumed if isinstance(assumed, int) else None,
                fields=tuple(map(str, arguments.get("sizedFields") or ())),
            )
    return ListSize()


def _default(argument: GraphQLArgument) -> int | None:
    """Return the number that an argument has if a client gives none."""
    default = argument.default
    if default is None:
        return None
    value = value_from_ast_untyped(default.literal) if default.literal is not None else default.value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _lists(field: GraphQLField) -> int:
    """Return how many lists stand within each other in the type of *field*."""
    count, kind = 0, field.type
    while is_list_type(kind) or is_non_null_type(kind):
        count += is_list_type(kind)
        kind = kind.of_type
    return count
