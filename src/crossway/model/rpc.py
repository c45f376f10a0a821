"""What a person writes for bridges of gRPC, and what the runtime has to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from crossway.model.definition import DefinitionName
from crossway.model.operation import RpcName
from crossway.model.part import Part, Spec
from crossway.model.values import Size

ServiceFullName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=500)]
LargestMessage = Annotated[Size, Field(ge=1, le=64 * 2**20)]


class Connect(Spec):
    """Clients that speak Connect (https://connectrpc.com/docs/protocol), such as connect-web, call gRPC services.

    Both codecs work, JSON and protobuf, for methods with and without streams; methods that say that they change nothing
    (`idempotency_level = NO_SIDE_EFFECTS`) can be called with GET. Requests may be compressed with gzip. Errors have
    the codes of Connect with the details of the service; where another policy refuses a request, clients take the code
    from its status. Unknown fields of JSON are left out. Calls in gRPC and gRPC-Web pass as they are. A browser on
    another site needs `cors` as well.
    """

    definition: DefinitionName
    """The definition that holds the compiled `.proto` files: a descriptor set, or what the service itself says by
    reflection."""
    services: tuple[ServiceFullName, ...] = ()
    """The services that can be called, by their full names, `package.Service`; all of the definition if empty."""
    max_size: LargestMessage = 4 * 2**20
    """The largest message, in both directions. More is the error `resource_exhausted`. 4MiB, the default, is what gRPC
    itself takes for one message."""


class ConnectPlan(Part):
    """What the runtime has to know of `Connect`."""

    descriptors: str
    """The descriptor set, in base64."""
    services: tuple[str, ...]
    max_size: int


PathOfRule = Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=2_048)]


class HttpRule(Part):
    """How one method is called over HTTP, in the words of `google.api.http`."""

    get: PathOfRule | None = None
    """The path of a GET, with fields of the message in braces: `/v1/orders/{id}`, `/v1/{name=orders/*}`."""
    put: PathOfRule | None = None
    """The path of a PUT."""
    post: PathOfRule | None = None
    """The path of a POST."""
    delete: PathOfRule | None = None
    """The path of a DELETE."""
    patch: PathOfRule | None = None
    """The path of a PATCH."""
    body: Annotated[str, Field(pattern=r"^(\*|[A-Za-z_]\w*)?$")] = ""
    """The field of the message that is the body, or `*` for all that is not in the path. Without it there is none, and
    what is not in the path stands in the query."""
    response_body: Annotated[str, Field(pattern=r"^([A-Za-z_]\w*)?$")] = ""
    """The field of the answer that the body is; the whole message without it."""

    @model_validator(mode="after")
    def _has_one_path(self) -> Self:
        if sum(path is not None for path in (self.get, self.put, self.post, self.delete, self.patch)) != 1:
            raise ValueError("write one of get, put, post, delete, patch")
        return self

    @property
    def call(self) -> tuple[str, str]:
        """The method of HTTP, and the path."""
        paths = {"GET": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete, "PATCH": self.patch}
        return next((verb, path) for verb, path in paths.items() if path is not None)


class Grpc(Spec):
    """Clients that speak gRPC call services that speak REST with JSON.

    How a method becomes a request stands in the `.proto` file, as its annotation `google.api.http`, or under `rules`.
    Fields go into the path, the body and the query as it says, metadata become headers and headers metadata. The answer
    becomes the message; fields that it has and the message has not are left out. A status of HTTP becomes the status of
    gRPC that stands for it (404 is `NOT_FOUND`), with what the body says as its message.

    A stream from the service is NDJSON, server-sent events or a JSON array, as its content type says, and one to it is
    NDJSON; both go on message by message. What is not gRPC passes as it is.
    """

    definition: DefinitionName
    """The definition that holds the compiled `.proto` files, a descriptor set."""
    services: tuple[ServiceFullName, ...] = ()
    """The services that can be called, by their full names, `package.Service`; all of the definition if empty."""
    rules: Annotated[Mapping[RpcName, HttpRule], Field(max_length=1_000)] = Field(default_factory=dict)
    """How methods are called, `package.Service/Method: {get: /v1/orders/{id}}`: for those without an annotation, or in
    its place."""
    proto_names: bool = False
    """Write fields as the `.proto` file does, `unit_price`, and not as JSON does, `unitPrice`. Both are read."""
    emit_defaults: bool = False
    """Write fields that have their default value, such as 0 or an empty text, too. They are left out by default, as
    they are in gRPC."""
    max_size: LargestMessage = 4 * 2**20
    """The largest message in both directions, as gRPC and as JSON. More is the error `RESOURCE_EXHAUSTED`. 4MiB, the
    default, is what gRPC itself takes for one message."""


class Binding(Part):
    """A field of the message that stands in a path."""

    field: str
    """Its name, with dots for those inside others: `customer.id`."""
    pattern: str
    """The regular expression that all of its text fits."""


class RestCall(Part):
    """How one method is called over HTTP."""

    verb: str
    path: tuple[str | Binding, ...]
    body: str = ""
    response_body: str = ""


class GrpcPlan(Part):
    """What the runtime has to know of `Grpc`."""

    descriptors: str
    """The descriptor set, in base64."""
    calls: Mapping[str, RestCall]
    """By the path of the call in gRPC."""
    proto_names: bool
    emit_defaults: bool
    max_size: int
