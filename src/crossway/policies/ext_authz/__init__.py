"""External authorization: a service of one's own decides on every request, before it goes on.

A proxy asks it with the head of the request, and waits. What the service names for the backend is taken off what the
client sent first, so that a header which stands for a decision never is the client's.

Each route carries the whole filter, and not only what differs from one on the listener: Envoy's own overrides by route
cover neither the failure mode nor the choice of headers. The context is in the metadata of the route for that reason:
context extensions are such an override, and cannot be had with a whole filter.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import AfterValidator, Field, model_validator

from crossway.compile import identity
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, HeaderName, Part, ServiceName, Size, Spec, parse_duration
from crossway.model.values import HeaderText
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.common.matching import v3 as matching_v3
from crossway.protos.envoy.extensions.filters.http.composite import v3 as composite_v3
from crossway.protos.envoy.extensions.filters.http.ext_authz import v3 as ext_authz_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.xds.type.matcher import v3 as xds_matcher_v3

CONTEXT: Final = "crossway.ext_authz"
"""Where a gRPC authorizer finds the context, among the metadata of the route."""

_ALWAYS_SENT: Final = (*identity.HEADERS, "x-request-id")
_FORWARDED: Final = {
    "x-forwarded-method": "%REQ(:METHOD)%",
    "x-forwarded-proto": "%REQ(:SCHEME)%",
    "x-forwarded-host": "%REQ(:AUTHORITY)%",
    "x-forwarded-uri": "%REQ(:PATH)%",
    "x-forwarded-for": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
}
_OF_THE_CONNECTION: Final = (
    *("connection", "expect", "http2-settings", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"),
)
"""What speaks of the client's connection, and would be wrong on the one to the authorizer (RFC 9110, section 7.6.1)."""
_OF_A_REFUSAL: Final = ("content-type", "location", "retry-after", "set-cookie", "www-authenticate")


class Protocol(enum.StrEnum):
    """How the authorizer is asked."""

    HTTP = "http"
    """With a request of the same method, without its body unless `body` says so: 2xx lets it pass, 5xx is a failure,
    and any other answer is the client's."""
    GRPC = "grpc"
    """By `envoy.service.auth.v3.Authorization/Check`, as OPA and others serve it. Its service has `protocol: http2`."""


class OnFailure(enum.StrEnum):
    """What becomes of a request when the authorizer is away, too slow, or broken."""

    DENY = "deny"
    """It is answered 503."""
    ALLOW = "allow"
    """It goes on, unauthorized."""


class Body(Part):
    """The body of the request, for an authorizer that has to see it. In one line, its size."""

    max: Annotated[Size, Field(ge=1)]
    """How much of it is sent; a longer one is answered 413."""
    partial: bool = False
    """Send the beginning of a longer one instead of answering 413."""

    short_forms = ("max",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"max": value} if isinstance(value, str | int) else value


def _not_identity(name: str) -> str:
    if name in identity.HEADERS:
        raise ValueError(f"{name} says who a request is from; only authentication writes it")
    return name


class ExtAuthz(Spec):
    """Ask a service whether a request may pass. `ext_authz: false` does not ask, where a farther place would."""

    enabled: bool = True
    """Whether the authorizer is asked."""
    service: ServiceName | None = None
    """The service that decides; `namespace/name` for one elsewhere."""
    protocol: Protocol = Protocol.HTTP
    """How it is asked."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$")] | None = None
    """Where an HTTP authorizer is asked. Without it, at the path of the request. Either way it finds what was asked of
    the gateway in `x-forwarded-method`, `-proto`, `-host`, `-uri` and `-for`."""
    timeout: Annotated[Duration, Field(gt=timedelta())] = parse_duration("1s")
    """How long a decision may take; then the authorizer has failed. 1s by default: long for a decision, short for a
    client that waits."""
    on_failure: OnFailure = OnFailure.DENY
    """What becomes of a request without a decision. By default it is refused, with 503; `allow` leaves every door open
    to whoever can keep the authorizer busy."""
    headers_to_authorizer: tuple[HeaderName, ...] | None = None
    """The headers of the request that the authorizer sees; all of them without it, cookies and tokens included. The
    host, the request id and what authentication found out are always among them."""
    headers_to_backend: tuple[Annotated[HeaderName, AfterValidator(_not_identity)], ...] = ()
    """The headers of its answer that reach the backend, and no others do. The client's own of the same names are taken
    off, whether the authorizer sets them or not."""
    headers_to_client: tuple[HeaderName, ...] = ()
    """The headers of its answer that reach the client, with a refusal and without; `content-type`, `location`,
    `retry-after`, `set-cookie` and `www-authenticate` come with a refusal anyway. For HTTP: gRPC names them itself."""
    body: Body | None = None
    """Send the body too, as a whole: the request waits until it is there. A gRPC authorizer finds it in `raw_body`."""
    context: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9-]+$")], HeaderText] = Field(default_factory=dict)
    """What else the authorizer should know of the route, such as `team: shop`: over HTTP in `x-context-team`, over gRPC
    in `attributes.route_metadata_context.filter_metadata`, under `crossway.ext_authz`."""

    short_forms = ({"const": False},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"enabled": False} if value is False else value

    @model_validator(mode="after")
    def _fields_fit(self) -> ExtAuthz:
        if self.enabled and self.service is None:
            raise ValueError("name the service that decides")
        if self.protocol is Protocol.GRPC and self.path is not None:
            raise ValueError("path is for protocol http; a gRPC authorizer has one method")
        if self.protocol is Protocol.GRPC and self.headers_to_client:
            raise ValueError("headers_to_client is for protocol http; a gRPC authorizer names them in its answer")
        return self


def compile_ext_authz(spec: ExtAuthz, site: Site) -> Fragment:
    """Return the filter with all its settings, behind one that takes off the client's headers."""
    if not spec.enabled or spec.service is None:
        return Fragment()
    cluster = site.cluster(spec.service)
    check = ext_authz_v3.ExtAuthz(
        transport_api_version=core_v3.ApiVersion.V3,
        failure_mode_allow=spec.on_failure is OnFailure.ALLOW,
        status_on_error=type_v3.HttpStatus(code=type_v3.StatusCode.ServiceUnavailable),
    )
    if spec.body is not None:
        # As bytes: text that is not UTF-8 would be a failure of the authorizer, which a client could cause at will.
        check.with_request_body.max_request_bytes = spec.body.max
        check.with_request_body.allow_partial_message = spec.body.partial
        check.with_request_body.pack_as_bytes = spec.protocol is Protocol.GRPC
    if spec.headers_to_authorizer is not None:
        check.allowed_headers.CopyFrom(_names(*_ALWAYS_SENT, *spec.headers_to_authorizer))
    route = None
    if spec.protocol is Protocol.GRPC:
        _by_grpc(check, spec, cluster)
        if spec.context:
            route = route_v3.Route()
            route.metadata.filter_metadata[CONTEXT].update(dict(spec.context))
    else:
        _by_http(check, spec, cluster)
    chain = [_filter("check", check)]
    if spec.headers_to_backend:
        clean = header_mutation_v3.HeaderMutation()
        for name in spec.headers_to_backend:
            clean.mutations.request_mutations.add(remove=name)
        chain.insert(0, _filter("clean", clean))
    return Fragment(route=route, per_route={"ext_authz": _on_every_request(chain)})


