"""Routes: which requests go where."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from crossway.model.hostname import Hostname
from crossway.model.part import GatewayName, Part, Policies, ServiceName, Spec
from crossway.model.path import EVERY_PATH, PathKind, PathMatch, Regex, regex_takes_empty
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
    invert: bool = False
    """Holds where the condition does not, and so where there is no such text: `{not: {prefix: a}}`, or `{not: a}`."""

    short_forms = (
        {"type": ["string", "number", "boolean"]},
        {
            "type": "object",
            "required": ["absent"],
            "properties": {"absent": {"const": True}},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "required": ["not"],
            "properties": {
                "not": {
                    "type": ["string", "number", "boolean", "object"],
                    "properties": {
                        **{kind: {"type": "string"} for kind in ("exact", "prefix", "suffix", "contains", "regex")},
                        "present": {"type": "boolean"},
                        "absent": {"const": True},
                    },
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return _condition(value)

    @model_validator(mode="after")
    def _one(self) -> ValueMatch:
        if len(self.model_fields_set - {"invert"}) != 1 or self.kind is None:
            raise ValueError("write exactly one of exact, prefix, suffix, contains, regex, present, absent, not")
        if self.invert and self.present is not None:
            raise ValueError("the opposite of present is absent")
        return self

    @property
    def kind(self) -> Literal["exact", "prefix", "suffix", "contains", "regex", "present"] | None:
        """Which of the conditions it is."""
        for name in self.model_fields_set - {"invert"}:
            if getattr(self, name) is not None:
                return cast("Literal['exact', 'prefix', 'suffix', 'contains', 'regex', 'present']", name)
        return None

    @property
    def takes_absence(self) -> bool:
        """Whether it holds where there is no such text."""
        return self.invert or self.present is False

    @property
    def takes_empty(self) -> bool:
        """Whether an empty text meets the condition, before it is inverted."""
        return self.exact == "" or (self.regex is not None and regex_takes_empty(self.regex))


def _condition(value: object) -> object:
    """Return *value* with its short forms written out."""
    if isinstance(value, bool):
        return {"exact": "true" if value else "false"}
    if isinstance(value, float):
        raise ValueError("write the value in quotes: as a number, 1.10 is the same as 1.1")
    if isinstance(value, str | int):
        return {"exact": str(value)}
    if isinstance(value, Mapping) and value.get("absent") is True:
        return {"present": False, **{key: item for key, item in value.items() if key != "absent"}}
    if isinstance(value, Mapping) and "not" in value:
        opposite = _condition(value["not"])
        if len(value) > 1 or not isinstance(opposite, Mapping) or "invert" in opposite:
            raise ValueError("not stands alone, and turns one condition round: {not: {prefix: a}}")
        present = opposite.get("present")
        return {"present": not present} if isinstance(present, bool) else {**opposite, "invert": True}
    return value


def _of_header(value: ValueMatch) -> ValueMatch:
    if value.invert and value.takes_empty:
        raise ValueError("not cannot tell an empty header from none here; write a condition that no empty text meets")
    return value


def _of_query(value: ValueMatch) -> ValueMatch:
    if value.invert and value.regex is not None:
        raise ValueError("not goes before exact, prefix, suffix and contains of a query parameter, not before regex")
    return value


HeaderMatch = Annotated[ValueMatch, AfterValidator(_of_header)]
"""A condition on a header. The proxy takes a header that is not there for an empty one where it inverts."""
QueryMatch = Annotated[ValueMatch, AfterValidator(_of_query)]
"""A condition on a query parameter."""


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
    headers: Annotated[Mapping[HeaderName, HeaderMatch], BeforeValidator(_distinct)] = Field(default_factory=dict)
    """Conditions on headers, by name. Several headers of one name are one, with a comma between their values."""
    queries: Mapping[NotEmpty, QueryMatch] = Field(default_factory=dict)
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
    """A service, or an answer, with its share of a route's requests. In one line, the name of the service."""

    service: ServiceName | None = None
    """The name of the service; `namespace/name` for one elsewhere."""
    status: Literal[404, 500, 503] | None = None
    """Answer the share with this status, instead of a service. Of one route, all such shares have one status."""
    weight: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    """Its share, relative to the other backends. 0 sends nothing."""
    subset: str | None = None
    """Only the endpoints of this subset of the service."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for these requests alone, closer than those of the route: `headers`, `rewrite` with a host."""

    short_forms = ("service",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"service": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Backend:
        if (self.service is None) == (self.status is None):
            raise ValueError("write one of service and status")
        if self.status is not None and (self.subset is not None or self.policies):
            raise ValueError("subset and policies are about requests to a service")
        return self

    def __str__(self) -> str:
        """Return how people call it: the service and its subset, or the status."""
        if self.service is None:
            return f"respond {self.status}"
        return f"{self.service}:{self.subset}" if self.subset else self.service


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
    """Replaces the prefix that the route matches, in whole segments; on a template, what is before the variables. On
    `^/orders`, replaces that text."""
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
        if not self.model_fields_set & {"scheme", "hostname", "port", "path", "path_prefix", "status"}:
            raise ValueError("a redirect says at least one of scheme, hostname, port, path, path_prefix, status")
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
    """The gateways it is attached to; all gateways of its namespace if it names neither these nor `services`."""
    services: tuple[ServiceName, ...] = ()
    """The services whose requests inside the mesh it is for, whoever sends them. There is no mesh yet: it is read and
    kept, and holds at gateways alone."""
    listeners: tuple[str, ...] = ()
    """Only the listeners of these names; all that speak the route's protocol if empty."""
    hostnames: tuple[Hostname, ...] = ()
    """The hostnames it serves: exact, `*.example.org` (any depth below it, not itself); every one if empty."""
    matches: Annotated[tuple[Match, ...], Field(min_length=1)] = (Match(),)
    """A request that meets any of these is meant."""
    priority: Annotated[int, Field(ge=-(2**31), lt=2**31)] = 0
    """A higher number is tried first, before all rules of precedence."""
    tiebreak: str = ""
    """Of matches that say equally much, the one with the lesser text is tried first, and then goes the name."""
    to: Annotated[
        tuple[Backend, ...], BeforeValidator(_backends, json_schema_input_type=Backend | tuple[Backend, ...])
    ] = ()
    """The services it forwards to, with their weights. A share may be answered with a status instead."""
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
        if len({backend.status for backend in self.to} - {None}) > 1:
            raise ValueError("the backends that answer with a status have one and the same")
        kinds = {match.effective_path.kind for match in self.matches}
        if self.redirect and self.redirect.path_prefix is not None and PathKind.REGEX in kinds:
            raise ValueError("a match by regular expression has no prefix that path_prefix could replace")
        return self

    @property
    def decided_by_backends(self) -> frozenset[str]:
        """The names of the policies that a backend of it has: each backend is told what holds for it."""
        return frozenset(name for backend in self.to for name in backend.policies)

    @property
    def answering(self) -> tuple[str, ...]:
        """The names of its policies that answer requests by themselves."""
        return tuple(name for name, spec in self.policies.items() if isinstance(spec, Spec) and spec.answers)
