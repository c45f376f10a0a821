"""Filters: what a rule does to its requests and answers, as policies and redirects of the model.

https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, Field, model_validator

from crossway.dialects.contract import Mapped, Refused
from crossway.dialects.gateway_api.backend import ServiceRef
from crossway.dialects.gateway_api.listener import Hostname
from crossway.dialects.gateway_api.reference import ObjectRef
from crossway.dialects.kubernetes.objects import Camel
from crossway.dialects.kubernetes.service import PortNumber

_VARIABLE: Final = re.compile(r"\{([a-z_]+)\}")

_HEADERS: Final = "routes.policies.headers, routes.to.policies.headers"
_REDIRECT: Final = "routes.redirect"
_REWRITE: Final = "routes.policies.rewrite"
_MIRROR: Final = "routes.policies.mirror"
_CORS: Final = "routes.policies.cors"
_AUTH: Final = "routes.policies.ext_authz"


class HeaderValue(Camel):
    """A header and its value."""

    name: Annotated[str, Mapped(_HEADERS)]
    value: Annotated[str, Mapped(_HEADERS)]


class HeaderFilter(Camel):
    """Changes to headers (HTTPHeaderFilter)."""

    set: tuple[HeaderValue, ...] = ()
    add: tuple[HeaderValue, ...] = ()
    remove: Annotated[tuple[str, ...], Mapped(_HEADERS)] = ()

    def edits(self) -> dict[str, Any]:
        """Return the changes in native form. Of several values for one header, the first is right."""
        made: dict[str, Any] = {}
        for action, values in (("set", self.set), ("add", self.add)):
            for item in values:
                made.setdefault(action, {}).setdefault(item.name.lower(), _literal(item.value))
        return made | ({"remove": [name.lower() for name in self.remove]} if self.remove else {})


def _literal(text: str) -> str:
    """Return *text* as `headers` writes it, where a word in braces is a variable."""
    return _VARIABLE.sub(r"{{\1}}", text)


def _absolute(text: str) -> str:
    if not text.startswith("/") or re.search(r"[?#\x00-\x20\x7f]", text):
        raise ValueError("a path begins with / and has no query, no fragment and no spaces")
    return text


class PathModifier(Camel):
    """Another path (HTTPPathModifier)."""

    type: Annotated[Literal["ReplaceFullPath", "ReplacePrefixMatch"], Mapped(f"{_REDIRECT}, {_REWRITE}")]
    replace_full_path: Annotated[
        Annotated[str, AfterValidator(_absolute)] | None, Mapped(f"{_REDIRECT}.path, {_REWRITE}.path")
    ] = None
    replace_prefix_match: Annotated[
        Annotated[str, AfterValidator(lambda text: _absolute(text or "/"))] | None,
        Mapped(f"{_REDIRECT}.path_prefix, {_REWRITE}.path_prefix"),
    ] = None

    @model_validator(mode="after")
    def _fits(self) -> PathModifier:
        if (self.replace_full_path is not None, self.replace_prefix_match is not None) != (
            self.type == "ReplaceFullPath",
            self.type == "ReplacePrefixMatch",
        ):
            raise ValueError("write what the type says: replaceFullPath for ReplaceFullPath, and so on")
        return self

    def native(self) -> dict[str, object]:
        """Return the path as redirects and rewrites have it. A slash at the end of a prefix says nothing."""
        if self.replace_full_path is not None:
            return {"path": self.replace_full_path}
        return {"path_prefix": (self.replace_prefix_match or "").rstrip("/") or "/"}


class RedirectFilter(Camel):
    """An answer that sends the client elsewhere (HTTPRequestRedirectFilter)."""

    scheme: Annotated[Literal["http", "https"] | None, Mapped(f"{_REDIRECT}.scheme")] = None
    hostname: Annotated[Hostname | None, Mapped(f"{_REDIRECT}.hostname")] = None
    path: PathModifier | None = None
    port: Annotated[PortNumber | None, Mapped(f"{_REDIRECT}.port")] = None
    status_code: Annotated[Literal[301, 302, 303, 307, 308], Mapped(f"{_REDIRECT}.status")] = 302

    def native(self) -> dict[str, object]:
        """Return the redirect of the model."""
        made: dict[str, object] = {
            name: value
            for name, value in (("scheme", self.scheme), ("hostname", self.hostname), ("port", self.port))
            if value is not None
        }
        made |= self.path.native() if self.path else {}
        return made if made and self.status_code == 302 else {**made, "status": self.status_code}


class RewriteFilter(Camel):
    """Another path and host towards the backend (HTTPURLRewriteFilter)."""

    hostname: Annotated[Hostname | None, Mapped(f"{_REWRITE}.host")] = None
    path: PathModifier | None = None

    def native(self) -> dict[str, object]:
        """Return the rewrite of the model."""
        host: dict[str, object] = {"host": native_host(self.hostname)} if self.hostname else {}
        return host | (self.path.native() if self.path else {})


def native_host(name: str) -> object:
    """Return a host as `rewrite` has it, where one word stands for the backend's own."""
    return {"literal": name} if name == "backend" else name