def _by_grpc(check: ext_authz_v3.ExtAuthz, spec: ExtAuthz, cluster: str) -> None:
    check.grpc_service.envoy_grpc.cluster_name = cluster
    check.grpc_service.timeout.FromTimedelta(spec.timeout)
    check.metadata_context_namespaces.append(identity.CLAIMS[0])
    check.route_metadata_context_namespaces.append(CONTEXT)
    check.decoder_header_mutation_rules.disallow_all.value = True
    if spec.headers_to_backend:
        check.decoder_header_mutation_rules.allow_expression.regex = _any_of(spec.headers_to_backend)


def _by_http(check: ext_authz_v3.ExtAuthz, spec: ExtAuthz, cluster: str) -> None:
    withheld = list(_OF_THE_CONNECTION)
    if spec.headers_to_authorizer is None:
        check.allowed_headers.patterns.add().safe_regex.regex = ".*"
    elif "authorization" not in spec.headers_to_authorizer:
        withheld.append("authorization")  # which Envoy would send by itself
    check.disallowed_headers.CopyFrom(_names(*withheld))
    service = check.http_service
    service.server_uri.uri = f"http://{cluster}"
    service.server_uri.cluster = cluster
    service.server_uri.timeout.FromTimedelta(spec.timeout)
    if spec.path is not None:
        service.path_override = spec.path
    context = {f"x-context-{name}": value.replace("%", "%%") for name, value in spec.context.items()}
    for name, value in (_FORWARDED | context).items():
        service.authorization_request.headers_to_add.add(key=name, value=value)
    answer = service.authorization_response
    answer.allowed_client_headers.CopyFrom(_names(*_OF_A_REFUSAL, *spec.headers_to_client))
    if spec.headers_to_client:
        answer.allowed_client_headers_on_success.CopyFrom(_names(*spec.headers_to_client))
    if spec.headers_to_backend:
        answer.allowed_upstream_headers.CopyFrom(_names(*spec.headers_to_backend))


def _names(*headers: str) -> matcher_v3.ListStringMatcher:
    pattern = matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=_any_of(headers)))
    return matcher_v3.ListStringMatcher(patterns=[pattern])


def _any_of(headers: Iterable[str]) -> str:
    """Return a regular expression for these names, and nothing longer: Envoy matches the whole text."""
    return "|".join(re.escape(name) for name in dict.fromkeys(headers))


def _filter(name: str, settings: Message) -> core_v3.TypedExtensionConfig:
    return core_v3.TypedExtensionConfig(name=name, typed_config=pack(settings))


def _on_every_request(chain: list[core_v3.TypedExtensionConfig]) -> matching_v3.ExtensionWithMatcherPerRoute:
    """Return the settings that have these filters run. No condition stands before them that could fail to match."""
    action = composite_v3.ExecuteFilterAction()
    action.filter_chain.typed_config.extend(chain)
    matcher = xds_matcher_v3.Matcher()
    matcher.on_no_match.action.name = "ext_authz"
    matcher.on_no_match.action.typed_config.CopyFrom(pack(action))
    return matching_v3.ExtensionWithMatcherPerRoute(xds_matcher=matcher)


POLICY = Policy(
    spec=ExtAuthz,
    stage=Stage.AUTHZ,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_ext_authz,
    filters={
        "ext_authz": matching_v3.ExtensionWithMatcher(extension_config=_filter("composite", composite_v3.Composite()))
    },
)
