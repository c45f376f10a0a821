"""REST endpoints over a GraphQL backend: what people write, and what the runtime is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal, NamedTuple

from pydantic import Field

from crossway.model.call import PathTemplate, Positive, SettableHeader, Text
from crossway.model.definition import DefinitionName
from crossway.model.endpoint import Endpoint, EndpointPath
from crossway.model.expression import Tree
from crossway.model.graphql_limits import Name
from crossway.model.part import Part, ServiceName, Spec
from crossway.model.path import EVERY_PATH, PathMatch
from crossway.model.values import Size

IN_URL: Final = frozenset({"GET", "HEAD", "DELETE"})
"""The methods whose variables stand in the URL."""
ErrorStatus = Annotated[int, Field(ge=400, le=599)]
ErrorCode = Annotated[str, Field(min_length=1, max_length=200)]


class GraphqlEndpoint(Endpoint):
    """What clients call over HTTP, and the operation that answers.

    Expressions see `path` (the variables of the path), `query`, `headers`, `body` (parsed if it is JSON), `method` and
    `consumer` (`name`, `groups`) of the request; in `answer` they see `data` and `errors` as well.
    """

    query: Annotated[str, Field(min_length=1, max_length=65_536)]
    """The document in GraphQL: `query($id: ID!) { order(id: $id) { total } }`. It is checked against the schema."""
    operation: Name | None = None
    """Which of its operations is meant, if there are several."""
    variables: Mapping[Name, Tree] = Field(default_factory=dict)
    """The variables of the operation, each an expression or an object or a list with expressions. One that is not here
    has what the client gives under its name: in the path, else in the query with GET, HEAD and DELETE, else in the
    body. What is text becomes what the type of the variable asks for; what is not there is left out."""
    answer: Tree = None
    """What the client is given. Without it, the field at the root of the operation, if there is one; an object with all
    of them, if there are several. Where that one field is null, the client gets 404."""


class GraphqlBackend(Spec):
    """Give a backend that speaks GraphQL a REST API: each endpoint is one operation.

    Documents are checked against the schema when the configuration is loaded. Errors of the backend become problems
    (RFC 9457) with `errors`: the status is that of the first code in `extensions` that has one, 502 without such a one.
    """

    answers: ClassVar[bool] = True

    service: ServiceName
    """The service that is called; `namespace/name` for one elsewhere."""
    path: PathTemplate = "/graphql"
    """The path at which it is called."""
    definition: DefinitionName
    """The schema of the backend: its SDL, or the answer to an introspection, in JSON."""
    headers: Mapping[SettableHeader, Text] = Field(default_factory=dict)
    """Headers of each call, by name, with expressions in braces. One whose expression gives nothing is left out."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the
    client's address, the trace, the request's id and `Accept-Language` are always passed on."""
    endpoints: Annotated[
        Mapping[Annotated[str, Field(min_length=1, max_length=200)], GraphqlEndpoint],
        Field(min_length=1, max_length=1000),
    ]
    """What clients can call, by a name."""
    errors: Annotated[Mapping[ErrorCode, ErrorStatus], Field(max_length=1000)] = Field(default_factory=dict)
    """The status for codes of the backend's errors (`extensions.code`): `{OUT_OF_STOCK: 409}`. Known without it are
    `UNAUTHENTICATED` (401), `FORBIDDEN` (403), `NOT_FOUND` (404), `BAD_USER_INPUT` (400), `CONFLICT` (409),
    `TOO_MANY_REQUESTS` and `RATE_LIMITED` (429), `SERVICE_UNAVAILABLE` (503) and `TIMEOUT` (504)."""
    partial: bool = False
    """Whether an answer with errors is good if it has data as well: what failed is null in it. Otherwise every error
    makes the whole answer one."""
    openapi: EndpointPath | None = None
    """Where the OpenAPI description of the endpoints can be had with GET, below what the route matches:
    `/openapi.json`. Nowhere without it."""
    timeout: Positive = timedelta(seconds=15)
    """The time for a call with its whole answer."""
    max_body: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 2**20
    """How many bytes a request may have, and each answer of the backend."""


class Variable(NamedTuple):
    """A variable of an operation."""

    name: str
    type: Literal["Int", "Float", "Boolean", "text", "other"]
    """What a text becomes; that of `other` types stays as it is."""
    is_list: bool
    is_required: bool


class BackendOperation(Part):
    """What the runtime has to know of an endpoint, beside what was written."""

    variables: tuple[Variable, ...] = ()
    only: str = ""
    """The key of the only field at the root, if there is one."""


class GraphqlCalls(Part):
    """What the runtime has to know of a GraphQL backend: its service is named as its cluster is."""

    backend: GraphqlBackend
    operations: Mapping[str, BackendOperation]
    """By the name of the endpoint."""
    below: PathMatch = EVERY_PATH
    """The path that the route matches."""
    openapi: str = ""
    """The description of the endpoints, in JSON."""


__all__ = ["IN_URL", "BackendOperation", "GraphqlBackend", "GraphqlCalls", "GraphqlEndpoint", "Variable"]
