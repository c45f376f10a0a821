"""OTLP: how the proxies reach a collector of OpenTelemetry, which is a service like any other.

https://opentelemetry.io/docs/specs/otlp/
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import Site
from crossway.model import Part, ServiceName
from crossway.protos.envoy.config.core import v3 as core_v3

PATIENCE: Final = timedelta(seconds=10)
"""How long one export may take, as the specification of OTLP exporters has it; no request waits for it."""


CollectorHost = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(:[0-9]{1,5})?$", max_length=255)]
"""The host in the URL of a collector."""


class OtlpProtocol(enum.StrEnum):
    """How OTLP is spoken."""

    GRPC = "grpc"
    """OTLP/gRPC, for which the service needs `protocol: http2`."""
    HTTP = "http"
    """OTLP/HTTP with protobuf."""


class Otlp(Part):
    """A collector that understands OTLP. In one line, the name of the service."""

    service: ServiceName
    """The service of the collector: its endpoints, TLS and health checks are those of any service."""
    protocol: OtlpProtocol = OtlpProtocol.GRPC
    """`grpc`, for which the service needs `protocol: http2`, or `http`. By default `grpc`, as collectors listen."""
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=1024)] | None = None
    """The path for `http`; without it, the one of the specification, such as `/v1/traces`."""
    host: CollectorHost | None = None
    """The host that the collector is asked for; without it, the name of the service. Collectors on the internet want
    their own name here, and as `tls: {sni: ...}` at the service."""
    service_name: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Who reports, as `service.name`; without it, the name of the gateway."""

    short_forms = ("service",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"service": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fields_fit(self) -> Otlp:
        if self.path is not None and self.protocol is OtlpProtocol.GRPC:
            raise ValueError("path needs protocol: http; gRPC has a path of its own")
        return self

    def reporter(self, site: Site) -> str:
        """Return who reports."""
        return self.service_name or site.about.local

    def over_grpc(self, site: Site) -> core_v3.GrpcService | None:
        """Return how the collector is called over gRPC, if it is."""
        if self.protocol is not OtlpProtocol.GRPC:
            return None
        collector = core_v3.GrpcService.EnvoyGrpc(
            cluster_name=site.cluster(self.service), authority=collector_host(self.service, self.host)
        )
        service = core_v3.GrpcService(envoy_grpc=collector)
        service.timeout.FromTimedelta(PATIENCE)
        return service

    def over_http(self, site: Site, path: str) -> core_v3.HttpService | None:
        """Return how the collector is called over HTTP, if it is; *path* is the one of the specification."""
        if self.protocol is not OtlpProtocol.HTTP:
            return None
        host = collector_host(self.service, self.host)
        uri = core_v3.HttpUri(uri=f"http://{host}{self.path or path}", cluster=site.cluster(self.service))
        uri.timeout.FromTimedelta(PATIENCE)
        return core_v3.HttpService(http_uri=uri)


def collector_host(service: str, host: str | None) -> str:
    """Return the host that a collector is asked for: *host*, or else the name of its service without the namespace."""
    return host or service.rpartition("/")[2]
