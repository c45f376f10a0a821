"""GraphQL over services that speak REST or gRPC: what people write, and what the runtime is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import Field, model_validator

from crossway.model.call import Positive, SettableHeader
from crossway.model.definition import DefinitionName
from crossway.model.graphql_limits import Limits
from crossway.model.part import Part, ServiceName, Spec
from crossway.model.values import Size

_NAME: Final = "(_[A-Za-z0-9]|[A-Za-z])[A-Za-z0-9_]*"
GraphqlName = Annotated[str, Field(pattern=rf"^{_NAME}$", max_length=256)]
"""A name in GraphQL; those that begin with two underscores are its own."""
Place = Annotated[str, Field(pattern=rf"^{_NAME}(\.{_NAME})?$", max_length=512)]
"""A type, `Order`, or a field of it, `Order.total`."""
FieldPlace = Annotated[str, Field(pattern=rf"^{_NAME}\.{_NAME}$", max_length=512)]
Keys = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=512)]
"""Keys of JSON objects that lead to a value, `owner.id`."""


class GraphqlSource(Part):
    """A service whose operations become fields of the schema."""

    service: ServiceName
    """The service that is called; `namespace/name` for one elsewhere."""
    definition: DefinitionName
    """What it says of its interface: an OpenAPI 3 document, in YAML or JSON, or a protobuf descriptor set
    (`protoc --include_imports --descriptor_set_out`)."""
    base: Annotated[str, Field(pattern=r"^(/[^?#\s]*)?$")] | None = None
    """What stands in front of the paths of an OpenAPI document. Without it, the path of the first of its `servers`."""


class GraphqlLink(Part):
    """A field that joins a type to what a service knows of its objects.

    Arguments of the operation that the link does not give are arguments of the field.
    """

    source: str
    """The source that is asked, by its name here."""
    operation: str
    """The operation: its `operationId`, or the method and path that stand for one (`GET /customers/{id}`); in gRPC
    `package.Service/Method`, or only `Method` where no other is called so."""
    arguments: Annotated[Mapping[str, Keys], Field(min_length=1)]
    """Arguments of the operation, each with the key of its value in the object, as the service writes it:
    `{id: customerId}`, or `owner.id` for one within. An object without the value has `null` in this field."""
    many: Keys | None = None
    """Ask for all objects at once. The one argument is then given a list of the keys of all objects, each once, and
    this says where its key stands in each item of the answer: `id`. Without it, there is one call for each key, and
    calls that are alike are made once."""
    list: bool = False
    """Whether there are several items for an object: the field is then a list of all of them. Its key may be a list of
    keys as well. With `many` alone."""
    items: Keys | None = None
    """Where what is wanted stands in the answer, where that is not the answer itself: `data.items`."""
    size: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many keys one call with `many` has at most; with more, there are several calls. A query with 100 keys is
    some 3 kB long, which every server takes."""

    @model_validator(mode="after")
    def _fields_fit(self) -> GraphqlLink:
        if self.many is None and self.model_fields_set & {"list", "size"}:
            raise ValueError("list and size are for links with many")
        if self.many is not None and len(self.arguments) != 1:
            raise ValueError("a link with many has one argument, which is given the keys")
        return self


class Graphql(Spec):
    """Answer GraphQL with what services say that speak REST or gRPC: one schema over all of them.

    The schema is made from the services' own definitions. Schemas and messages become types. What only reads becomes a
    query: operations with GET, and methods of gRPC that say so (`google.api.http` with `get`, or `idempotency_level =
    NO_SIDE_EFFECTS`) or are called `Get...`, `List...`, `Search...`, `BatchGet...` or alike. Everything else becomes a
    mutation. Links join the types of different services. The route has no `to`. Calls go through the proxy like any
    request, so the policies of the services hold for them.

    Requests are answered as [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/) has it. A field
    that calls a service can always be null: where the call fails, `errors` says so, and everything else is there.
    """

    answers: ClassVar[bool] = True

    sources: Annotated[Mapping[GraphqlName, GraphqlSource], Field(min_length=1, max_length=100)]
    """The services, by name. Where two of them have a type of the same name, the one that stands first keeps it, and
    the name of the other begins with that of its source: `OrdersAddress`."""
    links: Mapping[FieldPlace, GraphqlLink] = Field(default_factory=dict)
    """Fields that join types, by type and name, such as `Order.customer`; types have their new names here. One with
    the name of a field that is there takes its place."""
    rename: Mapping[Place, GraphqlName] = Field(default_factory=dict)
    """Other names for types, `Customer_DTO: Customer`, and fields, `Query.getCustomer: customer`, by the names that
    they have from their definitions."""
    hide: tuple[Place, ...] = ()
    """Types and fields that clients do not see, such as `Order.note`, by their new names. With a type go all fields
    that have it. Links may use what is hidden."""
    limits: Limits = Limits()
    """What one operation may be."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that calls carry, such as `authorization`. Who the consumer is, the client's
    address, the trace, the request's id and `Accept-Language` are always passed on."""
    timeout: Positive = timedelta(seconds=15)
    """The time for everything. Fields that are not there by then are null."""
    parallel: Annotated[int, Field(ge=1, le=1000)] = 20
    """How many calls of one request run at once."""
    max_calls: Annotated[int, Field(ge=1, le=10_000)] = 100
    """How many calls one request may lead to. Fields that would need one more are null. A page rarely needs ten; a
    hundred is what a list of a hundred objects needs without `many`."""
    max_body: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 2**20
    """The largest body of one answer of a service. All answers of a request together are at most 16 MiB."""
    max_request: Annotated[Size, Field(ge=1, le=16 * 2**20)] = 256 * 2**10
    """The largest body of a request. Documents are a few kilobytes long; variables may be more."""
    max_batch: Annotated[int, Field(ge=1, le=1000)] = 10
    """How many operations a request may hold, as a list."""