class Fraction(Camel):
    """A share."""

    numerator: Annotated[int, Field(ge=0), Mapped(f"{_MIRROR}.copies.percent")]
    denominator: Annotated[int, Field(ge=1), Mapped(f"{_MIRROR}.copies.percent")] = 100

    @model_validator(mode="after")
    def _fits(self) -> Fraction:
        if self.numerator > self.denominator:
            raise ValueError("a share is at most one")
        return self


class MirrorFilter(Camel):
    """A copy of the requests to another backend (HTTPRequestMirrorFilter)."""

    backend_ref: ServiceRef
    percent: Annotated[int | None, Field(ge=0, le=100), Mapped(f"{_MIRROR}.copies.percent")] = None
    fraction: Fraction | None = None

    @model_validator(mode="after")
    def _fits(self) -> MirrorFilter:
        if self.percent is not None and self.fraction is not None:
            raise ValueError("write one of percent and fraction")
        return self

    def native(self, service: str) -> object:
        """Return the copy to *service*."""
        if self.fraction is not None:
            percent: float = 100 * self.fraction.numerator / self.fraction.denominator
            return {"to": service, "percent": round(percent, 4)}
        return service if self.percent is None else {"to": service, "percent": self.percent}


class CorsFilter(Camel):
    """Which pages of other origins may read the answers (HTTPCORSFilter)."""

    allow_origins: Annotated[tuple[str, ...], Field(min_length=1), Mapped(f"{_CORS}.origins")]
    allow_credentials: Annotated[bool, Mapped(f"{_CORS}.credentials")] = False
    allow_methods: Annotated[tuple[str, ...], Mapped(f"{_CORS}.methods")] = ()
    allow_headers: Annotated[tuple[str, ...], Mapped(f"{_CORS}.headers")] = ()
    expose_headers: Annotated[tuple[str, ...], Mapped(f"{_CORS}.expose_headers")] = ()
    max_age: Annotated[int | None, Field(ge=1), Mapped(f"{_CORS}.max_age")] = None

    def native(self) -> object:
        """Return the policy. With credentials, answers name the origin that asks, whichever it is."""
        is_open = self.allow_credentials and "*" in self.allow_origins
        made: dict[str, object] = {"origins": ["~.*"] if is_open else list(self.allow_origins)}
        for name, values in (
            ("methods", self.allow_methods),
            ("headers", self.allow_headers),
            ("expose_headers", [name for name in self.expose_headers if name != "*" or not self.allow_credentials]),
        ):
            if values:
                made[name] = list(values)
        if self.allow_credentials:
            made["credentials"] = True
        if self.max_age is not None:
            made["max_age"] = f"{self.max_age}s"
        return made if len(made) > 1 else made["origins"]


class HttpAuth(Camel):
    """How an authorizer over HTTP is asked (HTTPAuthConfig)."""

    path: Annotated[str, Refused("the path of an authorizer is one path, and not put before that of the request")] = ""
    allowed_headers: Annotated[tuple[str, ...], Mapped(f"{_AUTH}.headers_to_authorizer")] = ()
    allowed_response_headers: Annotated[tuple[str, ...], Mapped(f"{_AUTH}.headers_to_backend")] = ()


class GrpcAuth(Camel):
    """How an authorizer over gRPC is asked (GRPCAuthConfig)."""

    allowed_headers: Annotated[tuple[str, ...], Mapped(f"{_AUTH}.headers_to_authorizer")] = ()


class ForwardBody(Camel):
    """The body for the authorizer (ForwardBodyConfig)."""

    max_size: Annotated[int, Field(ge=0), Mapped(f"{_AUTH}.body")] = 0


