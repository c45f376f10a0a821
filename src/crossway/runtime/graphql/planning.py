"""An operation, ready to be executed: what is taken out of each answer, and what is asked for with it.

A field tells its value by itself where the answer of a service has it: then it is *completed*, without waiting. A field
that calls a service is put on the list of what is `Waiting`, and its place stays null until then. So everything that
waits after an answer was completed is known at once, and objects that ask for the same are asked for together.

Law: what comes out is what the specification says (GraphQL, September 2025, section 6), held to graphql-core's own
execution by tests. Completing is plain functions inside each other, made once for each operation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from crossway.model.graphql_plan import Field
from crossway.runtime.graphql.schema import EXACT, Schema

Place: TypeAlias = "tuple[Place, str | int] | None"
"""Where a value stands in the answer: its last step, behind the place before that."""
Object: TypeAlias = "dict[str, object]"


class FieldError(Exception):
    """A field has no value; the error reaches the nearest place that may be null."""

    def __init__(self, message: str, place: Place, code: str = "", **more: object) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.extensions: dict[str, object] = {"code": code, **more} if code else {}

    def told(self) -> dict[str, object]:
        """Return the error as clients get it."""
        told: dict[str, object] = {"message": self.message, "path": path(self.place)}
        return {**told, "extensions": self.extensions} if self.extensions else told


def path(place: Place) -> list[str | int]:
    """Return the steps to *place*."""
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return steps[::-1]


class Progress(Protocol):
    """What is known while an operation is executed."""

    waiting: list[Waiting]

    def fail(self, error: FieldError) -> None:
        """Take note of an error whose place is null."""


Complete = Callable[[object, Place, Progress], object]
"""Returns what clients get of a value; raises `FieldError` where it may not be null."""


@dataclass(slots=True, eq=False)
class Asked:
    """A field that calls a service."""

    name: str
    """What it is called in the answer."""
    field: Field
    arguments: Callable[[VariableValues], dict[str, object]]
    """Returns those that the client gives."""
    complete: Complete
    """Completes a value that is not null; whoever asks for one takes the error."""
    is_last: bool
    """Whether nothing waits for its answer."""
    copies: int
    """How often one value of its answer may stand in what clients get."""


Waiting: TypeAlias = "tuple[Asked, Object, Object, Place]"
"""A field, the object of the service that it belongs to, where its value goes, and the place of that."""


@dataclass(slots=True)
class Planned:
    """An operation, ready to be executed."""

    is_mutation: bool
    names: tuple[str, ...]
    """The fields of the answer, in their order."""
    asked: tuple[Asked, ...]
    typename: str
    typenames: frozenset[str]
    """Fields that are the name of the root type."""
    introspection: frozenset[str]
    """Fields that ask for the schema."""


def plan(
    schema: Schema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    variables: VariableValues,
) -> Planned:
    """Return the plan of a valid *operation*. Of the *variables* it depends on those in `@skip` and `@include`.

    Raises `GraphQLError` for fields with one name that are different.
    """
    root = schema.graph.get_root_type(operation.operation)
    assert root is not None
    planning = _Planning(schema, fragments, variables)
    fields = planning.collect(root, [operation.selection_set])
    asked: list[Asked] = []
    typenames: set[str] = set()
    introspection: set[str] = set()
    for name, nodes in fields.items():
        word = nodes[0].name.value
        if word == "__typename":
            typenames.add(name)
        elif word.startswith("__"):
            introspection.add(name)
        else:
            asked.append(planning.asked(root, name, nodes))
    return Planned(
        operation.operation.value == "mutation",
        tuple(fields),
        tuple(asked),
        root.name,
        frozenset(typenames),
        frozenset(introspection),
    )


@dataclass(slots=True)
class _Made:
    """A way to complete values, and what it amounts to."""

    complete: Complete
    is_last: bool = True
    copies: int = 1


class _Never:
    """The type of no value."""


@dataclass(slots=True)
class _Planning:
    schema: Schema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    _known: dict[tuple[str, tuple[int, ...]], _Made] = field(default_factory=dict)

    # What is selected (section 6.3.2, CollectFields).

    def collect(self, type_: GraphQLObjectType, selections: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Return the fields that are selected of *type_*, by their names in the answer.

        Raises `GraphQLError` for different ones with the same name (section 5.3.2).
        """
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for one in selections:
            for node in self._fields(type_, one, seen):
                nodes = found.setdefault((node.alias or node.name).value, [])
                if nodes and not _is_same(nodes[0], node):
                    name = (node.alias or node.name).value
                    raise GraphQLError(f"Fields '{name}' conflict: they are different fields, or have other arguments.")
                nodes.append(node)
        return found

    def _fields(self, type_: GraphQLObjectType, selections: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for node in selections.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            if fragment.type_condition is None or self._applies(type_, fragment.type_condition.name.value):
                yield from self._fields(type_, fragment.selection_set, seen)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        if condition == type_.name:
            return True
        other = self.schema.graph.type_map[condition]
        return isinstance(other, GraphQLInterfaceType | GraphQLUnionType) and self.schema.graph.is_sub_type(
            other, type_
        )

    def _is_included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    # How it is found.

    def asked(self, owner: GraphQLObjectType, name: str, nodes: list[FieldNode]) -> Asked:
        """Return a field that calls a service."""
        definition = owner.fields[nodes[0].name.value]
        made = self._made(definition.type, f"{owner.name}.{nodes[0].name.value}", nodes, bare=True)
        special = self.schema.field(owner.name, nodes[0].name.value)
        return Asked(name, special, _arguments(definition, nodes[0]), made.complete, made.is_last, made.copies)

    def _made(self, type_: GraphQLOutputType, where: str, nodes: list[FieldNode], *, bare: bool = False) -> _Made:
        """Return how a value of *type_* is completed, which is that of the field *where*.

        What is *bare* is given no null, and its errors are taken by whoever gives it values.
        """
        required = isinstance(type_, GraphQLNonNull)
        inner: GraphQLOutputType = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            item = self._made(inner.of_type, where, nodes)
            complete = _list(item.complete, where)
            return _Made(complete if bare else _nullable(complete, where, required), item.is_last, item.copies)
        if is_leaf_type(inner):
            return _Made(_leaf(self.schema, inner, where, required))
        if isinstance(inner, GraphQLObjectType):
            made = self._object(inner, nodes)
        else:
            assert isinstance(inner, GraphQLInterfaceType | GraphQLUnionType)
            made = self._abstract(inner, nodes, where)
        return made if bare else _Made(_nullable(made.complete, where, required), made.is_last, made.copies)

    def _abstract(self, type_: GraphQLAbstractType, nodes: list[FieldNode], where: str) -> _Made:
        choose = self.schema.chooser(type_.name)
        made = {one.name: self._object(one, nodes) for one in self.schema.graph.get_possible_types(type_)}
        completes = {name: one.complete for name, one in made.items()}

        def complete(value: object, place: Place, progress: Progress) -> object:
            name = choose(value) if type(value) is dict else None
            if name not in completes:
                raise FieldError(f"The service gave no object for {where} that is a {type_.name}.", place, MALFORMED)
            return completes[name](value, place, progress)

        is_last = all(one.is_last for one in made.values())
        return _Made(complete, is_last, max((one.copies for one in made.values()), default=1))

    def _object(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> _Made:
        key = (type_.name, tuple(map(id, nodes)))
        if (found := self._known.get(key)) is None:
            found = self._known[key] = self._new_object(type_, nodes)
        return found

    def _new_object(self, type_: GraphQLObjectType, nodes: list[FieldNode]) -> _Made:
        selections = [node.selection_set for node in nodes if node.selection_set is not None]
        fields: list[tuple[str, str, type, Complete]] = []
        waiting: list[Asked] = []
        copies: Counter[str] = Counter()
        is_last = True
        for name, its_nodes in self.collect(type_, selections).items():
            word = its_nodes[0].name.value
            special = self.schema.field(type_.name, word)
            if word == "__typename":
                fields.append((name, "", _Never, _constant(type_.name)))
            elif special.operation:
                waiting.append(self.asked(type_, name, its_nodes))
                fields.append((name, "", _Never, _constant(None)))
            else:
                definition = type_.fields[word]
                made = self._made(definition.type, f"{type_.name}.{word}", its_nodes)
                is_last = is_last and made.is_last
                copies[special.key or word] += made.copies
                fields.append((name, special.key or word, _exact(definition.type), made.complete))
        complete = _object(type_.name, tuple(fields), tuple(waiting))
        return _Made(complete, is_last and not waiting, max(copies.values(), default=1))


def _is_same(one: FieldNode, other: FieldNode) -> bool:
    return one.name.value == other.name.value and _said(one) == _said(other)


def _said(node: FieldNode) -> dict[str, ValueNode]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


MALFORMED: Final = "DOWNSTREAM_SERVICE_MALFORMED"


def _constant(value: object) -> Complete:
    return lambda _, __, ___: value


def _exact(type_: GraphQLOutputType) -> type:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    return EXACT.get(getattr(inner, "name", ""), _Never)


def _object(name: str, fields: tuple[tuple[str, str, type, Complete], ...], waiting: tuple[Asked, ...]) -> Complete:
    def complete(value: object, place: Place, progress: Progress) -> object:
        if type(value) is not dict:
            raise FieldError(f"The service gave no object where {name} has to be.", place, MALFORMED)
        made: Object = {}
        for word, key, exact, inner in fields:
            item = value.get(key)
            made[word] = item if type(item) is exact else inner(item, (place, word), progress)
        for asked in waiting:
            progress.waiting.append((asked, value, made, place))
        return made

    return complete


def _list(inner: Complete, where: str) -> Complete:
    def complete(value: object, place: Place, progress: Progress) -> object:
        if type(value) is not list:
            raise FieldError(f"The service gave no list for {where}.", place, MALFORMED)
        return [inner(item, (place, index), progress) for index, item in enumerate(value)]

    return complete


def _nullable(inner: Complete, where: str, required: bool) -> Complete:
    if required:

        def complete(value: object, place: Place, progress: Progress) -> object:
            if value is None:
                raise _missing(where, place)
            return inner(value, place, progress)

        return complete

    def attempt(value: object, place: Place, progress: Progress) -> object:
        if value is None:
            return None
        mark = len(progress.waiting)
        try:
            return inner(value, place, progress)
        except FieldError as error:
            del progress.waiting[mark:]
            progress.fail(error)
            return None

    return attempt


def _leaf(schema: Schema, type_: GraphQLLeafType, where: str, required: bool) -> Complete:
    serialize = schema.serialize(type_)

    def complete(value: object, place: Place, progress: Progress) -> object:
        if value is None:
            if required:
                raise _missing(where, place)
            return None
        try:
            return serialize(value)
        except GraphQLError:
            error = FieldError(f"The service gave no {type_.name} for {where}.", place, MALFORMED)
        if required:
            raise error
        progress.fail(error)
        return None

    return complete


def _missing(where: str, place: Place) -> FieldError:
    return FieldError(f"Cannot return null for non-nullable field {where}.", place, MALFORMED)


def _arguments(definition: GraphQLField, node: FieldNode) -> Callable[[VariableValues], dict[str, object]]:
    """Return what gives the arguments of a field. They are read once where they have no variables."""
    if not definition.args:
        return lambda _: {}
    if not any(_has_variable(argument.value) for argument in node.arguments or ()):
        constant = get_argument_values(definition, node)
        return lambda _: constant
    return lambda variables: get_argument_values(definition, node, variables)


def _has_variable(node: object) -> bool:
    if isinstance(node, VariableNode):
        return True
    inner = getattr(node, "values", None) or [one.value for one in getattr(node, "fields", None) or ()]
    return any(map(_has_variable, inner))
