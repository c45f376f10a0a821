"""What a person writes to protect a GraphQL backend, and what the runtime knows of its schema.

Most limits are about the text of a request alone. Costs and the authorization of fields need the schema of the backend:
of it the runtime is given an `Outline`, which has nothing but what they ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from crossway.model.definition import DefinitionName
from crossway.model.part import Part, Spec
from crossway.model.values import Duration, Size, parse_duration

_NAME: Final = r"[_A-Za-z][_0-9A-Za-z]*"
Name = Annotated[str, Field(pattern=f"^{_NAME}$")]
Coordinate = Annotated[str, Field(pattern=rf"^{_NAME}(\.{_NAME})?$")]
"""A type, `Employee`, or one of its fields, `Employee.salary`."""
FieldCoordinate = Annotated[str, Field(pattern=rf"^{_NAME}\.{_NAME}$")]
Weight = Annotated[int, Field(ge=0, le=10**6)]
Length = Annotated[int, Field(ge=0, le=10**6)]
Scope = Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]
"""A scope as tokens have them (RFC 6749, section 3.3), or the name of a consumer's group."""
OperationType = Literal["query", "mutation", "subscription"]


def _alternatives(value: object) -> object:
    if isinstance(value, str):
        return ((value,),)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return (tuple(value),)
    return value


Alternatives = Annotated[
    tuple[tuple[Scope, ...], ...],
    Field(min_length=1),
    BeforeValidator(_alternatives, json_schema_input_type=Scope | tuple[Scope, ...] | tuple[tuple[Scope, ...], ...]),
]
"""Scopes that are asked for: one, a list of which all are, or a list of such lists of which one will do."""


class ListSize(Part):
    """How many items the list of a field has."""

    arguments: tuple[Annotated[str, Field(pattern=rf"^{_NAME}(\.{_NAME})*$")], ...] = ()
    """The arguments that say how many the client asks for; `input.first` is one within an argument. Of several, the
    largest counts."""
    assumed: Length | None = None
    """How many there are, where no argument says it."""
    fields: tuple[Name, ...] = ()
    """Where the field gives no list itself: the fields of what it gives that are as long, such as `edges`."""


class Cost(Part):
    """What an operation may cost: 1 for each object that it may return, unless other weights are written.

    A list costs as many times as it may have items: what an argument such as `first` says, or else an assumed length.
    `@cost` and `@listSize` in the schema count too ([IBM's cost directives](https://ibm.github.io/graphql-specs/cost-spec.html));
    what stands here comes before them. Written `cost: 1000`, it is the limit alone.
    """

    limit: Annotated[int, Field(ge=0, le=10**9)]
    """The most that all operations of one request together may cost."""
    types: Mapping[Name, Weight] = Field(default_factory=dict)
    """What one object of a type costs, in place of 1."""
    fields: Mapping[FieldCoordinate, Weight] = Field(default_factory=dict)
    """What a field costs, beside its objects: 0 without a word about it. `{Query.search: 10}`"""
    lists: Mapping[FieldCoordinate, ListSize] = Field(default_factory=dict)
    """How long the lists of single fields are."""
    arguments: tuple[Name, ...] = ("first", "last", "limit")
    """The arguments that say how long a list is, of the fields that have them and about which nothing else is said. A
    field that has one and returns an object, as connections do, says it of the lists in that object."""
    assumed: Length = 10
    """How many items a list has about which nothing is known."""

    short_forms = ("limit",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"limit": value} if isinstance(value, int) else value


class Limits(Part):
    """What one operation may be. It is counted with its fragments in their places."""

    depth: Annotated[int, Field(ge=1, le=100)] = 15
    """How many fields may stand within each other. Introspection has a fixed bound of its own, 20, since the queries
    of tools are deeper than others; its lists may stand within each other twice."""
    aliases: Annotated[int, Field(ge=0, le=100_000)] = 30
    """How many fields may have an alias."""
    root_fields: Annotated[int, Field(ge=1, le=100_000)] = 20
    """How many fields the operation may ask for at its root: each may be one call of a resolver that is dear."""
    directives: Annotated[int, Field(ge=0, le=100_000)] = 50
    """How many directives there may be."""
    tokens: Annotated[int, Field(ge=1, le=100_000)] = 2000
    """How many tokens (names, braces, values ...) a document may have. To read one takes about 5 us of CPU."""
    introspection: Annotated[Literal["allow", "deny"] | Alternatives, Field(union_mode="left_to_right")] = "deny"
    """Who may ask for the schema itself, by `__schema`, `__type` or `_service`: everybody, nobody, or clients with
    these scopes."""
    operations: Annotated[tuple[OperationType, ...], Field(min_length=1)] = ("query", "mutation", "subscription")
    """Which operations there may be."""
    cost: Cost | None = None
    """What an operation may cost. This needs a `definition`."""
    fields: Mapping[Coordinate, Alternatives] = Field(default_factory=dict)
    """The scopes that a client needs for a field, or for any field of a type: `{Query.salaries: hr:read,
    Employee: [staff]}`. Of a list it needs all, of a list of lists all of one. `@requiresScopes` and `@authenticated`
    in the schema hold as well. What a client asks for through an interface or a union needs the scopes of all types
    that may stand behind it. This needs a `definition`."""


Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Trusted(Part):
    """Documents that are known beforehand."""

    documents: Mapping[Annotated[str, Field(pattern="^[-_:.~0-9A-Za-z]{1,128}$")], str] = Field(default_factory=dict)
    """Documents by the name that clients send for them (`documentId`)."""
    definition: DefinitionName | None = None
    """A definition with more of them: an object in JSON, of names or hashes to documents, as build tools of clients
    write it; or a document in GraphQL, whose operations are known by their names."""


