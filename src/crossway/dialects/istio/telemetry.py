"""Telemetry: what is logged and traced. Of several, the one that means the fewest proxies holds, as in Istio.

https://istio.io/latest/docs/reference/config/telemetry/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Ignored, Made, Mapped, Object, Translation
from crossway.dialects.istio.gateway import ISTIO_SYSTEM
from crossway.dialects.istio.selection import PolicyObject, Proxies, Selecting, policies
from crossway.dialects.kubernetes.objects import Camel
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Severity

TELEMETRY: Final = "telemetry.istio.io/Telemetry"

_BUILT_IN: Final = "envoy"
"""The provider that writes to the standard output, which every Istio has."""
_SAMPLING: Final = "policies.trace_sampling"


class TelemetryProvider(Camel):
    """Where something is sent."""

    name: Annotated[str, Mapped("policies.access_log")]


class TrafficMatch(Camel):
    """Which side of a connection is meant. A gateway is a client of what is behind it, and a server to its clients."""

    mode: Annotated[
        Literal["CLIENT_AND_SERVER", "CLIENT", "SERVER"], Ignored("a gateway logs and traces a request once")
    ] = "CLIENT_AND_SERVER"


class LogFilter(Camel):
    """Which requests are logged."""

    expression: Annotated[str, Mapped("policies.access_log")]


class AccessLogging(Camel):
    """What is logged."""

    providers: tuple[TelemetryProvider, ...] = ()
    disabled: Annotated[bool, Mapped("policies.access_log.enabled")] = False
    filter: LogFilter | None = None
    match: TrafficMatch | None = None


class LiteralTag(Camel):
    """A text."""

    value: Annotated[str, Mapped(f"{_SAMPLING}.tags")]


class HeaderTag(Camel):
    """A header of the request."""

    name: Annotated[str, Mapped(f"{_SAMPLING}.tags")]
    default_value: Annotated[str, Ignored("a span of a request without the header has no such tag")] = ""


class EnvironmentTag(Camel):
    """A variable of the environment."""

    name: Annotated[str, Ignored("it is told that this tag is left out")]
    default_value: Annotated[str, Mapped(f"{_SAMPLING}.tags")] = ""


class CustomTag(Camel):
    """What a tag says."""

    literal: LiteralTag | None = None
    header: HeaderTag | None = None
    environment: EnvironmentTag | None = None
    formatter: Annotated[Any, Ignored("it is told that this tag is left out")] = None


class TelemetryTracing(Camel):
    """What is traced."""

    providers: tuple[TelemetryProvider, ...] = ()
    random_sampling_percentage: Annotated[float | None, Field(ge=0, le=100), Mapped(f"{_SAMPLING}.sample")] = None
    disable_span_reporting: Annotated[bool, Mapped(f"{_SAMPLING}.sample")] = False
    custom_tags: Mapping[str, CustomTag] = Field(default_factory=dict)
    match: TrafficMatch | None = None
    use_request_id_for_trace_sampling: Annotated[Any, Ignored("the trace has an identity of its own")] = None
    enable_istio_tags: Annotated[Any, Ignored("spans carry the tags that tracing lists")] = None


class TelemetrySpec(Selecting):
    """What is logged and traced."""

    access_logging: tuple[AccessLogging, ...] = ()
    tracing: tuple[TelemetryTracing, ...] = ()
    metrics: Annotated[Any, Ignored("metrics are always counted, with the labels that they have here")] = None


class Telemetry(PolicyObject):
    """What is logged and traced."""

    spec: TelemetrySpec = TelemetrySpec()


def observed(read: Read, proxies: Proxies) -> tuple[Made, ...]:
    """Return what is logged and traced at the gateway that *proxies* are."""
    closest_first = sorted(policies(read, Telemetry, TELEMETRY, proxies), key=_distance)
    made: dict[str, Made] = {}
    for found in closest_first:
        for name, said in (("access_log", _logging(found)), ("trace_sampling", _sampling(found))):
            if said is not None and name not in made:
                settings = {"policies": {name: said}}
                made[name] = Made(proxies.gateway, settings, found.source, overlay=True)
    return tuple(made.values())


def _distance(found: Object[Telemetry]) -> tuple[int, str]:
    spec = found.value.spec
    wide = 0 if spec.labels or spec.targets else 1 if found.key.namespace != ISTIO_SYSTEM else 2
    return wide, found.value.age


def _logging(found: Object[Telemetry]) -> object:
    """Return the access log; `None` where nothing is said of it. A provider that nobody knows leaves it as it is."""
    logs = found.value.spec.access_logging
    return not all(log.disabled for log in logs) if logs else None


def _sampling(found: Object[Telemetry]) -> dict[str, object] | None:
    """Return the share of requests that are traced, with more tags; `None` where nothing is said of it."""
    for tracing in found.value.spec.tracing:
        share = 0 if tracing.disable_span_reporting else tracing.random_sampling_percentage
        tags = dict(_tags(tracing.custom_tags))
        if share is not None or tags:
            return {"sample": 1.0 if share is None else share, **({"tags": tags} if tags else {})}
    return None


def _tags(tags: Mapping[str, CustomTag]) -> Iterator[tuple[str, str]]:
    for name, tag in tags.items():
        if tag.literal is not None:
            yield name, tag.literal.value
        elif tag.header is not None:
            yield name, f"{{request.headers.{tag.header.name.lower()}}}"
        elif tag.environment is not None and tag.environment.default_value:
            yield name, tag.environment.default_value


def translate_telemetry(_: Read, found: Object[Telemetry]) -> Translation:
    """Return what there is to say of it; what it says is asked for by the gateways at which it holds."""
    return Translation((), tuple(_told(found)))


def _told(found: Object[Telemetry]) -> Iterator[Finding]:
    spec = found.value.spec
    for index, log in enumerate(spec.access_logging):
        path: FieldPath = ("spec", "accessLogging", index)
        if strange := [provider.name for provider in log.providers if provider.name != _BUILT_IN]:
            message = f"nothing is known of the provider {strange[0]}, so the log goes to the standard output"
            hint = "the policy access_log sends it elsewhere"
            yield Finding("istio.left_out", message, Severity.WARNING, path=(*path, "providers"), hint=hint)
        if log.filter is not None and log.filter.expression.strip() != "true":
            message = "all requests are logged, and not only those that the expression means"
            hint = "the policy access_log has conditions of its own, under when"
            yield Finding("istio.left_out", message, Severity.WARNING, path=(*path, "filter", "expression"), hint=hint)
    for index, tracing in enumerate(spec.tracing):
        path = ("spec", "tracing", index)
        if tracing.providers:
            message = f"nothing is known of the provider {tracing.providers[0].name}: where spans go, is not said here"
            hint = "the policy tracing of a gateway names the collector; what stands here says how many"
            yield Finding("istio.left_out", message, Severity.WARNING, path=(*path, "providers"), hint=hint)
        for name, tag in tracing.custom_tags.items():
            if tag.environment is not None or (tag.literal is None and tag.header is None):
                message = f"the tag {name} is left out, or has its default: proxies know texts and headers"
                yield Finding("istio.left_out", message, Severity.WARNING, path=(*path, "customTags", name))
