"""Tracing: spans of the requests, reported to a collector, and the context that joins them across services."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile import identity
from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.compile.envoy import names
from crossway.compile.otlp import CollectorHost, Otlp, collector_host
from crossway.compile.sampling import DECIDED, decided
from crossway.compile.tags import Tags, command_tag, compile_tags
from crossway.model import HeaderName, Part, Percent, ServiceName, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

_CONTEXT: Final = (
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-flags",
)
"""The headers that carry the context of a trace: W3C Trace Context and Baggage, and B3 in both of its forms."""

_OWN_TAGS: Final[Mapping[str, str]] = {
    "http.url": "%REQ(:SCHEME)%://%REQ(:AUTHORITY)%%PATH(NQ:ORIG_OR_PATH)%",
    "http.route": "%ROUTE_NAME%",
    "enduser.id": f"%REQ({identity.CONSUMER})%",
}
"""What every span says besides what Envoy says. Its URL stands in place of Envoy's, which has the query."""
_OPERATION: Final = "%REQ(:METHOD)% %ROUTE_NAME%"


class Propagation(enum.StrEnum):
    """The form of the context in the headers of requests."""

    W3C = "w3c"
    """W3C Trace Context, `traceparent`."""
    B3 = "b3"
    """B3, the headers of Zipkin."""


class Zipkin(Part):
    """A collector that understands Zipkin's JSON, version 2. In one line, the name of the service.

    Zipkin's format has no name for who reports but that of the gateways which the proxy serves: `*` for all of them.
    """

    service: ServiceName
    """The service of the collector: its endpoints, TLS and health checks are those of any service."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=1024)] = "/api/v2/spans"
    """The path that takes spans."""
    host: CollectorHost | None = None
    """The host that the collector is asked for; without it, the name of the service."""
    propagation: tuple[Propagation, ...] = (Propagation.B3, Propagation.W3C)
    """The context that is read and written: `[b3, w3c]` reads B3 first, then W3C, and writes both; `[b3]` knows B3
    alone."""

    short_forms = ("service",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"service": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fields_fit(self) -> Zipkin:
        if Propagation.B3 not in self.propagation:
            raise ValueError("Zipkin's context is b3, with or without w3c; for w3c alone, report by otlp")
        return self


class Tracing(Spec):
    """Report spans of requests to a collector, by OTLP (`otlp`) or in Zipkin's format (`zipkin`).

    The context of the trace travels on to the backend, and the identity of the trace stands in the access log
    (`trace_id`) and in the answer. A collector that is away, or slow, costs spans and no request. The policy
    `trace_sampling` decides for single routes. Spans carry the URL without its query.
    """

    otlp: Otlp | None = None
    """Report by OpenTelemetry's protocol. The context is W3C Trace Context (`traceparent`)."""
    zipkin: Zipkin | None = None
    """Report in Zipkin's format. The context is B3, and W3C Trace Context beside it."""
    sample: Percent = 100.0
    """The share of requests of which spans are reported, in percent: of those that do not continue a trace, whose
    beginning has decided. All by default, for a start; with much traffic, 1% tells as much."""
    continue_traces: bool = True
    """Continue the traces of clients that send a context, and report them if the client says so. `false` begins a trace
    of its own for each request: for clients that are not trusted to decide what is reported."""
    attempts: bool = False
    """Report each attempt at a backend as a span of its own, below that of the request: retries become visible. Off by
    default, since it doubles the spans."""
    tags: Tags = Field(default_factory=dict)
    """More tags of each span, by name: a literal text, or a variable in braces, such as `{request.headers.x-tenant}`,
    `{request.query.NAME}`, `{response.headers.NAME}`, `{client_ip}` or another field of the access log."""
    response_header: HeaderName | None = "x-trace-id"
    """The header of the answer that carries the identity of the trace; `null` for none."""

    @model_validator(mode="after")
    def _one_collector(self) -> Tracing:
        if (self.otlp is None) == (self.zipkin is None):
            raise ValueError("write one of otlp and zipkin")
        return self


def compile_tracing(spec: Tracing, site: Site) -> Fragment:
    """Return the tracer of the connection manager, and what reads and writes headers for it."""
    tracing = hcm_v3.HttpConnectionManager.Tracing(
        random_sampling=type_v3.Percent(value=spec.sample),
        custom_tags=[*(command_tag(*own) for own in _OWN_TAGS.items()), *compile_tags(spec.tags)],
        spawn_upstream_span=protobuf.BoolValue(value=True) if spec.attempts else None,
        provider=_provider(spec, site),
        operation=_OPERATION,
        upstream_operation=_OPERATION,
    )
    manager = hcm_v3.HttpConnectionManager(tracing=tracing)
    manager.early_header_mutation_extensions.add(
        name="envoy.http.early_header_mutation.header_mutation", typed_config=pack(_before(spec))
    )
    manager.http_filters.add(name=names.http_filter("tracing"), typed_config=pack(_after(spec)))
    return Fragment(connection_manager=manager)


def _before(spec: Tracing) -> early_v3.HeaderMutation:
    """Return what happens to headers before the sample is drawn."""
    early = early_v3.HeaderMutation()
    for name in (DECIDED, *(() if spec.continue_traces else _CONTEXT)):
        early.mutations.add(remove=name)
    if spec.continue_traces and spec.otlp is not None:  # the tracer of Zipkin goes by the context alone
        early.mutations.add().append.CopyFrom(decided())
    return early


def _after(spec: Tracing) -> header_mutation_v3.HeaderMutation:
    """Return what happens to headers afterwards, and to those of the answer."""
    filter_ = header_mutation_v3.HeaderMutation()
    filter_.mutations.request_mutations.add(remove=DECIDED)
    if spec.response_header is not None:
        filter_.mutations.response_mutations.add().append.CopyFrom(_header(spec.response_header, "%TRACE_ID%"))
    return filter_


def _header(name: str, value: str) -> core_v3.HeaderValueOption:
    return core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=name, value=value),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )


def _provider(spec: Tracing, site: Site) -> trace_v3.Tracing.Http:
    if spec.otlp is not None:
        config = trace_v3.OpenTelemetryConfig(
            grpc_service=spec.otlp.over_grpc(site),
            http_service=spec.otlp.over_http(site, "/v1/traces"),
            service_name=spec.otlp.reporter(site),
        )
        return trace_v3.Tracing.Http(name="envoy.tracers.opentelemetry", typed_config=pack(config))
    assert spec.zipkin is not None
    both = Propagation.W3C in spec.zipkin.propagation
    options = trace_v3.ZipkinConfig
    zipkin = trace_v3.ZipkinConfig(
        collector_cluster=site.cluster(spec.zipkin.service),
        collector_endpoint=spec.zipkin.path,
        collector_hostname=collector_host(spec.zipkin.service, spec.zipkin.host),
        collector_endpoint_version=options.HTTP_JSON,
        trace_id_128bit=True,
        shared_span_context=protobuf.BoolValue(value=False),
        trace_context_option=options.USE_B3_WITH_W3C_PROPAGATION if both else options.USE_B3,
    )
    return trace_v3.Tracing.Http(name="envoy.tracers.zipkin", typed_config=pack(zipkin))


POLICY: Final = Policy(
    spec=Tracing,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_tracing,
)