class AuthFilter(Camel):
    """A service that decides about every request (HTTPExternalAuthFilter)."""

    protocol: Annotated[Literal["HTTP", "GRPC"], Mapped(f"{_AUTH}.protocol")]
    backend_ref: ServiceRef
    http: HttpAuth | None = None
    grpc: GrpcAuth | None = None
    forward_body: ForwardBody | None = None

    def native(self, service: str) -> dict[str, object]:
        """Return the policy."""
        made: dict[str, object] = {"service": service}
        if self.protocol == "GRPC":
            made["protocol"] = "grpc"
            if self.grpc and self.grpc.allowed_headers:
                made["headers_to_authorizer"] = [name.lower() for name in self.grpc.allowed_headers]
        else:
            http = self.http or HttpAuth()
            made["headers_to_authorizer"] = ["authorization", *(name.lower() for name in http.allowed_headers)]
            if http.allowed_response_headers:
                made["headers_to_backend"] = [name.lower() for name in http.allowed_response_headers]
        if self.forward_body and self.forward_body.max_size:
            made["body"] = self.forward_body.max_size
        return made


_Common = Literal["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"]
_OfHttp = Literal["RequestRedirect", "URLRewrite", "CORS", "ExternalAuth"]
_ONCE: Final = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier", *get_args(_OfHttp)})
_TYPE: Final = Mapped("routes.policies, routes.redirect")
_ONLY_HEADERS: Final = Refused("for one backend only headers can be changed; everything else is a filter of the rule")


class AnyFilter(Camel):
    """What every filter can be."""

    type: Annotated[str, _TYPE]
    request_header_modifier: HeaderFilter | None = None
    response_header_modifier: HeaderFilter | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        name = {"URLRewrite": "urlRewrite", "CORS": "cors"}.get(self.type, self.type[0].lower() + self.type[1:])
        written = [
            info.alias for field, info in type(self).model_fields.items() if field != "type" and getattr(self, field)
        ]
        if written != [name]:
            raise ValueError(f"a filter of the type {self.type} has {name}, and nothing else")
        return self


class RuleFilter(AnyFilter):
    """What every filter of a rule can be."""

    request_mirror: MirrorFilter | None = None
    extension_ref: ObjectRef | None = None


class GrpcFilter(RuleFilter):
    """A filter of a rule (GRPCRouteFilter)."""

    type: Annotated[_Common, _TYPE]


class HttpFilter(RuleFilter):
    """A filter of a rule (HTTPRouteFilter)."""

    type: Annotated[_Common | _OfHttp, _TYPE]
    request_redirect: RedirectFilter | None = None
    url_rewrite: RewriteFilter | None = None
    cors: CorsFilter | None = None
    external_auth: AuthFilter | None = None


class BackendFilter(AnyFilter):
    """A filter of one backend (GRPCBackendRef)."""

    type: Annotated[_Common, _TYPE]
    request_mirror: Annotated[Any, _ONLY_HEADERS] = None
    extension_ref: Annotated[Any, _ONLY_HEADERS] = None


class HttpBackendFilter(AnyFilter):
    """A filter of one backend (HTTPBackendRef)."""

    type: Annotated[_Common | _OfHttp, _TYPE]
    request_mirror: Annotated[Any, _ONLY_HEADERS] = None
    extension_ref: Annotated[Any, _ONLY_HEADERS] = None
    request_redirect: Annotated[Any, _ONLY_HEADERS] = None
    url_rewrite: Annotated[Any, _ONLY_HEADERS] = None
    cors: Annotated[Any, _ONLY_HEADERS] = None
    external_auth: Annotated[Any, _ONLY_HEADERS] = None


F = TypeVar("F", bound=AnyFilter)


def _compatible(filters: tuple[F, ...]) -> tuple[F, ...]:
    counted = Counter(item.type for item in filters)
    for name, count in counted.items():
        if count > 1 and name in _ONCE:
            raise ValueError(f"the filter {name} is there twice")
    if counted["RequestRedirect"] and counted["URLRewrite"]:
        raise ValueError("RequestRedirect and URLRewrite exclude each other")
    return filters


GrpcFilters = Annotated[tuple[GrpcFilter, ...], AfterValidator(_compatible)]
HttpFilters = Annotated[tuple[HttpFilter, ...], AfterValidator(_compatible)]
BackendFilters = Annotated[tuple[BackendFilter, ...], AfterValidator(_compatible)]
HttpBackendFilters = Annotated[tuple[HttpBackendFilter, ...], AfterValidator(_compatible)]
