"""What an operation costs: 1 for each object that it may return, unless the schema or the settings say otherwise.

The cost of a field is its own, and as often as it has items that of its type and of what is asked of each. This is the
type cost of IBM's specification with that of fields added, without the weights of arguments.
https://ibm.github.io/graphql-specs/cost-spec.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from graphql.language import (
    ConstValueNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from crossway.model.graphql_limits import FieldOutline, Outline
from crossway.runtime.graphql.documents import Document
from crossway.runtime.graphql.measure import root

Sizes = tuple[tuple[str, int], ...]
"""How long lists are of which an argument further outside has told."""
_NUMBER: Final = re.compile(r"\s*(-?)[0-9]+\s*")
_DIGITS: Final = 12
"""Longer numbers are no lengths of lists."""


def cost(document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any], outline: Outline) -> int:
    """Return the cost of an *operation* that `measure` has found to fit the *outline*."""
    return _Counting(document, operation, variables, outline).total()


class _Counting:
    def __init__(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any], outline: Outline
    ) -> None:
        self._document, self._operation, self._variables, self._outline = document, operation, variables, outline
        self._defaults: Mapping[str, ConstValueNode | None] = {
            each.variable.name.value: each.default_value for each in operation.variable_definitions or ()
        }
        self._known: dict[tuple[str, Sizes], int] = {}

    def total(self) -> int:
        return self._selections(self._operation.selection_set, root(self._operation, self._outline), ())

    def _selections(self, selections: SelectionSetNode, type_name: str, sizes: Sizes) -> int:
        total = 0
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total += self._field(node, type_name, sizes)
            elif isinstance(node, FragmentSpreadNode):
                total += self._fragment(node.name.value, sizes)
            elif isinstance(node, InlineFragmentNode):
                inner = type_name if node.type_condition is None else node.type_condition.name.value
                total += self._selections(node.selection_set, inner, sizes)
        return total

    def _fragment(self, name: str, sizes: Sizes) -> int:
        found = self._known.get((name, sizes))
        if found is None:
            fragment = self._document.fragments[name]
            found = self._selections(fragment.selection_set, fragment.type_condition.name.value, sizes)
            self._known[name, sizes] = found
        return found

    def _field(self, node: FieldNode, type_name: str, sizes: Sizes) -> int:
        field = self._outline.types[type_name].fields.get(node.name.value) if type_name in self._outline.types else None
        if field is None:  # introspection, which has bounds of its own
            return 0
        if not field.type or node.selection_set is None:
            return field.cost
        asked = self._length(node, field)
        inner: Sizes = ()
        length = 1
        if field.sized:
            inner = tuple((name, field.length if asked is None else asked) for name in field.sized)
        else:
            told = asked if asked is not None else dict(sizes).get(node.name.value)
            length = told if told is not None else field.length or 1
        each = self._outline.types[field.type].cost + self._selections(node.selection_set, field.type, inner)
        return field.cost + length * each

    def _length(self, node: FieldNode, field: FieldOutline) -> int | None:
        """Return how many items the client asks for; `None` if it does not say that."""
        paths = [path.split(".") for path in field.arguments]
        given = [
            self._number(argument.value, keys)
            for name, *keys in paths
            for argument in node.arguments or ()
            if argument.name.value == name
        ]
        return max((number for number in given if number is not None), default=None)

    def _number(self, value: ValueNode | None, keys: list[str]) -> int | None:
        """Return the number that *value* has, or that *keys* lead to in it."""
        for place, key in enumerate(keys):
            if isinstance(value, VariableNode):
                return self._variable(value.name.value, keys[place:])
            if not isinstance(value, ObjectValueNode):
                return None
            value = next((one.value for one in value.fields if one.name.value == key), None)
        return self._variable(value.name.value, []) if isinstance(value, VariableNode) else _of_node(value)

    def _variable(self, name: str, path: list[str]) -> int | None:
        if name not in self._variables:
            return self._number(self._defaults.get(name), path)
        value = self._variables[name]
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return _of_json(value)


def _of_node(node: ValueNode | None) -> int | None:
    return _of_json(node.value) if isinstance(node, IntValueNode | StringValueNode) else None


def _of_json(value: object) -> int | None:
    """Return the length that *value* means: servers take `3`, and some of them `3.0` and `"3"` as well."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return max(0, int(value)) if abs(value) < 10**_DIGITS else 10**_DIGITS
    if isinstance(value, str) and (digits := _NUMBER.fullmatch(value)):
        return 0 if digits[1] else int(value) if len(value) <= _DIGITS else 10**_DIGITS
    return None
