"""VirtualService: its schema. What becomes of it stands in `crossway.dialects.istio.routes`.

https://istio.io/latest/docs/reference/config/networking/virtual-service/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Ignored, Mapped, Refused
from crossway.dialects.istio.objects import MESH, NETWORKING, Destination, StringMatch
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import PortNumber

VIRTUAL_SERVICE: Final = f"{NETWORKING}/VirtualService"

_IN_MESH: Final = Mapped("routes.services: it holds inside of the mesh alone")


class HeaderOperations(Camel):
    """Changes of headers."""

    set: Annotated[Mapping[str, str], Mapped("policies.headers.set")] = Field(default_factory=dict)
    add: Annotated[Mapping[str, str], Mapped("policies.headers.add")] = Field(default_factory=dict)
    remove: Annotated[tuple[str, ...], Mapped("policies.headers.remove")] = ()


class Headers(Camel):
    """Changes of the headers of requests and answers."""

    request: HeaderOperations = HeaderOperations()
    response: HeaderOperations = HeaderOperations()


class Percent(Camel):
    """A share, in percent."""

    value: Annotated[float, Field(ge=0, le=100), Mapped("a share")] = 0


class HTTPMatch(Camel):
    """Conditions on a request, all of which must hold."""

    name: Annotated[str, Ignored("names are for people")] = ""
    uri: StringMatch | None = None
    ignore_uri_case: Annotated[bool, Mapped("routes.matches.path")] = False
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: Mapping[str, StringMatch] = Field(default_factory=dict)
    without_headers: Mapping[str, StringMatch] = Field(default_factory=dict)
    query_params: Mapping[str, StringMatch] = Field(default_factory=dict)
    port: Annotated[PortNumber | None, Mapped("routes.listeners")] = None
    gateways: Annotated[tuple[str, ...], Mapped("routes.gateways")] = ()
    source_labels: Annotated[Mapping[str, str], _IN_MESH] = Field(default_factory=dict)
    source_namespace: Annotated[str, _IN_MESH] = ""
    stat_prefix: Annotated[Any, Ignored("metrics are named after the route")] = None


class HTTPRouteDestination(Camel):
    """A destination with its share."""

    destination: Destination
    weight: Annotated[int | None, Field(ge=0), Mapped("routes.to.weight")] = None
    headers: Headers | None = None


class HTTPRedirect(Camel):
    """An answer that sends the client elsewhere."""

    uri: Annotated[str | None, Mapped("routes.redirect.path, routes.redirect.path_prefix")] = None
    authority: Annotated[str | None, Mapped("routes.redirect.hostname")] = None
    port: Annotated[PortNumber | None, Mapped("routes.redirect.port")] = None
    derive_port: Annotated[Any, Refused("a redirect says its port, or has that of its scheme")] = None
    scheme: Annotated[Literal["http", "https"] | None, Mapped("routes.redirect.scheme")] = None
    redirect_code: Annotated[int, Mapped("routes.redirect.status")] = 301


class HTTPBody(Camel):
    """The body of an answer."""

    string: Annotated[str | None, Mapped("routes.respond.body")] = None
    bytes: Annotated[Any, Refused("a body given here is text")] = None


class HTTPDirectResponse(Camel):
    """An answer of the proxy itself."""

    status: Annotated[int, Mapped("routes.respond.status")]
    body: HTTPBody = HTTPBody()


class Delegate(Camel):
    """Another VirtualService, which says the rest."""

    name: Annotated[str, Mapped("routes")]
    namespace: Annotated[str | None, Mapped("routes")] = None


class RegexRewrite(Camel):
    """A replacement in the path."""

    match: Annotated[str, Mapped("policies.rewrite.regex.pattern")]
    rewrite: Annotated[str, Mapped("policies.rewrite.regex.replacement")]


class HTTPRewrite(Camel):
    """Another path or host for the backend."""

    uri: Annotated[str | None, Mapped("policies.rewrite.path_prefix, policies.rewrite.path")] = None
    authority: Annotated[str | None, Mapped("policies.rewrite.host")] = None
    uri_regex_rewrite: RegexRewrite | None = None


class HTTPRetry(Camel):
    """Another try."""

    attempts: Annotated[int, Field(ge=0), Mapped("policies.retry.attempts")] = 2
    per_try_timeout: Annotated[str | None, Mapped("policies.timeout.backend")] = None
    retry_on: Annotated[str, Mapped("policies.retry.on")] = ""
    retry_remote_localities: Annotated[bool | None, Mapped("policies.retry.other_priority")] = None
    retry_ignore_previous_hosts: Annotated[bool | None, Mapped("policies.retry.other_host")] = None
    backoff: Annotated[str | None, Mapped("policies.retry.back_off.base")] = None


class Delay(Camel):
    """Wait before forwarding."""

    fixed_delay: Annotated[str, Mapped("policies.fault.delay.duration")]
    percentage: Percent | None = None
    percent: Annotated[int | None, Mapped("policies.fault.delay.percentage")] = None


class Abort(Camel):
    """Answer with an error."""

    http_status: Annotated[int | None, Mapped("policies.fault.abort.status")] = None
    grpc_status: Annotated[str | None, Mapped("policies.fault.abort.grpc_status")] = None
    percentage: Percent | None = None


class HTTPFault(Camel):
    """Faults for tests."""

    delay: Delay | None = None
    abort: Abort | None = None


class HTTPMirror(Camel):
    """A copy of requests."""

    destination: Destination
    percentage: Percent | None = None


class CorsPolicy(Camel):
    """Cross-origin requests."""

    allow_origins: tuple[StringMatch, ...] = ()
    allow_origin: Annotated[tuple[str, ...], Mapped("policies.cors.origins")] = ()
    allow_methods: Annotated[tuple[str, ...], Mapped("policies.cors.methods")] = ()
    allow_headers: Annotated[tuple[str, ...], Mapped("policies.cors.headers")] = ()
    expose_headers: Annotated[tuple[str, ...], Mapped("policies.cors.expose_headers")] = ()
    max_age: Annotated[str | None, Mapped("policies.cors.max_age")] = None
    allow_credentials: Annotated[bool | None, Mapped("policies.cors.credentials")] = None
    unmatched_preflights: Annotated[Any, Ignored("a preflight of a strange origin is answered without permission")] = (
        None
    )


class HTTPRoute(Camel):
    """One rule: conditions, and what becomes of requests that meet any of them."""

    name: Annotated[str, Ignored("names are for people")] = ""
    match: tuple[HTTPMatch, ...] = ()
    route: tuple[HTTPRouteDestination, ...] = ()
    redirect: HTTPRedirect | None = None
    direct_response: HTTPDirectResponse | None = None
    delegate: Delegate | None = None
    rewrite: HTTPRewrite | None = None
    timeout: Annotated[str | None, Mapped("policies.timeout.request")] = None
    retries: HTTPRetry | None = None
    fault: HTTPFault | None = None
    mirror: Destination | None = None
    mirrors: tuple[HTTPMirror, ...] = ()
    mirror_percentage: Percent | None = None
    mirror_percent: Annotated[float | None, Mapped("policies.mirror.copies.percent")] = None
    cors_policy: CorsPolicy | None = None
    headers: Headers | None = None


class L4Match(Camel):
    """Conditions on a connection, all of which must hold."""

    sni_hosts: Annotated[tuple[str, ...], Mapped("routes.hostnames")] = ()
    port: Annotated[PortNumber | None, Mapped("routes.listeners")] = None
    gateways: Annotated[tuple[str, ...], Mapped("routes.gateways")] = ()
    destination_subnets: Annotated[Any, Refused("connections are told apart by port and server name")] = None
    source_subnet: Annotated[Any, Refused("connections are told apart by port and server name")] = None
    source_labels: Annotated[Mapping[str, str], _IN_MESH] = Field(default_factory=dict)
    source_namespace: Annotated[str, _IN_MESH] = ""


class RouteDestination(Camel):
    """A destination of connections, with its share."""

    destination: Destination
    weight: Annotated[int | None, Field(ge=0), Mapped("routes.to.weight")] = None


class L4Route(Camel):
    """One rule for connections."""

    match: tuple[L4Match, ...] = ()
    route: tuple[RouteDestination, ...] = ()


class VirtualServiceSpec(Camel):
    """What a VirtualService says."""

    hosts: Annotated[tuple[str, ...], Mapped("routes.hostnames")] = ()
    gateways: Annotated[tuple[str, ...], Mapped("routes.gateways, routes.services")] = (MESH,)
    http: tuple[HTTPRoute, ...] = ()
    tls: tuple[L4Route, ...] = ()
    tcp: tuple[L4Route, ...] = ()
    export_to: Annotated[Any, Ignored("a gateway sees every VirtualService that names it")] = None


class VirtualService(KubernetesObject):
    """Rules for requests to some hosts."""

    spec: VirtualServiceSpec


def destinations(service: VirtualService) -> Iterator[Destination]:
    """Yield every destination that a VirtualService names."""
    for rule in service.spec.http:
        yield from (item.destination for item in rule.route)
        yield from (mirror.destination for mirror in rule.mirrors)
        if rule.mirror is not None:
            yield rule.mirror
    for connections in (*service.spec.tls, *service.spec.tcp):
        yield from (item.destination for item in connections.route)
