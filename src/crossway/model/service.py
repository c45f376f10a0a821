"""Services and their endpoints: what requests are forwarded to."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from crossway.model.part import Authorities, CertificateName, Part, Policies
from crossway.model.values import Duration, is_ip_address, parse_ip_address

_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})|unix:(?P<path>/[^\0\n]+)")
_LONGEST_PIPE: Final = 107
"""The bytes of a path that fit into the address of a unix socket (unix(7))."""


class Endpoint(Part):
    """One place where a service can be reached."""

    address: str
    """`host:port`, `[ipv6]:port` or `unix:/path`. A name that is no IP address is resolved by DNS."""
    weight: Annotated[int, Field(ge=1, le=128)] = 1
    """Its share of the traffic, relative to the other endpoints."""
    zone: str = ""
    """The zone it stands in, for zone-aware routing."""
    priority: Annotated[int, Field(ge=0, le=127)] = 0
    """0 is used first; a higher number takes over as the lower ones fail."""
    labels: Mapping[str, str] = Field(default_factory=dict)
    """What subsets choose by, such as `version: v2`."""

    @field_validator("address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        match = _ADDRESS.fullmatch(value)
        if not match or (match["port"] and not 1 <= int(match["port"]) <= 65535):
            raise ValueError(f"{value!r} is no address; write host:port, [ipv6]:port or unix:/path")
        if match["path"] and len(match["path"].encode()) > _LONGEST_PIPE:
            raise ValueError(f"the path of a unix socket is at most {_LONGEST_PIPE} bytes long")
        return value

    @property
    def pipe(self) -> str | None:
        """The path of the unix socket, if it is one."""
        return self.address[5:] if self.address.startswith("unix:") else None

    @property
    def host(self) -> str:
        """The host, without the brackets of an IPv6 address."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port number."""
        return int(self.address.rpartition(":")[2])

    @property
    def is_name(self) -> bool:
        """Whether DNS has to say what the address is."""
        return self.pipe is None and not is_ip_address(self.host)


class BackendProtocol(enum.StrEnum):
    """What a backend speaks."""

    HTTP1 = "http1"
    HTTP2 = "http2"
    """HTTP/2; without `tls` in clear text by prior knowledge (h2c). What gRPC needs."""
    AUTO = "auto"
    """HTTP/2 or HTTP/1.1 as the TLS handshake (ALPN) says. Needs `tls`."""
    HTTP3 = "http3"
    """HTTP/3 over QUIC. Needs `tls`."""
    MATCH = "match"
    """What the client spoke: HTTP/2 for a client with HTTP/2, HTTP/1.1 otherwise."""


class BackendTls(Part):
    """TLS towards the endpoints of a service."""

    ca: Authorities = ()
    """The certificate resource that holds the authorities (`ca`), or a list of these, of which any will do; the
    machine's own authorities without it."""
    sni: Annotated[str, Field(pattern=r"^[!-~]*$", max_length=255)] | None = None
    """The server name to ask for; without it, the host of the request."""
    verify: bool = True
    """Check the certificate and its name. `false` accepts any certificate: only for a backend on the same machine."""
    names: tuple[Annotated[str, Field(min_length=1, max_length=2048)], ...] = ()
    """The names of which the certificate must carry one: DNS names, IP addresses, or URIs such as
    `spiffe://example.org/orders`. Without it, the server name asked for."""
    certificate: CertificateName | None = None
    """The certificate to show to a backend that asks for one."""


class DnsMode(enum.StrEnum):
    """How the names of endpoints are resolved."""

    STRICT = "strict"
    """Every address of every name is an endpoint; one that is gone from DNS is gone."""
    LOGICAL = "logical"
    """One name, one address at a time, connections kept: for large services behind changing addresses."""


class Dns(Part):
    """How endpoints that are names are resolved."""

    mode: DnsMode = DnsMode.STRICT
    """Use every address (`strict`), or one at a time (`logical`)."""
    refresh: Annotated[Duration, Field(gt=timedelta(milliseconds=1))] | None = None
    """Ask again after this time, more than 1ms; without it, when the TTL of the answer has passed."""
    resolvers: tuple[str, ...] = ()
    """The DNS servers to ask, as `ip:port`; without it, those of the machine."""

    @field_validator("resolvers")
    @classmethod
    def _are_sockets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            match = _ADDRESS.fullmatch(text)
            if not match or not match["port"] or not 1 <= int(match["port"]) <= 65535:
                raise ValueError(f"{text!r} is no address of a DNS server; write ip:port")
            parse_ip_address(match["host"].strip("[]"))
        return value


def _endpoints(value: object) -> object:
    """A bare text is the address of an endpoint; a single one needs no list."""
    if isinstance(value, str | Mapping):
        value = [value]
    if isinstance(value, list | tuple):
        return tuple({"address": item} if isinstance(item, str) else item for item in value)
    return value


class ProxyProtocol(enum.StrEnum):
    """The version of the PROXY protocol header."""

    V1 = "v1"
    V2 = "v2"


class Service(Part):
    """Something that answers: a set of endpoints and how to talk to them."""

    endpoints: Annotated[
        tuple[Endpoint, ...],
        BeforeValidator(_endpoints, json_schema_input_type=str | Endpoint | tuple[str | Endpoint, ...]),
    ] = ()
    """Where it can be reached. Without any, its requests are answered 503."""
    protocol: BackendProtocol = BackendProtocol.HTTP1
    """What the endpoints speak."""
    tls: BackendTls | None = None
    """Encrypt towards the endpoints."""
    dns: Dns = Dns()
    """How endpoints that are names are resolved."""
    proxy_protocol: ProxyProtocol | None = None
    """Begin every connection with the client's address in a PROXY protocol header of this version."""
    subsets: Mapping[str, Annotated[Mapping[str, str], Field(min_length=1)]] = Field(default_factory=dict)
    """Named parts of the endpoints, each by the labels it must carry: `v2: {version: v2}`."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for every request to this service."""

    short_forms = ({"type": "string", "pattern": "^(https?|h2c)://", "examples": ["http://127.0.0.1:9001"]},)

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, value: object) -> object:
        """Read the short form: `http://host:port` is a service with one endpoint."""
        if not isinstance(value, str):
            return value
        url = urlsplit(value)
        ports = {"http": 80, "https": 443, "h2c": 80}
        if url.scheme not in ports or not url.hostname or url.path.strip("/") or url.query:
            raise ValueError("a service in one line is a URL without a path, such as http://127.0.0.1:9001")
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        service: dict[str, object] = {"endpoints": [f"{host}:{url.port or ports[url.scheme]}"]}
        if url.scheme == "https":
            service |= {"tls": {"sni": url.hostname}, "protocol": "auto"}
        if url.scheme == "h2c":
            service |= {"protocol": "http2"}
        return service

    @model_validator(mode="after")
    def _fields_fit(self) -> Service:
        if self.protocol in {BackendProtocol.AUTO, BackendProtocol.HTTP3} and not self.tls:
            raise ValueError(f"protocol {self.protocol} needs tls")
        if self.protocol is BackendProtocol.HTTP3 and self.proxy_protocol:
            raise ValueError("protocol http3 has no connection that could begin with a PROXY protocol header")
        names = [endpoint for endpoint in self.endpoints if endpoint.is_name]
        if names and self.dns.mode is DnsMode.LOGICAL and len(self.endpoints) > 1:
            raise ValueError("dns mode logical takes exactly one endpoint")
        return self
