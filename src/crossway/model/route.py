"""Routes: which requests go where."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Final, Literal, cast

from pydantic import BeforeValidator, Field, field_validator, model_validator

from crossway.model.hostname import Hostname
from crossway.model.part import GatewayName, Part, Policies, ServiceName, Spec
from crossway.model.path import EVERY_PATH, PathKind, PathMatch, Regex
from crossway.model.values import HeaderText, parse_size


class ValueMatch(Part):
    """A condition on a text. In one line, the text itself means exactly that."""

    exact: str | None = None
    """Equal to this."""
    prefix: Annotated[str, Field(min_length=1)] | None = None
    """Begins with this."""
    suffix: Annotated[str, Field(min_length=1)] | None = None
    """Ends with this."""
    contains: Annotated[str, Field(min_length=1)] | None = None
    """Has this in it."""
    regex: Regex | None = None
    """Matches this regular expression (RE2) as a whole."""
    present: bool | None = None
    """`true`: is there, whatever it says. `false`: is not there."""

    short_forms = (
        {"type": ["string", "number", "boolean"]},
        {
            "type": "object",
            "required": ["absent"],
            "properties": {"absent": {"const": True}},
            "additionalProperties": False,
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, bool):
            return {"exact": "true" if value else "false"}
        if isinstance(value, float):
            raise ValueError("write the value in quotes: as a number, 1.10 is the same as 1.1")
        if isinstance(value, str | int):
            return {"exact": str(value)}
        if isinstance(value, Mapping) and value.get("absent") is True:
            return {"present": False, **{key: item for key, item in value.items() if key != "absent"}}
        return value

    @model_validator(mode="after")
    def _one(self) -> ValueMatch:
        if len(self.model_fields_set) != 1 or self.kind is None:
            raise ValueError("write exactly one of exact, prefix, suffix, contains, regex, present, absent")
        return self

    @property
    def kind(self) -> Literal["exact", "prefix", "suffix", "contains", "regex", "present"] | None:
        """Which of the conditions it is."""
        for name in self.model_fields_set:
            if getattr(self, name) is not None:
                return cast("Literal['exact', 'prefix', 'suffix', 'contains', 'regex', 'present']", name)
        return None


class GrpcMatch(Part):
    """A gRPC call. In one line: `package.Service` or `package.Service/Method`."""

    service: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]
    """The full name of the service, `package.Service`."""
    method: Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The method; all methods without it."""

    short_forms = ({"type": "string", "examples": ["package.Service", "package.Service/Method"]},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str):
            service, _, method = value.partition("/")
            return {"service": service, "method": method} if method else {"service": service}
        return value

    @property
    def path(self) -> PathMatch:
        """The path of the call (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)."""
        if self.method:
            return PathMatch(kind=PathKind.EXACT, value=f"/{self.service}/{self.method}")
        return PathMatch(kind=PathKind.PREFIX, value=f"/{self.service}")


NotEmpty = Annotated[str, Field(min_length=1)]
Method = Annotated[
    str,
    Field(pattern=r"^[A-Z][A-Z_-]*$", max_length=64),
    BeforeValidator(
        lambda v: v.upper() if isinstance(v, str) else v,
        json_schema_input_type=Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z_-]*$", max_length=64)],
    ),
]
HeaderName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9!#$%&'*+.^_`|~-]+$"),
    BeforeValidator(
        lambda v: v.lower() if isinstance(v, str) else v,
        json_schema_input_type=Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")],
    ),
]
"""The name of a header (RFC 9110, section 5.1), in lower case."""


def _network(text: object) -> object:
    try:
        if "%" in str(text):
            raise ValueError("the zone of an address means something on one machine only")
        return str(ipaddress.ip_network(str(text), strict=False))
    except ValueError:
        raise ValueError(f"{text!r} is no IP address and no network; write 10.0.0.0/8 or 2001:db8::/32") from None


Network = Annotated[str, BeforeValidator(_network)]
"""An IP address or network in CIDR notation, in canonical form."""


def _distinct(value: object) -> object:
    """Refuse two conditions on one header: of two that differ in case only, one would be lost."""
    if isinstance(value, Mapping):
        seen: set[str] = set()
        for name in value:
            if isinstance(name, str) and name.lower() in seen:
                raise ValueError(f"the header {name!r} stands here twice; upper and lower case are one")
            seen.add(str(name).lower())
    return value


