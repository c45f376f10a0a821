"""Remote procedures over HTTP: JSON-RPC 2.0 and XML-RPC, in front of services and behind the gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field

from crossway.model.call import AcceptedStatus, PathTemplate, Positive, SettableHeader, Text
from crossway.model.endpoint import CallingEndpoint
from crossway.model.operation import Called, Operation
from crossway.model.part import Part, ServiceName, Spec
from crossway.model.path import EVERY_PATH, PathMatch
from crossway.model.values import Size

_RESERVED: Final = re.compile(r"(rpc|system)\.")


def _method_name(name: str) -> str:
    if _RESERVED.match(name):
        raise ValueError("names that begin with rpc. or system. are the protocols' own")
    return name


MethodName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_method_name)]
EndpointName = Annotated[str, Field(min_length=1, max_length=200)]
Parameters = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", max_length=100)], ...], Field(max_length=100)
]
ErrorCode = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Largest = Annotated[Size, Field(ge=1, le=16 * 2**20)]


class JsonRpcMethod(Operation):
    """A method that clients can call by its name: a call of a service.

    Expressions see `params`, what the client gave: an object if it named them, or if `parameters` does; otherwise a
    list. They also see `method` (the name), `headers` and `consumer` (`name`, `groups`) of the request.
    """

    parameters: Parameters = ()
    """The names of the parameters, in their order, for clients that do not name them. More of them are an error."""
    errors: Mapping[AcceptedStatus, ErrorCode] = Field(default_factory=dict)
    """The code of the error for a status of the service, such as `{404: -32001, 5xx: -32050}`. It is -32602 (the
    parameters do not fit) for 400 and 422, -32000 for all others."""


class JsonRpc(Spec):
    """Answer JSON-RPC 2.0: each method is a call of a service, over HTTP or in gRPC.

    Batches and notifications are what the specification says (https://www.jsonrpc.org/specification). An error of a
    service becomes an error object with its status and what it said as `data`. Every answer has the status 200, or 204
    if there is nothing to say; what is no request at all is told in HTTP as well (405, 413, 415).
    """

    answers: ClassVar[bool] = True

    methods: Annotated[Mapping[MethodName, JsonRpcMethod], Field(min_length=1, max_length=1000)]
    """The methods, by name."""
    max_batch: Annotated[int, Field(ge=1, le=1000)] = 50
    """How many calls a batch may have. One that has more is refused as a whole."""
    parallel: Annotated[int, Field(ge=1, le=100)] = 5
    """How many calls of a batch are made at once."""
    timeout: Positive = timedelta(seconds=15)
    """The time for a request with its whole batch. Calls that are not done by then have failed."""
    max_body: Largest = 2**20
    """How many bytes a request may have, and each answer of a service."""


class XmlRpcMethod(Operation):
    """A method that clients can call by its name: a call of a service.

    Expressions see `params`, what the client gave, by the names that `parameters` gives them. They also see `method`
    (the name), `headers` and `consumer` (`name`, `groups`) of the request.
    """

    parameters: Parameters = ()
    """The names of the parameters, in their order; XML-RPC does not name them. More of them are an error."""
    errors: Mapping[AcceptedStatus, ErrorCode] = Field(default_factory=dict)
    """The `faultCode` for a status of the service. It is the status itself by default."""


class XmlRpc(Spec):
    """Answer XML-RPC: each method is a call of a service, over HTTP or in gRPC.

    Values are those of http://xmlrpc.com/spec.md, with `<nil/>` and `<i8>`; dates and bytes are text for services, in
    ISO 8601 and in base64. An error of a service becomes a fault. `system.listMethods` and `system.multicall` are
    there.
    """

    answers: ClassVar[bool] = True

    methods: Annotated[Mapping[MethodName, XmlRpcMethod], Field(min_length=1, max_length=1000)]
    """The methods, by name."""
    max_batch: Annotated[int, Field(ge=1, le=1000)] = 50
    """How many calls a `system.multicall` may have. One that has more is refused as a whole."""
    parallel: Annotated[int, Field(ge=1, le=100)] = 5
    """How many calls of a `system.multicall` are made at once."""
    timeout: Positive = timedelta(seconds=15)
    """The time for a request with all its calls. Calls that are not done by then have failed."""
    max_body: Largest = 2**20
    """How many bytes a request may have, and each answer of a service."""


class RpcEndpoint(CallingEndpoint):
    """What clients call over HTTP, and the method of the backend that answers.

    Expressions see `path` (the variables of the path), `query`, `headers`, `body` (parsed if it is JSON), `method` and
    `consumer` (`name`, `groups`) of the request; in `answer` they see `result` as well.
    """

    errors: Mapping[ErrorCode, Annotated[int, Field(ge=400, le=599)]] = Field(default_factory=dict)
    """The status for a code of the backend's errors."""


class RpcBackend(Spec):
    """What the bridges to backends of remote procedures have in common."""

    answers: ClassVar[bool] = True

    service: ServiceName
    """The service that is called; `namespace/name` for one elsewhere."""
    path: PathTemplate = "/"
    """The path at which it is called."""
    headers: Mapping[SettableHeader, Text] = Field(default_factory=dict)
    """Headers of each call, by name, with expressions in braces. One whose expression gives nothing is left out."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the
    client's address, the trace, the request's id and `Accept-Language` are always passed on."""
    endpoints: Annotated[Mapping[EndpointName, RpcEndpoint], Field(min_length=1, max_length=1000)]
    """What clients can call, by a name."""
    timeout: Positive = timedelta(seconds=15)
    """The time for a call with its whole answer."""
    max_body: Largest = 2**20
    """How many bytes a request may have, and each answer of the backend."""


class JsonRpcBackend(RpcBackend):
    """Give a backend that speaks JSON-RPC 2.0 a REST API: each endpoint is a call of one of its methods.

    An error becomes a problem (RFC 9457) with its `code`, `message` and `data`: 400 for parameters that do not fit
    (-32602), 501 for a method that is not there (-32601), and 502 for all others, unless `errors` says another.
    """


class XmlRpcBackend(RpcBackend):
    """Give a backend that speaks XML-RPC a REST API: each endpoint is a call of one of its methods.

    A fault becomes a problem (RFC 9457) with its `faultCode` and `faultString`: 502, unless `errors` says another.
    `params` is a list, in the order of the parameters.
    """


class RpcServer(Part):
    """What the runtime has to know of methods in front of services."""

    methods: Mapping[str, Called]
    parameters: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    errors: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    max_batch: int
    parallel: int
    timeout: float
    max_body: int


class RpcClient(Part):
    """What the runtime has to know of a backend of remote procedures: its service is named as its cluster is."""

    kind: Literal["json", "xml"]
    backend: RpcBackend
    below: PathMatch = EVERY_PATH
    """The path that the route matches."""
