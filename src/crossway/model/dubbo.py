"""Dubbo: backends that speak Triple, the protocol of Dubbo 3, with protobuf or with Hessian 2."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from crossway.model.call import Positive, SettableHeader, Text
from crossway.model.definition import DefinitionName
from crossway.model.endpoint import CallingEndpoint
from crossway.model.operation import Called
from crossway.model.part import Part, ServiceName, Spec
from crossway.model.path import EVERY_PATH, PathMatch
from crossway.model.values import Size

JavaName = Annotated[str, Field(pattern=r"^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$", max_length=500)]
JavaType = Annotated[str, Field(pattern=r"^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*(\[\])*$", max_length=500)]
Largest = Annotated[Size, Field(ge=1, le=16 * 2**20)]
Plain = Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=200)]


class DubboEndpoint(CallingEndpoint):
    """What clients call over HTTP, and the method of the backend that answers.

    Expressions see `path` (the variables of the path), `query`, `headers`, `body` (parsed if it is JSON), `method` and
    `consumer` (`name`, `groups`) of the request; in `answer` they see `result` as well. With a `definition`, `params`
    is the message; without one, a list with a value for each of `types`.
    """

    call: Annotated[str, Field(pattern=r"^[A-Za-z_$][\w$]*$", max_length=200)]
    """The method that is called."""
    types: Annotated[tuple[JavaType, ...], Field(max_length=100)] = ()
    """The types of the parameters in Java, `java.lang.String` or `int`, where there is no `definition`: by these the
    backend finds the method."""


class DubboBackend(Spec):
    """Give a backend that speaks Dubbo's Triple a REST API: each endpoint is a call of one of its methods.

    With a `definition`, messages are those of its `.proto` files. Without one, the interface is one in Java alone, and
    values travel in Hessian 2: an object with the key `class` is one of that class, and what is longer than 32 bits or
    broken is what `types` say. An error becomes a problem (RFC 9457) with the HTTP status that stands for the status of
    Triple. The older protocol of Dubbo 2, `dubbo://`, is not HTTP: it passes through a TCP route as it is.
    """

    answers: ClassVar[bool] = True

    service: ServiceName
    """The service that is called, which speaks HTTP/2; `namespace/name` for one elsewhere."""
    interface: JavaName
    """The interface that is called, `com.example.UserService`; with a `definition`, the service in it."""
    version: Plain | None = None
    """The version of the interface."""
    group: Plain | None = None
    """The group of the interface."""
    definition: DefinitionName | None = None
    """The definition with the compiled `.proto` files; without it, the interface is one in Java alone."""
    headers: Mapping[SettableHeader, Text] = Field(default_factory=dict)
    """Headers of each call, by name, with expressions in braces: what Dubbo calls attachments."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the
    client's address, the trace, the request's id and `Accept-Language` are always passed on."""
    endpoints: Annotated[
        Mapping[Annotated[str, Field(min_length=1, max_length=200)], DubboEndpoint],
        Field(min_length=1, max_length=1000),
    ]
    """What clients can call, by a name."""
    timeout: Positive = timedelta(seconds=15)
    """The time for a call with its whole answer."""
    max_body: Largest = 2**20
    """How many bytes a request may have, and each answer of the backend."""

    @property
    def triple(self) -> dict[str, str]:
        """The headers by which Triple tells which version and group is meant."""
        named = {"tri-service-version": self.version, "tri-service-group": self.group}
        return {name: value for name, value in named.items() if value}

    @model_validator(mode="after")
    def _types_are_of_java(self) -> Self:
        for name, endpoint in self.endpoints.items():
            if self.definition is not None and endpoint.types:
                raise ValueError(f"the endpoint {name} has types, which stand in the definition already")
        return self


class DubboClient(Part):
    """What the runtime has to know of a backend: its service is named as its cluster is."""

    backend: DubboBackend
    calls: Mapping[str, Called]
    """The call of each endpoint, by its name; nothing where the interface is one in Java alone."""
    below: PathMatch = EVERY_PATH
    """The path that the route matches."""
