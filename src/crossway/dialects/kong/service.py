"""Services: where requests go, and how it is spoken to.

A service whose host is the name of an upstream has the targets of that.

https://developer.konghq.com/gateway/entities/service/
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from crossway.dialects.contract import Ignored, Made, Mapped, Object, Translation
from crossway.dialects.kong.certificate import certificate_name
from crossway.dialects.kong.entity import (
    CA_CERTIFICATE,
    CERTIFICATE,
    UPSTREAM,
    NamedEntity,
    Reference,
    named,
    native_name,
    trouble,
)
from crossway.dialects.kong.policies import service_policies
from crossway.dialects.kong.upstream import Upstream, address_of, endpoints, policies, targets
from crossway.memo import Read
from crossway.model import Finding, Ref, is_ip_address

Protocol = Literal["http", "https", "grpc", "grpcs", "tcp", "tls", "udp", "tls_passthrough", "ws", "wss"]
PORTS: Final = {"http": 80, "ws": 80, "grpc": 80, "https": 443, "wss": 443, "grpcs": 443}
_TLS: Final = frozenset({"https", "grpcs", "tls", "wss"})
_GRPC: Final = frozenset({"grpc", "grpcs"})
_DEFAULT_TIMEOUT: Final = 60_000


class Service(NamedEntity):
    """A service."""

    url: Annotated[str | None, Mapped("services.endpoints, services.tls")] = None
    protocol: Annotated[Protocol, Mapped("services.protocol, services.tls")] = "http"
    host: Annotated[str, Mapped("services.endpoints")] = ""
    port: Annotated[int, Field(ge=0, le=65535), Mapped("services.endpoints")] = 80
    path: Annotated[str | None, Mapped("routes.policies.rewrite")] = None
    retries: Annotated[int | None, Field(ge=0, le=32767), Mapped("services.policies.retry")] = None
    connect_timeout: Annotated[int | None, Mapped("services.policies.connection.connect_timeout")] = None
    write_timeout: Annotated[int | None, Mapped("services.policies.timeout.idle")] = None
    read_timeout: Annotated[int | None, Mapped("services.policies.timeout.idle")] = None
    enabled: Annotated[bool, Mapped("the routes are left out")] = True
    tls_verify: Annotated[bool | None, Mapped("services.tls.verify")] = None
    tls_verify_depth: Annotated[int | None, Ignored("a chain is verified as a whole")] = None
    ca_certificates: Annotated[tuple[str, ...] | None, Mapped("services.tls.ca")] = None
    client_certificate: Annotated[Reference, Mapped("services.tls.certificate")] = None
    tls_sans: Annotated[Any, Mapped("services.tls.names")] = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """Take a URL apart."""
        if not isinstance(value, dict) or not isinstance(value.get("url"), str):
            return value
        url = urlsplit(value["url"])
        try:
            port = url.port
        except ValueError:
            raise ValueError("url is no URL: its port is no number") from None
        parts = {"protocol": url.scheme, "host": url.hostname or "", "port": port or PORTS.get(url.scheme, 80)}
        if url.path:
            parts["path"] = url.path
        return {**parts, **value}

    @property
    def host_header(self) -> str:
        """The host that the backend sees, with the port unless it is that of the protocol."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if PORTS.get(self.protocol) == self.port else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """Where it is, if its host is no upstream."""
        return address_of(self.host, self.port)


def service_ref(found: Object[Service]) -> Ref:
    """Return the service of the model that a service of Kong is."""
    return Ref("services", native_name(found.key.name))


def upstream_of(read: Read, service: Service) -> Object[Upstream] | None:
    """Return the upstream that the host of *service* is the name of."""
    return named(read, Upstream, UPSTREAM, service.host)


def translate_service(read: Read, found: Object[Service]) -> Translation:
    """Return the service with its endpoints."""
    service = found.value
    findings: list[Finding] = []
    upstream = upstream_of(read, service)
    settings: dict[str, object] = {}
    closed = None
    if upstream is not None:
        settings["endpoints"] = endpoints(targets(read, upstream))
    elif service.host:
        settings["endpoints"] = service.address
    else:
        closed = trouble("field.missing", "a service has a host, or a url", ())
        findings.append(closed)
    if service.protocol in _GRPC:
        settings["protocol"] = "http2"
    if service.protocol in _TLS:
        settings["tls"] = _tls(read, service, upstream, findings)
    held = service_policies(read, found)
    made_policies = {**_policies(service), **(policies(upstream.value) if upstream else {}), **held.policies}
    if made_policies:
        settings["policies"] = made_policies
    missing = next((finding for finding in findings if finding.code == "reference.dangling"), None)
    made = Made(service_ref(found), settings, found.source, closed=closed or missing)
    return Translation((made,), (*findings, *held.findings))


def _tls(read: Read, service: Service, upstream: Object[Upstream] | None, findings: list[Finding]) -> dict[str, object]:
    tls: dict[str, object] = {}
    if upstream is None and not is_ip_address(service.host):
        tls["sni"] = service.host
    if not service.tls_verify:  # Kong verifies nothing unless it is told to
        tls["verify"] = False
    elif service.ca_certificates:
        tls["ca"] = certificate_name(read, CA_CERTIFICATE, service.ca_certificates[0], ("ca_certificates", 0), findings)
    client = service.client_certificate or (upstream.value.client_certificate if upstream else None)
    if client:
        tls["certificate"] = certificate_name(read, CERTIFICATE, client, ("client_certificate",), findings)
    return tls


def _policies(service: Service) -> dict[str, object]:
    made: dict[str, object] = {}
    if service.connect_timeout not in (None, _DEFAULT_TIMEOUT):
        made["connection"] = {"connect_timeout": milliseconds(service.connect_timeout)}
    if service.read_timeout or service.write_timeout:
        quiet = max(service.read_timeout or _DEFAULT_TIMEOUT, service.write_timeout or _DEFAULT_TIMEOUT)
        made["timeout"] = {"idle": milliseconds(quiet)}
    if service.retries is not None:
        made["retry"] = service.retries
    return made


def milliseconds(value: int | None) -> str:
    """Return a number of milliseconds as people write it."""
    whole, rest = divmod(value or 0, 1000)
    return f"{value}ms" if rest else f"{whole}s"
