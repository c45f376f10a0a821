"""Headers: set, added and removed, on the way to the backend and on the way back.

A value is literal text. What stands in braces is a variable, from a small set of things that are safe to pass on; a
word in braces that is none of them is refused, because a typing mistake would otherwise travel to the backend as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from crossway.compile.contract import BACKEND_TARGETS, Fragment, Merge, Policy, Site, Stage, Target
from crossway.model import Finding, HeaderName, Part, Spec
from crossway.model.values import HeaderText, check_header_value
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3

_VARIABLES: Final[Mapping[str, str]] = {
    "client_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "host": "%REQ(X-ENVOY-ORIGINAL-HOST?:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ:ORIG_OR_PATH)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "route": "%ROUTE_NAME%",
    "service": "%UPSTREAM_CLUSTER%",
}
"""Each variable as Envoy's formatter writes it (https://www.envoyproxy.io/docs, "Substitution formatter")."""

_TOKEN: Final = re.compile(r"\{\{(?P<literal>[a-z_]+)\}\}|\{(?P<variable>[a-z_]+)\}|%")

_FRAMING: Final = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What says how a message travels over one connection (RFC 9110, section 7.6.1, and RFC 9112, section 6)."""

_MOST: Final = 999
"""Envoy takes 1000 values for each direction of a route, and an answer of the gateway's own has its content type."""


def _editable(name: object) -> object:
    """Refuse the names of headers that are no business of this policy."""
    if not isinstance(name, str):
        return name
    lower = name.lower()
    if lower in {"host", ":authority"}:
        raise ValueError("the host is changed by the policy rewrite: `rewrite: {host: api.example.org}`")
    if lower == ":path":
        raise ValueError("the path is changed by the policy rewrite: `rewrite: {path_prefix: /v2}`")
    if lower.startswith(":") or lower in _FRAMING:
        raise ValueError(f"{lower} belongs to the connection, and the gateway writes it itself")
    return name


def _text(value: object) -> object:
    """Read a number or a truth value as YAML spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        for token in _TOKEN.finditer(value):
            if token["variable"] and token["variable"] not in _VARIABLES:
                raise ValueError(
                    f"{token[0]} is no variable; there are {', '.join(sorted(_VARIABLES))}, "
                    f"and {{{token[0]}}} stands for the text {token[0]}"
                )
        check_header_value(_format(value))
    return value


EditedName = Annotated[HeaderName, BeforeValidator(_editable)]
HeaderValue = Annotated[
    str, Field(min_length=1), BeforeValidator(_text, json_schema_input_type=HeaderText | int | float | bool)
]


class Edits(Part):
    """Changes to one set of headers. What is removed goes first: a header that is also set or added is there."""

    set: Mapping[EditedName, HeaderValue] = Field(default_factory=dict)
    """The header has exactly this value, whatever it said before."""
    set_if_present: Mapping[EditedName, HeaderValue] = Field(default_factory=dict)
    """The header has exactly this value where it is there."""
    add: Mapping[EditedName, HeaderValue] = Field(default_factory=dict)
    """One more value, after those that the header has already."""
    add_if_absent: Mapping[EditedName, HeaderValue] = Field(default_factory=dict)
    """The value of the header where it has none."""
    remove: tuple[EditedName, ...] = ()
    """The header is taken away."""


class Headers(Spec):
    """Change headers. Attached at several places, the edits add up; the closest place decides about one header.

    A value is literal text with variables: `{client_ip}`, `{host}` and `{path}` (as the client asked, without the
    query), `{method}`, `{request_id}`, `{route}`, `{service}`. `{{host}}` stands for the text `{host}`; other braces
    stand for themselves. A header whose value comes out empty is not written.
    """

    request: Edits = Edits()
    """Changes to the request, seen by the backend alone: routes are chosen and policies hold before them."""
    response: Edits = Edits()
    """Changes to the response. They hold for the gateway's own answers on the route as well, such as a 503."""


def compile_headers(spec: Headers, _site: Site) -> Fragment | Finding:
    """Return the edits as fields of the route; a finding where they add up to more than Envoy takes."""
    for direction, edits in (("request", spec.request), ("response", spec.response)):
        if (count := sum(map(len, (edits.set, edits.set_if_present, edits.add, edits.add_if_absent)))) > _MOST:
            message = f"{count:,} values are written into the {direction} here, with what is attached farther away"
            return Finding("headers.too_many", message, path=(direction,), expected=f"at most {_MOST}")
    return Fragment(
        route=route_v3.Route(
            request_headers_to_add=_additions(spec.request),
            request_headers_to_remove=spec.request.remove,
            response_headers_to_add=_additions(spec.response),
            response_headers_to_remove=spec.response.remove,
        )
    )


def _additions(edits: Edits) -> Iterator[core_v3.HeaderValueOption]:
    option = core_v3.HeaderValueOption
    for values, action in (
        (edits.set, option.OVERWRITE_IF_EXISTS_OR_ADD),
        (edits.set_if_present, option.OVERWRITE_IF_EXISTS),
        (edits.add, option.APPEND_IF_EXISTS_OR_ADD),
        (edits.add_if_absent, option.ADD_IF_ABSENT),
    ):
        for name, value in values.items():
            yield option(header=core_v3.HeaderValue(key=name, value=_format(value)), append_action=action)


def _format(value: str) -> str:
    """Return *value* in the syntax of Envoy's formatter, where `%` begins a command and `%%` is a percent sign."""
    return _TOKEN.sub(_replacement, value)


def _replacement(token: re.Match[str]) -> str:
    if token["literal"]:
        return f"{{{token['literal']}}}"
    return _VARIABLES[token["variable"]] if token["variable"] else "%%"


POLICY = Policy(
    spec=Headers,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=BACKEND_TARGETS,
    compile=compile_headers,
    merge=Merge.UNION,
)
