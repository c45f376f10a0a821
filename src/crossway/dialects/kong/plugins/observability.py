"""Plugins that watch: prometheus, zipkin, opentelemetry, file-log, correlation-id.

Metrics, traces and logs are those of a gateway: only a plugin for everything can say them.

https://developer.konghq.com/plugins/?category=analytics-monitoring
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from crossway.dialects.contract import Ignored, Mapped, Refused
from crossway.dialects.kong.entity import trouble
from crossway.dialects.kong.plugin import SILENT, Config, Kind, Plugin, Said
from crossway.memo import Read

_QUEUE: Final = "what cannot be reported at once is lost, and no request waits for it"
_CONTEXT: Final = "the context travels in the headers of B3 and of W3C"
_ALWAYS: Final = "it is always counted"


class PrometheusConfig(Config):
    """prometheus."""

    per_consumer: Annotated[bool, Mapped("metrics.consumers")] = False
    status_code_metrics: Annotated[bool, Ignored(_ALWAYS)] = False
    latency_metrics: Annotated[bool, Ignored(_ALWAYS)] = False
    bandwidth_metrics: Annotated[bool, Ignored(_ALWAYS)] = False
    upstream_health_metrics: Annotated[bool, Ignored(_ALWAYS)] = False
    ai_metrics: Annotated[bool, Ignored("there is nothing to count")] = False
    wasm_metrics: Annotated[bool, Ignored("there is nothing to count")] = False


class Prometheus(Plugin):
    """prometheus."""

    config: PrometheusConfig = PrometheusConfig()


def _prometheus(_: Read, plugin: Prometheus) -> Said:
    return Said({"metrics": {"consumers": True} if plugin.config.per_consumer else True})


class ZipkinConfig(Config):
    """zipkin."""

    http_endpoint: Annotated[str | None, Mapped("tracing.zipkin")] = None
    sample_ratio: Annotated[float, Mapped("tracing.sample")] = 0.001
    static_tags: Annotated[tuple[Mapping[str, str], ...], Mapped("tracing.tags")] = ()
    local_service_name: Annotated[str | None, Ignored("spans carry the name of the gateway")] = None
    default_service_name: Annotated[str | None, Ignored("spans carry the name of the service")] = None
    include_credential: Annotated[bool, Ignored("spans carry the consumer")] = True
    traceid_byte_count: Annotated[int, Ignored("identities of traces have 16 bytes")] = 16
    header_type: Annotated[str | None, Ignored(_CONTEXT)] = None
    default_header_type: Annotated[str | None, Ignored(_CONTEXT)] = None
    traceid_header_name: Annotated[str | None, Ignored(_CONTEXT)] = None
    parentid_header_name: Annotated[str | None, Ignored(_CONTEXT)] = None
    propagation: Annotated[Any, Ignored(_CONTEXT)] = None
    tags_header: Annotated[str | None, Ignored("clients give spans no tags")] = None
    span_name: Annotated[str | None, Ignored("spans are called by method and route")] = None
    http_span_name: Annotated[str | None, Ignored("spans are called by method and route")] = None
    http_response_header_for_traceid: Annotated[str | None, Mapped("tracing.response_header")] = None
    phase_duration_flavor: Annotated[str | None, Ignored("phases are those of Kong")] = None
    connect_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    send_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    read_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    queue: Annotated[Any, Ignored(_QUEUE)] = None


class Zipkin(Plugin):
    """zipkin."""

    config: ZipkinConfig = ZipkinConfig()


def _zipkin(_: Read, plugin: Zipkin) -> Said:
    config = plugin.config
    if not config.http_endpoint:
        return SILENT
    service, path = _collector(config.http_endpoint)
    tracing: dict[str, object] = {"zipkin": {"service": service, "path": path}, "sample": _percent(config.sample_ratio)}
    if config.static_tags:
        tracing["tags"] = {tag.get("name", ""): tag.get("value", "") for tag in config.static_tags}
    if config.http_response_header_for_traceid:
        tracing["response_header"] = config.http_response_header_for_traceid.lower()
    return Said({"tracing": tracing})


class OpenTelemetryConfig(Config):
    """opentelemetry."""

    endpoint: Annotated[str | None, Mapped("tracing.otlp")] = None
    traces_endpoint: Annotated[str | None, Mapped("tracing.otlp")] = None
    logs_endpoint: Annotated[str | None, Ignored("errors of the proxy are in its own log")] = None
    access_logs_endpoint: Annotated[str | None, Mapped("access_log.outputs.otlp")] = None
    metrics: Annotated[Any, Ignored("metrics are read by Prometheus; see the policy metrics")] = None
    headers: Annotated[Any, Refused("a collector is asked without credentials")] = None
    resource_attributes: Annotated[Mapping[str, str] | None, Mapped("tracing.otlp.service_name")] = None
    sampling_rate: Annotated[float | None, Mapped("tracing.sample")] = None
    sampling_strategy: Annotated[str | None, Ignored("a trace that was begun is continued as its beginning says")] = (
        None
    )
    header_type: Annotated[str | None, Ignored(_CONTEXT)] = None
    propagation: Annotated[Any, Ignored(_CONTEXT)] = None
    http_response_header_for_traceid: Annotated[str | None, Mapped("tracing.response_header")] = None
    connect_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    send_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    read_timeout: Annotated[Any, Ignored(_QUEUE)] = None
    queue: Annotated[Any, Ignored(_QUEUE)] = None
    batch_span_count: Annotated[Any, Ignored(_QUEUE)] = None
    batch_flush_delay: Annotated[Any, Ignored(_QUEUE)] = None


class OpenTelemetry(Plugin):
    """opentelemetry."""

    config: OpenTelemetryConfig = OpenTelemetryConfig()


def _opentelemetry(_: Read, plugin: OpenTelemetry) -> Said:
    config = plugin.config
    policies: dict[str, object] = {}
    name = (config.resource_attributes or {}).get("service.name")
    named = {"service_name": name} if name else {}
    if endpoint := config.traces_endpoint or config.endpoint:
        service, path = _collector(endpoint)
        tracing: dict[str, object] = {"otlp": {"service": service, "protocol": "http", "path": path, **named}}
        if config.sampling_rate is not None:
            tracing["sample"] = _percent(config.sampling_rate)
        if config.http_response_header_for_traceid:
            tracing["response_header"] = config.http_response_header_for_traceid.lower()
        policies["tracing"] = tracing
    if config.access_logs_endpoint:
        service, path = _collector(config.access_logs_endpoint)
        output = {"otlp": {"service": service, "protocol": "http", "path": path, **named}}
        policies["access_log"] = {"outputs": ["stdout", output]}
    return Said(policies)


def _collector(url: str) -> tuple[str, str]:
    """Return the service that *url* leads to, and the path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path or "/"


