"""A schema at work: the types of graphql-core, with what services call their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
)

from crossway.model.graphql_plan import Choice, Field, Plan

Serialize = Callable[[object], object]
"""Returns a value as clients get it; `GraphQLError` if it is none of its type."""

EXACT: Final[Mapping[str, type]] = {
    "String": str,
    "ID": str,
    "Boolean": bool,
    "Float": float,
    "DateTime": str,
    "Date": str,
}
"""The types of Python whose values are good as they are."""
_PLAIN: Final = Field()


class Schema:
    """The schema of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.graph: GraphQLSchema = build_schema(plan.sdl, assume_valid=True, assume_valid_sdl=True, no_location=True)
        self._fields = plan.fields
        self._choices = plan.choices
        self._serialize: dict[str, Serialize] = {}
        types = self.graph.type_map
        for name, keys in plan.inputs.items():
            given = types[name]
            assert isinstance(given, GraphQLInputObjectType)
            for field, key in keys.items():
                given.fields[field].out_name = key
        for name, values in plan.enums.items():
            enum = types[name]
            assert isinstance(enum, GraphQLEnumType)
            for word, value in values.items():
                enum.values[word].value = value
        if isinstance(scalar := types.get("BigInt"), GraphQLScalarType):
            scalar.coerce_input_value = _big_int

    def field(self, owner: str, name: str) -> Field:
        """Return what is special about a field."""
        return self._fields.get(owner, {}).get(name, _PLAIN)

    def serialize(self, type_: GraphQLLeafType) -> Serialize:
        """Return what makes values of *type_* out of those of services."""
        if isinstance(type_, GraphQLEnumType):
            return _of_enum(type_)
        return _SERIALIZE.get(type_.name, type_.serialize)

    def chooser(self, abstract: str) -> Callable[[Mapping[str, object]], str | None]:
        """Return what says which type an object has, behind the interface or union *abstract*."""
        choice: Choice = self._choices[abstract]
        if choice.key:
            key, types = choice.key, choice.types

            def by_key(value: Mapping[str, object]) -> str | None:
                said = value.get(key)
                return types.get(said) if isinstance(said, str) else None

            return by_key

        def by_shape(value: Mapping[str, object]) -> str | None:
            return next((name for name, keys in choice.shapes if all(key in value for key in keys)), None)

        return by_shape


def _of_enum(type_: GraphQLEnumType) -> Serialize:
    names = {value.value: name for name, value in type_.values.items()}

    def serialize(value: object) -> object:
        name = names.get(value) if isinstance(value, str) else None
        if name is None:
            raise GraphQLError(f'Enum "{type_.name}" cannot represent the value that the service gave.')
        return name

    return serialize


def _big_int(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 400:
        return int(value)
    raise GraphQLError("BigInt is a whole number.")


def _text(value: object) -> object:
    if isinstance(value, str):
        return value
    raise GraphQLError("The service gave no text.")


_SERIALIZE: Final[Mapping[str, Serialize]] = {
    "BigInt": _big_int,
    "DateTime": _text,
    "Date": _text,
    "JSON": lambda value: value,
}
