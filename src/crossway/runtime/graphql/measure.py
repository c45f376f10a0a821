"""What an operation is: how deep, with how many aliases, and what it asks of the client.

Law: fragments count in their places, each as often as it stands there, and are looked at once. So the work is linear in
the document, however much it would ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from crossway.model.graphql_limits import Outline
from crossway.runtime.graphql.documents import INVALID, Document
from crossway.runtime.graphql.refusal import Refused

INTROSPECTION: Final = frozenset({"__schema", "__type", "_service"})
"""The fields that tell the schema; `_service` is that of a subgraph (Apollo Federation)."""
INTROSPECTION_DEPTH: Final = 20
INTROSPECTION_LISTS: Final = 2
"""How often lists of the schema may stand within each other: a schema refers to itself everywhere."""
_LISTS: Final = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})


class Measure(NamedTuple):
    """What there is of something in a part of an operation."""

    depth: int = 0
    root_fields: int = 0
    aliases: int = 0
    directives: int = 0
    lists: int = 0
    """How often lists of the schema stand within each other, if this is introspection."""
    introspects: bool = False
    guards: Mapping[int, str] = {}
    """What is asked of the client: places in `Outline.guards`, and the field that asks first."""


def measure(document: Document, operation: OperationDefinitionNode, outline: Outline | None) -> Measure:
    """Return what *operation* is; `Refused` for what cannot be executed, as far as that is seen here."""
    key = ("measure", operation.name.value if operation.name else "")
    found = document.kept.get(key)
    if not isinstance(found, Measure):
        try:
            found = _Measuring(document.fragments, outline).operation(operation)
        except RecursionError:
            raise Refused("MAX_DEPTH_LIMIT", "The fragments of the document are nested too deeply.") from None
        document.kept[key] = found
    return found


def root(operation: OperationDefinitionNode, outline: Outline) -> str:
    """Return the type at the root of *operation*; `Refused` if the schema has none."""
    kind = operation.operation.value
    if kind not in outline.roots:
        raise Refused(INVALID, f"The schema has no {kind}.")
    return outline.roots[kind]


class _Measuring:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], outline: Outline | None) -> None:
        self._fragments, self._outline = fragments, outline
        self._known: dict[str, Measure | None] = {}
        """What is known of fragments; `None` of one that is being looked at."""

    def operation(self, node: OperationDefinitionNode) -> Measure:
        inside = self._selections(node.selection_set, root(node, self._outline) if self._outline else None)
        return inside._replace(directives=inside.directives + len(node.directives or ()))

    def _selections(self, selections: SelectionSetNode, type_name: str | None) -> Measure:
        """Return what *selections* are of an object of the type *type_name*; `None` is one that is not known."""
        parts = [self._selection(selection, type_name) for selection in selections.selections]
        guards: dict[int, str] = {}
        for part in parts:
            guards |= part.guards
        return Measure(
            max(part.depth for part in parts),
            sum(part.root_fields for part in parts),
            sum(part.aliases for part in parts),
            sum(part.directives for part in parts),
            max(part.lists for part in parts),
            any(part.introspects for part in parts),
            guards,
        )

    def _selection(self, node: SelectionNode, type_name: str | None) -> Measure:
        directives = len(node.directives or ())
        if isinstance(node, FieldNode):
            inside = self._field(node, type_name)
        elif isinstance(node, FragmentSpreadNode):
            inside = self._fragment(node.name.value)
        else:
            assert isinstance(node, InlineFragmentNode), f"a selection is none of {type(node)}"
            condition = node.type_condition
            inner = type_name if condition is None else self._condition(condition.name.value)
            inside = self._selections(node.selection_set, inner)
        return inside._replace(directives=inside.directives + directives) if directives else inside

    def _fragment(self, name: str) -> Measure:
        if name in self._known:
            known = self._known[name]
            if known is None:
                raise Refused(INVALID, f"The fragment {name!r} is part of itself.")
            return known
        fragment = self._fragments.get(name)
        if fragment is None:
            raise Refused(INVALID, f"The document has no fragment {name[:100]!r}.")
        self._known[name] = None
        inside = self._selections(fragment.selection_set, self._condition(fragment.type_condition.name.value))
        directives = inside.directives + len(fragment.directives or ())
        found = self._known[name] = inside._replace(directives=directives)
        return found

    def _condition(self, type_name: str) -> str | None:
        if self._outline is None or type_name.startswith("__"):
            return None
        if type_name not in self._outline.types:
            raise Refused(INVALID, f"The schema has no type {type_name[:100]!r} with fields.")
        return type_name

    def _field(self, node: FieldNode, type_name: str | None) -> Measure:
        name = node.name.value
        introspects = name in INTROSPECTION
        guards: dict[int, str] = {}
        inner: str | None = None
        if self._outline is not None and type_name is not None and not name.startswith("__") and not introspects:
            field = self._outline.types[type_name].fields.get(name)
            if field is None:
                raise Refused(INVALID, f"{type_name} has no field {name[:100]!r}.")
            if (node.selection_set is None) is bool(field.type):
                has = "no fields to select" if field.type == "" else "fields, of which some have to be selected"
                raise Refused(INVALID, f"{type_name}.{name} has {has}.")
            guards = dict.fromkeys(field.guards, f"{type_name}.{name}")
            inner = field.type
        inside = Measure() if node.selection_set is None else self._selections(node.selection_set, inner)
        depth, lists = inside.depth, inside.lists + (name in _LISTS)
        if introspects:
            if depth >= INTROSPECTION_DEPTH or lists > INTROSPECTION_LISTS:
                raise Refused("MAX_DEPTH_LIMIT", "The introspection is nested too deeply.")
            depth = lists = 0
        return Measure(
            depth + 1,
            1,
            inside.aliases + (node.alias is not None),
            inside.directives,
            lists,
            introspects or inside.introspects,
            {**inside.guards, **guards},
        )