def _percent(ratio: float) -> float | int:
    percent = round(ratio * 100, 6)
    return int(percent) if percent == int(percent) else percent


class FileLogConfig(Config):
    """file-log."""

    path: Annotated[str | None, Mapped("access_log.outputs.file")] = None
    reopen: Annotated[bool, Ignored("a file that was moved away is made anew by SIGUSR1")] = False
    custom_fields_by_lua: Annotated[Any, Refused("code in Lua is not run")] = None


class FileLog(Plugin):
    """file-log."""

    config: FileLogConfig = FileLogConfig()


def _file_log(_: Read, plugin: FileLog) -> Said:
    path = plugin.config.path
    if not path:
        missing = trouble("field.missing", "file-log has a path", ("config",))
        return Said(findings=(missing,))
    path = {"/dev/stdout": "stdout", "/dev/stderr": "stderr"}.get(path, path)
    return Said({"access_log": {"outputs": list(dict.fromkeys(("stdout", path)))}})


class CorrelationConfig(Config):
    """correlation-id."""

    header_name: Annotated[str, Mapped("correlation_id.header, headers.request.add_if_absent")] = "Kong-Request-ID"
    generator: Annotated[Literal["uuid", "uuid#counter", "tracker"] | None, Mapped("correlation_id.generator")] = None
    echo_downstream: Annotated[bool, Mapped("correlation_id.echo, headers.response.set")] = False


class CorrelationId(Plugin):
    """correlation-id."""

    config: CorrelationConfig = CorrelationConfig()


_OWN: Final = "x-request-id"
"""The header that carries the id of a request in any case."""


def _correlation_id(_: Read, plugin: CorrelationId) -> Said:
    name = plugin.config.header_name.lower()
    if name == _OWN:
        return SILENT
    everywhere = not (plugin.service or plugin.route or plugin.consumer or plugin.consumer_group)
    if everywhere:
        policy: dict[str, object] = {"header": name}
        if plugin.config.generator == "tracker":
            policy["generator"] = "time_uuid"
        if not plugin.config.echo_downstream:
            policy["echo"] = False
        return Said({"correlation_id": policy})
    edits: dict[str, object] = {"request": {"add_if_absent": {name: "{request_id}"}}}
    if plugin.config.echo_downstream:
        edits["response"] = {"set": {name: "{request_id}"}}
    return Said({"headers": edits})


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind("prometheus", Prometheus, _prometheus, guards=False),
    Kind("zipkin", Zipkin, _zipkin, guards=False),
    Kind("opentelemetry", OpenTelemetry, _opentelemetry, guards=False),
    Kind("file-log", FileLog, _file_log, guards=False),
    Kind("correlation-id", CorrelationId, _correlation_id, guards=False),
)
