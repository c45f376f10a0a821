"""Rules: what a person says about a request that may or may not pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.model import HeaderName, Label, Network, Part, PathMatch, ValueMatch
from crossway.model.gateway import Port
from crossway.model.hostname import Hostname
from crossway.model.route import Method
from crossway.policies.authorize.expressions import check_expression
from crossway.policies.authorize.windows import Window


def _list(value: object) -> object:
    """A value that stands alone needs no list."""
    return value if isinstance(value, list | tuple) else (value,)


def _distinct(value: object) -> object:
    """Refuse two conditions on one header: of two that differ in case only, one would be lost."""
    if isinstance(value, Mapping):
        names = [str(name).lower() for name in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the header {name!r} stands here twice; upper and lower case are one")
    return value


_MOST: Final = 1000
"""The texts of one list. They become one regular expression, and RE2 has a bound for these."""

Labels = Annotated[tuple[Label, ...], Field(min_length=1, max_length=_MOST)]
Scope = Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$")]
Values = Annotated[
    tuple[ValueMatch, ...],
    Field(min_length=1),
    BeforeValidator(_list, json_schema_input_type=ValueMatch | tuple[ValueMatch, ...]),
]
ClaimName = Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$|[:/]")]
Expression = Annotated[str, Field(min_length=1, max_length=8192), AfterValidator(check_expression)]


class Conditions(Part):
    """Conditions on a request. All that are written must hold; of the values in a list, any one.

    A list of consumers, groups, tags, plans or hostnames has at most 1000 items.
    """

    consumers: Labels | None = None
    """The request comes from one of these consumers."""
    groups: Labels | None = None
    """It comes from a consumer in one of these groups."""
    tags: Labels | None = None
    """It comes from a consumer with one of these tags."""
    plans: Labels | None = None
    """It comes from a consumer with one of these usage plans."""
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] | None = None
    """Its token has one of these scopes (the claim `scope`); of an entry with several, as in `"read write"`, all."""
    claims: Annotated[Mapping[ClaimName, Values], Field(min_length=1)] | None = None
    """Its token says this, by the name of the claim: a value, a list of values, or a condition such as `{prefix: a}`.
    Numbers, `true` and `false` count as their texts; of a claim that is a list, one item has to fit. `realm.roles` is
    what `roles` says inside of `realm`; a name with `:` or `/`, as a URL has it, is one name."""
    client_ips: Annotated[tuple[Network, ...], Field(min_length=1)] | None = None
    """The client's address is in one of these networks. Behind trusted proxies, the address they report."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] | None = None
    """It has one of these methods."""
    paths: Annotated[tuple[PathMatch, ...], Field(min_length=1)] | None = None
    """Its path is one of these, which are written as in the matches of routes. It is the path that the client sent,
    before any rewrite."""
    hostnames: Annotated[tuple[Hostname, ...], Field(min_length=1, max_length=_MOST)] | None = None
    """It is for one of these hostnames: exact, or `*.example.org` for any depth below it."""
    ports: Annotated[tuple[Port, ...], Field(min_length=1)] | None = None
    """It came in at one of these ports of the gateway."""
    headers: Annotated[Mapping[HeaderName, Values], BeforeValidator(_distinct), Field(min_length=1)] | None = None
    """Its headers say this, by their names: a value, a list of values, or a condition such as `{prefix: a}`."""
    during: (
        Annotated[
            tuple[Window, ...],
            Field(min_length=1),
            BeforeValidator(_list, json_schema_input_type=Window | tuple[Window, ...]),
        ]
        | None
    ) = None
    """It comes in one of these windows of time."""
    cel: Expression | None = None
    """This expression in CEL (https://cel.dev) is true for it. It knows `consumer`, `plan` and `credential`, each of
    which has to be there; `"NAME" in groups` and `"NAME" in tags`; `claims`; `request.method`, `.path` (with the
    query), `.url_path` (without), `.query`, `.host`, `.scheme`, `.protocol`, `.headers`, `.id`, `.size` and `.time`;
    `source.address` (with the port) and `source.port`; `connection.mtls`, `.tls_version`, `.requested_server_name`,
    `.subject_peer_certificate`, `.uri_san_peer_certificate`, `.dns_san_peer_certificate` and
    `.sha256_peer_certificate_digest`. One that fails, as by a consumer, a header or a claim that is not there, lets
    nobody in: an allow rule does not hold then, and a deny rule does. `"x-a" in request.headers` and `has(claims.a)`
    ask first."""

    @model_validator(mode="after")
    def _any(self) -> Conditions:
        if not any(getattr(self, name) is not None for name in type(self).model_fields):
            raise ValueError("a rule has at least one condition; {paths: [/*]} holds for every request")
        return self


class Rule(Conditions):
    """Conditions on a request, and exceptions. All that are written must hold; of the values in a list, any one."""

    unless: (
        Annotated[
            tuple[Conditions, ...],
            Field(min_length=1),
            BeforeValidator(_list, json_schema_input_type=Conditions | tuple[Conditions, ...]),
        ]
        | None
    ) = None
    """The rule does not hold for requests that meet all of these conditions; of a list, those of any item."""
