"""Calls of services, with expressions in them: what compositions and bridges between protocols are made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.model.expression import Node, Template, Tree, nodes_of_template, nodes_of_tree, parse_template
from crossway.model.finding import FieldPath
from crossway.model.part import Part, ServiceName
from crossway.model.route import HeaderName, Method
from crossway.model.values import Duration

ALWAYS_FORWARDED: Final = frozenset(
    {
        "accept-language",
        "b3",
        "baggage",
        "traceparent",
        "tracestate",
        "x-b3-flags",
        "x-b3-parentspanid",
        "x-b3-sampled",
        "x-b3-spanid",
        "x-b3-traceid",
        "x-consumer-groups",
        "x-consumer-plan",
        "x-consumer-tags",
        "x-consumer-username",
        "x-credential-identifier",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-request-id",
    }
)
"""The headers of the client's request that each step gets: who asks from where, in which trace, in which language."""

_OF_THE_CONNECTION: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OF_THE_PROXY: Final = ("x-crossway-", "x-envoy-")


def _settable(name: str) -> str:
    if name in _OF_THE_CONNECTION or name.startswith(_OF_THE_PROXY):
        raise ValueError(f"the proxy writes {name} by itself")
    return name


SettableHeader = Annotated[HeaderName, AfterValidator(_settable)]
"""The name of a header that is not the proxy's own business."""


def _path(text: str) -> str:
    plain = "".join(piece if isinstance(piece, str) else "x" for piece in parse_template(text))
    if not plain.startswith("/"):
        raise ValueError("a path begins with /")
    if "?" in plain or "#" in plain:
        raise ValueError("a path has no query and no fragment; write parameters under query")
    if re.search(r"[^\x21-\x7e]", plain):
        raise ValueError("a path has no spaces and no characters beyond ASCII; write %20 for a space")
    if re.search(r"/\.{1,2}(/|$)", plain) or "//" in plain:
        raise ValueError("a path is written in normal form, without //, /./ and /../")
    return text


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


PathTemplate = Annotated[Template, AfterValidator(_path)]
Text = Annotated[Template, BeforeValidator(_as_text, json_schema_input_type=str | int | bool)]
AcceptedStatus = Annotated[
    str, BeforeValidator(_as_text, json_schema_input_type=str | int), Field(pattern="^[1-5](xx|[0-9]{2})$")
]
Positive = Annotated[Duration, Field(gt=timedelta())]


class ServiceCall(Part):
    """One call of a service, over HTTP."""

    service: ServiceName
    """The service that is called; `namespace/name` for one elsewhere."""
    method: Method = "GET"
    """The method."""
    query: Mapping[Annotated[str, Field(min_length=1)], Text] = Field(default_factory=dict)
    """The parameters of the query, by name. One whose expression gives nothing is left out; one whose expression
    gives a list stands there for each of its items."""
    headers: Mapping[SettableHeader, Text] = Field(default_factory=dict)
    """Headers of the call, by name. One whose expression gives nothing is left out."""
    forward: tuple[SettableHeader, ...] = ()
    """More headers of the client's request that this call carries, such as `authorization` or `cookie`. Who the
    consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on."""
    body: Tree = None
    """The body: an expression, or an object or a list with expressions in it. It is sent as JSON, unless `headers` has
    another `content-type`: then the expression gives the text."""
    timeout: Positive | None = None
    """The time for one call with its whole answer. Without it, only that of the whole request counts."""
    accept: Annotated[tuple[AcceptedStatus, ...], Field(max_length=100)] = ()
    """The statuses with which the call has succeeded, such as `[2xx, 404]`. All below 400 if empty."""
    encoding: Literal["auto", "json", "text"] = "auto"
    """How the answer's body is read: as `json`, as `text`, or by its content type (`auto`)."""

    @model_validator(mode="after")
    def _has_no_body_where_none_is_read(self) -> Self:
        if self.body is not None and self.method in {"GET", "HEAD"} and not self.is_rpc:
            raise ValueError(f"a call with {self.method} has no body; write a method")
        return self

    @property
    def is_rpc(self) -> bool:
        """Whether it is a call in gRPC, which has neither method nor path."""
        return False

    def expressions(self) -> Iterator[tuple[FieldPath, Node]]:
        """Yield each expression but those of the path, after the place where it stands."""
        for field, texts in (("query", self.query), ("headers", self.headers)):
            for name, text in texts.items():
                for node in nodes_of_template(text):
                    yield (field, name), node
        yield from nodes_of_tree(self.body, ("body",))