class AutomaticPersisted(Part):
    """Automatic persisted queries: a client sends the hash alone, and the document only if it is not known."""

    lifetime: Annotated[Duration, Field(gt=timedelta())] = parse_duration("1d")
    """How long a document is kept after it was sent: in the memory of the proxy, or in the Redis that proxies share."""


class PersistedDocuments(Part):
    """Documents that clients name in place of sending them."""

    trusted: Trusted | None = None
    """Documents that are known beforehand."""
    only: bool = False
    """Whether there are no others: a document that a client sends must then be one of those that are trusted, letter
    by letter, and automatic persisted queries are off."""
    automatic: AutomaticPersisted | None = None
    """Let clients register documents by their SHA-256 hash, as Apollo's clients do."""

    @model_validator(mode="after")
    def _fits(self) -> PersistedDocuments:
        if self.only and self.trusted is None:
            raise ValueError("only is about trusted documents, and there are none")
        if self.only and self.automatic is not None:
            raise ValueError("either only trusted documents pass, or clients register their own (automatic)")
        return self


class GraphqlLimits(Limits, Spec):
    """Protect a GraphQL backend: what is within the limits reaches it unchanged, all else is answered here.

    The route leads to the backend, over HTTP (GraphQL over HTTP, with `application/json`), over SSE and over WebSockets
    (`graphql-transport-ws`). Each operation is looked at, also each that is subscribed to on a connection that is open.
    A request that cannot be read without doubt is refused: with keys or parameters that stand there twice, an operation
    that is not named among several, a `query` in the URL of a POST.
    """

    definition: DefinitionName | None = None
    """The schema of the backend (SDL). With it, fields that are not in the schema are refused, and costs and scopes of
    fields are known."""
    batch: Annotated[int, Field(ge=1, le=10_000)] = 1
    """How many operations one request may have. More than one is a list of them, which few backends take."""
    max_body: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 100 * 2**10
    """The largest body of a request, and the largest message on a WebSocket."""
    max_variables: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 64 * 2**10
    """The most that the variables of one operation may have, in JSON."""
    get: Literal["preflight", "allow", "deny"] = "preflight"
    """Whether queries may come with GET, in the URL; mutations never may. With `preflight` such a request needs a
    header that pages of other sites cannot send without asking, so that they cannot ask in the name of a user:
    `content-type` of JSON, `graphql-require-preflight`, `apollo-require-preflight` or `x-apollo-operation-name`. A
    browser's `EventSource` sends none of them, and needs `allow`."""
    persisted: PersistedDocuments = PersistedDocuments()
    """Documents that clients name in place of sending them."""
    subscriptions: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many operations may be under way at once on one WebSocket."""


class FieldOutline(NamedTuple):
    """A field, as costs and authorization see it."""

    type: str = ""
    """The type of its objects; empty for one that has only values."""
    cost: int = 0
    length: int = 0
    """How many items it has, if no argument says it; 0 for one that is no list."""
    arguments: tuple[str, ...] = ()
    """The arguments that say it."""
    sized: tuple[str, ...] = ()
    """The fields of its objects that they say it of, in place of the field itself."""
    guards: tuple[int, ...] = ()
    """What is asked of a client: all of these places in `Outline.guards`."""


class TypeOutline(NamedTuple):
    """An object, interface or union."""

    cost: int = 1
    fields: Mapping[str, FieldOutline] = {}


class Outline(Part):
    """What the runtime knows of a schema."""

    roots: Mapping[str, str]
    """The type at the root of each operation."""
    types: Mapping[str, TypeOutline]
    guards: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Scopes, as `Alternatives`; a client without any of them may have an empty one if it is known at all."""


class Limited(Part):
    """What the runtime has to know of a route with limits."""

    limits: GraphqlLimits
    outline: Outline | None = None
    trusted: Mapping[str, str] = Field(default_factory=dict)
    """The trusted documents, by their names and hashes."""


__all__ = [
    "Alternatives",
    "AutomaticPersisted",
    "Coordinate",
    "Cost",
    "FieldOutline",
    "GraphqlLimits",
    "Limited",
    "Limits",
    "ListSize",
    "Outline",
    "PersistedDocuments",
    "Trusted",
    "TypeOutline",
]
