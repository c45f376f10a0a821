"""Active health checks: endpoints that do not answer a probe get no requests.

Law: the interval that is written is the interval that is kept, with or without traffic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from crossway.compile.contract import SERVICE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Count, Duration, HeaderName, Percent, Spec, parse_duration
from crossway.model.part import Part
from crossway.model.values import HeaderText
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

_RANGE: Final = re.compile(r"(\d{3})-(\d{3})")


class StatusRange(Part):
    """Status codes from `first` to `last`. In one line: `204`, or `200-299`."""

    first: Annotated[int, Field(ge=100, le=599)]
    """The lowest status code."""
    last: Annotated[int, Field(ge=100, le=599)]
    """The highest status code."""

    short_forms = (
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": f"^{_RANGE.pattern}$"},
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, int):
            return {"first": value, "last": value}
        if isinstance(value, str) and (match := _RANGE.fullmatch(value)):
            return {"first": int(match[1]), "last": int(match[2])}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> StatusRange:
        if self.first > self.last:
            raise ValueError(f"{self.first} is above {self.last}")
        return self


class GrpcCheck(Part):
    """The gRPC health checking protocol (https://grpc.io/docs/guides/health-checking)."""

    service: str = ""
    """The service whose health is asked for; empty means the server as a whole."""


class TcpCheck(Part):
    """A connection. Without `send` and `receive`, one that is accepted is healthy."""

    send: str = ""
    """The text to send once connected."""
    receive: str = ""
    """The text that must be in what comes back."""


class HealthCheck(Spec):
    """Probe every endpoint and send requests only to healthy ones. In one line, the path: `health_check: /healthz`."""

    path: Annotated[str, Field(pattern=r"^/[^\s#\x00-\x1f\x7f]*$")] | None = None
    """Ask for this path over HTTP."""
    grpc: GrpcCheck | None = None
    """Ask by the gRPC health checking protocol; `grpc: {}` asks for the server as a whole."""
    tcp: TcpCheck | None = None
    """Open a connection; `tcp: {}` does no more."""
    interval: Annotated[Duration, Field(gt=timedelta())] = parse_duration("5s")
    """The time between two probes of an endpoint. Every proxy probes for itself."""
    timeout: Annotated[Duration, Field(gt=timedelta())] = parse_duration("2s")
    """A probe without an answer for this long has failed."""
    unhealthy_after: Annotated[Count, Field(ge=1)] = 3
    """After this many failures in a row an endpoint is unhealthy; after one if the answer was a refusing status."""
    healthy_after: Annotated[Count, Field(ge=1)] = 2
    """After this many successes in a row it is healthy again. A new endpoint needs one."""
    expected_statuses: Annotated[tuple[StatusRange, ...], Field(min_length=1)] = (StatusRange(first=200, last=299),)
    """The status codes of a healthy answer, over HTTP."""
    host: HeaderText | None = None
    """The `host` header of the probe (`:authority` for gRPC); the name of the service without it."""
    headers: Mapping[HeaderName, HeaderText] = Field(default_factory=dict)
    """Headers to send along."""
    jitter: Percent = 10.0
    """Lengthen each interval at random by up to this percentage, so that proxies do not probe in step."""

    short_forms = ("path",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("headers")
    @classmethod
    def _not_host(cls, headers: Mapping[str, str]) -> Mapping[str, str]:
        if "host" in headers:
            raise ValueError("the host of the probe is written under host")
        return headers

    @field_validator("jitter")
    @classmethod
    def _whole(cls, value: float) -> float:
        if value != int(value):
            raise ValueError("the jitter is a whole percentage")
        return value

    @model_validator(mode="after")
    def _one(self) -> HealthCheck:
        if sum(check is not None for check in (self.path, self.grpc, self.tcp)) != 1:
            raise ValueError("write exactly one of path, grpc, tcp")
        if self.tcp and (self.headers or self.host):
            raise ValueError("a tcp check sends no headers and no host")
        return self


def compile_health_check(spec: HealthCheck, site: Site) -> Fragment:
    """Return the health check of the cluster. The compiler adds the protocol, which only it knows."""
    check = core_v3.HealthCheck(
        timeout=spec.timeout,
        interval=spec.interval,
        no_traffic_interval=spec.interval,
        interval_jitter_percent=int(spec.jitter),
        unhealthy_threshold=protobuf.UInt32Value(value=spec.unhealthy_after),
        healthy_threshold=protobuf.UInt32Value(value=spec.healthy_after),
    )
    headers = [
        core_v3.HeaderValueOption(
            header=core_v3.HeaderValue(key=name, value=value.replace("%", "%%")),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
        for name, value in spec.headers.items()
    ]
    host = spec.host or site.about.name
    if spec.grpc:
        check.grpc_health_check.MergeFrom(
            core_v3.HealthCheck.GrpcHealthCheck(
                service_name=spec.grpc.service, authority=host, initial_metadata=headers
            )
        )
    elif spec.tcp:
        check.tcp_health_check.MergeFrom(_tcp(spec.tcp))
    else:
        statuses = [type_v3.Int64Range(start=item.first, end=item.last + 1) for item in spec.expected_statuses]
        check.http_health_check.MergeFrom(
            core_v3.HealthCheck.HttpHealthCheck(
                host=host, path=spec.path or "/", expected_statuses=statuses, request_headers_to_add=headers
            )
        )
    return Fragment(cluster=cluster_v3.Cluster(health_checks=[check], ignore_health_on_host_removal=True))


def _tcp(check: TcpCheck) -> core_v3.HealthCheck.TcpHealthCheck:
    payload = core_v3.HealthCheck.Payload
    return core_v3.HealthCheck.TcpHealthCheck(
        send=payload(text=check.send.encode().hex()) if check.send else None,
        receive=[payload(text=check.receive.encode().hex())] if check.receive else [],
    )


POLICY: Final = Policy(
    spec=HealthCheck,
    stage=Stage.ROUTER,
    applies=Target.SERVICE,
    targets=SERVICE_TARGETS,
    compile=compile_health_check,
)