class Match(Part):
    """Conditions on a request, all of which must hold."""

    path: PathMatch | None = None
    """The path; every path without it."""
    methods: Annotated[tuple[Method, ...], Field(max_length=100)] = ()
    """One of these methods, at most 100; every method if empty."""
    headers: Annotated[Mapping[HeaderName, ValueMatch], BeforeValidator(_distinct)] = Field(default_factory=dict)
    """Conditions on headers, by name."""
    queries: Mapping[NotEmpty, ValueMatch] = Field(default_factory=dict)
    """Conditions on query parameters, by name."""
    cookies: Mapping[NotEmpty, ValueMatch] = Field(default_factory=dict)
    """Conditions on cookies, by name."""
    grpc: GrpcMatch | None = None
    """A gRPC service or method, instead of a path."""
    source_ips: tuple[Network, ...] = ()
    """The client's address is in one of these networks. Behind trusted proxies, the address they report."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Match:
        if self.grpc and self.path:
            raise ValueError("grpc says the path; write one of the two")
        return self

    @property
    def effective_path(self) -> PathMatch:
        """The path that is matched, whichever way it was written."""
        return self.path or (self.grpc.path if self.grpc else EVERY_PATH)


class Backend(Part):
    """A service with its share of a route's requests. In one line, the name of the service."""

    service: ServiceName
    """The name of the service; `namespace/name` for one elsewhere."""
    weight: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    """Its share, relative to the other backends. 0 sends nothing."""
    subset: str | None = None
    """Only the endpoints of this subset of the service."""

    short_forms = ("service",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"service": value} if isinstance(value, str) else value


_MOST_WEIGHT: Final = 2**32 - 1
"""Envoy adds the weights up in 32 bits."""


def _backends(value: object) -> object:
    return (value,) if isinstance(value, str | Mapping | Backend) else value


RedirectPath = Annotated[str, Field(pattern=r"^/[^\x00-\x20\x7f]*$")]


class Redirect(Part):
    """An answer that sends the client elsewhere. What is not named stays as it was."""

    scheme: Literal["http", "https"] | None = None
    """The new scheme."""
    hostname: Hostname | None = None
    """The new host."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The new port; without it, the default one of a new scheme, or the one of the request."""
    path: RedirectPath | None = None
    """The new path as a whole."""
    path_prefix: RedirectPath | None = None
    """Replaces the prefix that the route matches, in whole segments; on a template, what is before the variables."""
    status: Literal[301, 302, 303, 307, 308] = 302
    """The status code."""
    keep_query: bool = True
    """Whether the query stays."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Redirect:
        if self.path is not None and self.path_prefix is not None:
            raise ValueError("write one of path and path_prefix")
        if self.hostname is not None and "*" in self.hostname:
            raise ValueError("a redirect leads to one host")
        if not self.model_fields_set & {"scheme", "hostname", "port", "path", "path_prefix"}:
            raise ValueError("a redirect changes at least one of scheme, hostname, port, path, path_prefix")
        return self


class Respond(Part):
    """An answer given by the gateway itself."""

    status: Annotated[int, Field(ge=200, le=599)] = 200
    """The status code."""
    body: str = ""
    """The body, at most 4 KiB."""
    content_type: HeaderText = "text/plain; charset=utf-8"
    """The content type of the body."""

    @field_validator("body")
    @classmethod
    def _bounded(cls, value: str) -> str:
        if len(value.encode()) > parse_size("4KiB"):
            raise ValueError("the body of an answer is at most 4 KiB; serve larger ones from a service")
        return value


class Route(Part):
    """Requests that are alike, and what becomes of them: forwarded (`to`), redirected, or answered here.

    A route whose policies answer (`compose`) has none of these.
    """

    gateways: tuple[GatewayName, ...] = ()
    """The gateways it is attached to; all gateways of its namespace if empty."""
    listeners: tuple[str, ...] = ()
    """Only the listeners of these names; all that speak the route's protocol if empty."""
    hostnames: tuple[Hostname, ...] = ()
    """The hostnames it serves: exact, `*.example.org` (any depth below it, not itself); every one if empty."""
    matches: Annotated[tuple[Match, ...], Field(min_length=1)] = (Match(),)
    """A request that meets any of these is meant."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """A higher number is tried first, before all rules of precedence."""
    to: Annotated[
        tuple[Backend, ...], BeforeValidator(_backends, json_schema_input_type=Backend | tuple[Backend, ...])
    ] = ()
    """The services it forwards to, with their weights."""
    redirect: Redirect | None = None
    """Send the client elsewhere."""
    respond: Respond | None = None
    """Answer here."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for these requests."""

    @model_validator(mode="after")
    def _one_action(self) -> Route:
        actions = sum((bool(self.to), self.redirect is not None, self.respond is not None))
        unread = any(not isinstance(spec, Spec) for spec in self.policies.values())
        if actions > 1 or (not actions and not self.answering and not unread):
            raise ValueError("a route has exactly one of to, redirect, respond, or a policy that answers")
        if actions + len(self.answering) > 1:
            raise ValueError(f"{' and '.join(self.answering)} answers by itself, so the route has no other action")
        if self.to and not any(backend.weight for backend in self.to):
            raise ValueError("at least one backend needs a weight above 0")
        if sum(backend.weight for backend in self.to) > _MOST_WEIGHT:
            raise ValueError(f"the weights of all backends together are at most {_MOST_WEIGHT}")
        kinds = {match.effective_path.kind for match in self.matches}
        if self.redirect and self.redirect.path_prefix is not None and PathKind.REGEX in kinds:
            raise ValueError("a match by regular expression has no prefix that path_prefix could replace")
        return self

    @property
    def answering(self) -> tuple[str, ...]:
        """The names of its policies that answer requests by themselves."""
        return tuple(name for name, spec in self.policies.items() if isinstance(spec, Spec) and spec.answers)
