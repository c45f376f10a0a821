"""What the runtime has to know of a GraphQL schema over services: worked out by the compiler, and read from JSON.

Law: a field that calls a service can be null. So what fails at one service leaves everything beside it as it is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Raw, Struct

Words: TypeAlias = "tuple[str, ...]"
"""The keys that lead to a value within an object."""
Style: TypeAlias = Literal["form", "comma", "space", "pipe", "deep", "json"]
"""How a list or an object is written as text (OpenAPI 3.1, style values): `form` repeats the parameter."""


class Parameter(Struct, frozen=True, omit_defaults=True):
    """Where an argument goes in a request."""

    argument: str
    name: str
    place: Literal["path", "query", "header"]
    style: Style = "form"


class Operation(Struct, frozen=True, omit_defaults=True):
    """One thing that a service can be asked for."""

    source: str
    """What people call the source."""
    service: str
    """The cluster of its service."""
    method: str
    path: str
    """With the names of path parameters in braces."""
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    """The argument that is the body, as JSON."""
    is_empty: bool = False
    """Whether the answer says nothing but that it was done, which is `true`."""
    is_text: bool = False
    """Whether the answer is text, and not JSON."""
    is_safe: bool = False
    """Whether it only reads, so that calls that are alike need not be made twice."""
    descriptors: str = ""
    """For a call in gRPC: the digest of what describes its messages, in `Plan.descriptors`. Parameters are the fields
    of the message then."""


class Link(Struct, frozen=True, omit_defaults=True):
    """How a field finds what belongs to the object that it is in."""

    arguments: dict[str, Words]
    """The arguments that come from this object."""
    items: Words = ()
    """Where what is wanted stands in the answer."""
    batch: str = ""
    """The argument that takes the keys of many objects at once; without it there is a call for each of them."""
    key: Words = ()
    """Where its key stands in each item of the answer to a batch."""
    is_list: bool = False
    """Whether the field has all items with the key, and not the first one."""
    size: int = 100
    """How many keys one call has."""


class Field(Struct, frozen=True, omit_defaults=True):
    """What is special about a field; most have their value under their own name."""

    key: str = ""
    """The key of the value in what a service answers, where that is not the name of the field."""
    operation: str = ""
    """What is called for it, by its name in `Plan.operations`."""
    link: Link | None = None


class Choice(Struct, frozen=True, omit_defaults=True):
    """How the type of an object is found where there are several (interfaces and unions)."""

    key: str = ""
    """The key whose value says it."""
    types: dict[str, str] = {}
    """The types, by this value."""
    shapes: tuple[tuple[str, Words], ...] = ()
    """Without such a key: types, with the keys that their objects must have, the first that fits."""


class Plan(Struct, frozen=True, omit_defaults=True):
    """A schema, and how each of its fields is found."""

    sdl: str
    """The schema, in the words of GraphQL."""
    operations: dict[str, Operation]
    fields: dict[str, dict[str, Field]]
    """By type and name."""
    inputs: dict[str, dict[str, str]] = {}
    """The keys of fields of input types, where those are not their names."""
    enums: dict[str, dict[str, str]] = {}
    """What the values of enums are for services, where that is not their names."""
    choices: dict[str, Choice] = {}
    """By interface and union."""
    descriptors: dict[str, str] = {}
    """Descriptor sets in base64, for gRPC."""


class Settings(Struct, frozen=True, omit_defaults=True):
    """Everything that the runtime is told of a route that answers GraphQL."""

    plan: Plan
    limits: Raw
    """The `Limits` of operations."""
    outline: Raw
    """The `Outline` of the schema that they need; `null` where they need none."""
    forward: tuple[str, ...]
    timeout: float
    """In seconds."""
    parallel: int
    max_calls: int
    max_body: int
    max_request: int
    max_batch: int
