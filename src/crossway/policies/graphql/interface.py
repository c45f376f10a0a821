"""What a definition says, in the words of GraphQL: types, and fields that call an operation.

Every definition is read into this, whatever it is written in, and the schema is made from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from crossway.model.graphql_plan import Choice, Link, Operation

MOST_TYPES: Final = 2_000
"""Types of one schema. A schema of this size is built in a second, and takes some 40 MB."""
MOST_FIELDS: Final = 20_000
"""Fields of all types together."""


class DefinitionError(Exception):
    """A definition says what cannot be a schema; the message is the end of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Type:
    """The type of a field or an argument: one with a name, or a list."""

    name: str = ""
    required: bool = True
    item: Type | None = None
    """What it is a list of."""

    @property
    def named(self) -> str:
        """The name of what it is, or is a list of."""
        return self.name if self.item is None else self.item.named

    def optional(self) -> Type:
        """Return the same, which may be null."""
        return replace(self, required=False)

    def renamed(self, names: dict[str, str]) -> Type:
        """Return the same with the new name that *names* has for it."""
        if self.item is not None:
            return replace(self, item=self.item.renamed(names))
        return replace(self, name=names.get(self.name, self.name))

    def __str__(self) -> str:
        text = self.name if self.item is None else f"[{self.item}]"
        return f"{text}!" if self.required else text


@dataclass(slots=True)
class FieldDef:
    """A field, and how its value is found."""

    type: Type
    key: str = ""
    """The key of its value in what a service answers, where that is not its name."""
    arguments: dict[str, Type] = field(default_factory=dict)
    operation: str = ""
    """What is called for it."""
    link: Link | None = None
    description: str = ""


@dataclass(slots=True)
class ObjectDef:
    """A type with fields, or an interface."""

    fields: dict[str, FieldDef]
    interfaces: tuple[str, ...] = ()
    choice: Choice | None = None
    """How an interface's types are told apart."""
    description: str = ""


@dataclass(slots=True)
class UnionDef:
    """One of several types with fields."""

    choice: Choice
    members: tuple[str, ...]
    description: str = ""


@dataclass(slots=True)
class EnumDef:
    """Texts that a value may be, by the names that they have in GraphQL."""

    values: dict[str, str]
    description: str = ""


@dataclass(slots=True)
class InputDef:
    """What clients may send."""

    fields: dict[str, tuple[Type, str]]
    """Type and key of each."""
    description: str = ""


@dataclass(slots=True)
class ScalarDef:
    """A value without parts."""

    description: str = ""


Def: TypeAlias = ObjectDef | UnionDef | EnumDef | InputDef | ScalarDef

BUILT_IN: Final = frozenset({"Int", "Float", "String", "Boolean", "ID"})
SCALARS: Final = {
    "JSON": "Any value of JSON.",
    "BigInt": "A whole number of any size.",
    "DateTime": "A point in time (RFC 3339), such as 2026-11-22T12:00:00Z.",
    "Date": "A day (RFC 3339), such as 2026-11-22.",
}
"""The scalars that definitions may lead to, beside those that are built in."""
ROOTS: Final = ("Query", "Mutation")


@dataclass(slots=True)
class Interface:
    """What one definition says, or all of them together."""

    types: dict[str, Def] = field(default_factory=dict)
    """Without `Query` and `Mutation`."""
    queries: dict[str, FieldDef] = field(default_factory=dict)
    mutations: dict[str, FieldDef] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    """The operations, by all that people may call them: `getCustomer`, `GET /customers/{id}`."""
    descriptors: dict[str, str] = field(default_factory=dict)

    def field_of(self, operation: str) -> FieldDef:
        """Return the field that calls *operation*."""
        return next(one for one in (*self.queries.values(), *self.mutations.values()) if one.operation == operation)


def identifier(text: str) -> str:
    """Return *text* as a name in GraphQL."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text)
    name = re.sub(r"^_{2,}", "_", name)
    return f"_{name}" if not name or name[0].isdigit() else name


def type_name(text: str) -> str:
    """Return *text* as the name of a type: `order-item` is `OrderItem`."""
    words = [word for word in re.split(r"[^A-Za-z0-9_]+", text) if word]
    return identifier("".join(word[0].upper() + word[1:] for word in words) or "Value")


def field_name(text: str) -> str:
    """Return *text* as the name of an operation: `List-orders` is `listOrders`."""
    name = type_name(text)
    return name[0].lower() + name[1:]


def unused(name: str, taken: Container[str]) -> str:
    """Return *name*, or with a number where it is *taken*."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
