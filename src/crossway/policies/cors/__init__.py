"""CORS: which pages of other origins may read the answers, told to browsers (https://fetch.spec.whatwg.org, 3.2).

Law: the gateway speaks for the route, and alone. It answers preflights before anybody is asked who they are, it marks
its own errors like answers of the backend, and what a backend says of origins is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from google.protobuf.message import Message
from pydantic import BeforeValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Finding, HeaderName, Spec, hostname
from crossway.model.path import check_regex
from crossway.model.route import Method
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.cors import v3 as cors_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

ANY: Final = "*"
_MARKS: Final = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-expose-headers")
"""What marks an answer for a browser, preflights aside."""
_NAMED: Final = "cors.named"
"""The filter that writes what a preflight asks for into its answer."""
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
_LAST_PORT: Final = 65_535
_ORIGIN: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[^/?#@:\[\]]+|\[[^/\]]*\])(:(?P<port>[0-9]{1,5}))?"
)


def _origin(value: object) -> object:
    """Return an origin as browsers write it (RFC 6454, section 6.2): in lower case, without the port of its scheme."""
    if not isinstance(value, str) or value == ANY:
        return value
    if value.startswith("~"):
        return f"~{check_regex(value[1:].strip())}"
    if value == "null":
        raise ValueError("every sandboxed page has the origin null, so that it says nothing of who asks")
    found = _ORIGIN.fullmatch(value.lower())
    if found is None or int(found["port"] or 0) > _LAST_PORT:
        raise ValueError(f"{value!r} is no origin; write https://a.example, with a port if need be and without a path")
    host = hostname.parse_hostname(found["host"])
    port = found["port"]
    return f"{found['scheme']}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS.get(found["scheme"]) else "")


AllowedOrigin = Annotated[
    str,
    BeforeValidator(
        _origin,
        json_schema_input_type=Annotated[str, Field(pattern=r"^(\*|~\s*\S.*|[A-Za-z][A-Za-z0-9+.-]*://[^/]+)$")],
    ),
]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Cors(Spec):
    """Let pages of other origins read the answers. In one line, the origins: `cors: ["https://a.example"]`.

    The gateway answers preflights (`OPTIONS` with `access-control-request-method`) by itself, before authentication;
    other requests are never refused for their origin, only marked for the browser, the gateway's own errors among
    them. Headers of the backend about origins are replaced. It holds for routes that forward: redirects and answers of
    the gateway's own are not marked.
    """

    origins: Annotated[
        tuple[AllowedOrigin, ...],
        Field(min_length=1),
        BeforeValidator(_listed, json_schema_input_type=AllowedOrigin | tuple[AllowedOrigin, ...]),
    ]
    """The origins that may read: `https://a.example`, `https://*.b.example` (any depth below it, not itself), `*` for
    every one, or a regular expression that the whole origin matches, `~https://pr-[0-9]+\\.c\\.example`."""
    methods: tuple[Method | Literal["*"], ...] = ("GET", "HEAD", "POST")
    """The methods that pages may use; `*` for all. By default those that browsers always allow."""
    headers: tuple[HeaderName, ...] = ()
    """The headers that pages may send, besides those that browsers always allow; `*` for all, `authorization` among
    them."""
    expose_headers: tuple[HeaderName, ...] = ()
    """The headers of the answer that pages may read, besides those that browsers always show; `*` for all but
    `authorization`, where no credentials are sent."""
    max_age: Duration = timedelta(seconds=5)
    """How long a browser remembers the answer to a preflight. 5s, as browsers do if nobody says; they keep it for two
    hours at most, some for a day."""
    credentials: bool = False
    """Whether pages may send cookies and client certificates, and read what comes back. Browsers then take `*` for a
    name, so that where it stands in `methods` or `headers`, a preflight is told what it asked for."""
    private_network: bool = False
    """Whether pages from the public internet may ask, where this gateway is in a private network."""

    short_forms = ("origins",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping | Cors) else {"origins": value}

    @model_validator(mode="after")
    def _fields_fit(self) -> Cors:
        if self.max_age % timedelta(seconds=1):
            raise ValueError("max_age is in whole seconds")
        if ANY in self.origins and len(self.origins) > 1:
            raise ValueError("the origin * takes in all others; write it alone")
        if self.credentials:
            if ANY in self.origins:
                raise ValueError("with credentials, every page on the web could act as your users; name the origins")
            if ANY in self.expose_headers:
                raise ValueError("with credentials, browsers take * here for a name; write expose_headers out")
        return self


def compile_cors(spec: Cors, site: Site) -> Fragment | Finding:
    """Return the settings of the filter that answers browsers, and what makes way for it in answers of the backend.

    Envoy's filter passes over routes without a backend. Where `cors` was attached to such a route, that is a finding.
    """
    if not site.forwards:
        message = "the gateway cannot mark its own answers and redirects for browsers"
        wrong = Finding("cors.no_backend", message, hint="attach it to a route that forwards")
        return wrong if site.attached == site.about else Fragment()
    policy = cors_v3.CorsPolicy(
        allow_origin_string_match=[_matcher(origin) for origin in spec.origins],
        allow_methods=", ".join(spec.methods),
        allow_headers=", ".join(spec.headers),
        expose_headers=", ".join(spec.expose_headers),
        max_age=str(round(spec.max_age.total_seconds())),
        allow_credentials=protobuf.BoolValue(value=spec.credentials),
        allow_private_network_access=protobuf.BoolValue(value=spec.private_network),
        forward_not_matching_preflights=protobuf.BoolValue(value=False),
    )
    named = _asked_for(spec) if spec.credentials else {}
    # An answer depends on the origin even where it is not marked (Fetch, section 3.2.5); Envoy does not say so.
    vary = core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key="vary", value="origin"),
        append_action=core_v3.HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
    )
    route = route_v3.Route(response_headers_to_add=[vary], response_headers_to_remove=_MARKS)
    return Fragment(route=route, per_route={"cors": policy, **named})


def _asked_for(spec: Cors) -> dict[str, Message]:
    """Return what names, in the answer to a preflight, the method and the headers that it asks for, instead of `*`."""
    edits = header_mutation_v3.Mutations()
    for allowed, asked, values in (("methods", "method", spec.methods), ("headers", "headers", spec.headers)):
        if ANY in values:
            edit = edits.response_mutations.add().append
            edit.header.key = f"access-control-allow-{allowed}"
            edit.header.value = f"%REQ(ACCESS-CONTROL-REQUEST-{asked.upper()})%"
            edit.append_action = core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS
    return {_NAMED: header_mutation_v3.HeaderMutationPerRoute(mutations=edits)} if edits.ByteSize() else {}


def _matcher(origin: str) -> matcher_v3.StringMatcher:
    if origin.startswith("~"):
        return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=origin[1:]))
    before, wildcard, after = origin.partition("*")
    if origin == ANY or not wildcard:
        return matcher_v3.StringMatcher(exact=origin)
    regex = f"{re.escape(before)}[^/:]+{re.escape(after)}"
    return matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=regex))


POLICY = Policy(
    spec=Cors,
    stage=Stage.CORS,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_cors,
    preflights=True,
    filters={"cors": cors_v3.Cors(), _NAMED: header_mutation_v3.HeaderMutation()},
)
