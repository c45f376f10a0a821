"""Gateways and their listeners: where traffic comes in."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from crossway.model.hostname import Hostname
from crossway.model.part import Authorities, CertificateName, Part, Policies
from crossway.model.ref import NAME_PATTERN
from crossway.model.values import IpAddress


class Protocol(enum.StrEnum):
    """What a listener speaks. HTTP covers HTTP/1.1, HTTP/2 (also in clear text), WebSocket, gRPC and gRPC-Web."""

    HTTP = "http"
    TCP = "tcp"
    UDP = "udp"
    TLS = "tls"
    """TLS that is passed through: routes choose by the server name (SNI), the backend holds the certificate."""


class TlsProfile(enum.StrEnum):
    """Which TLS versions and ciphers are offered, after Mozilla's recommended configurations."""

    MODERN = "modern"
    """TLS 1.3 only."""
    INTERMEDIATE = "intermediate"
    """TLS 1.2 and 1.3 with forward-secret AEAD ciphers."""


class ClientCertificates(Part):
    """Certificates asked of the clients."""

    ca: Authorities = ()
    """The certificate resource that holds the authorities (`ca`) that clients are checked against, or a list of these:
    any of them will do."""
    required: bool = True
    """Refuse the handshake of a client without a certificate. Otherwise one is checked only if it is sent."""
    verify: bool = True
    """Check the certificate. With `false` any certificate is taken, expired ones and those of unknown authorities too:
    it proves who has its key and nothing else, so that the policy `mtls` closes its routes here."""

    @model_validator(mode="after")
    def _fields_fit(self) -> ClientCertificates:
        if not self.ca and (self.verify or self.required):
            raise ValueError("without ca, a certificate can neither be verified nor required")
        return self


class ListenerTls(Part):
    """How a listener terminates TLS."""

    certificates: Annotated[tuple[CertificateName, ...], Field(min_length=1)]
    """The certificates, chosen by the server name (SNI) a client sends; the first one serves clients that send none."""
    profile: TlsProfile = TlsProfile.INTERMEDIATE
    """Which versions and ciphers are offered."""
    client: ClientCertificates | None = None
    """Ask clients for a certificate."""


Port = Annotated[int, Field(ge=1, le=65535)]


class Listener(Part):
    """One door of a gateway: a port, what is spoken there, and for which hostnames."""

    port: Port
    """The port number, 1 to 65535. Listeners of one gateway may share a port when their hostnames differ: those that
    speak HTTP in clear text, or those to which clients speak TLS, whatever is inside and whoever ends it. A number is
    one port for TCP and another one for UDP."""
    address: IpAddress = "0.0.0.0"
    """The local IP address to bind; `0.0.0.0` stands for every IPv4 address, `::` for every IPv6 address."""
    protocol: Protocol = Protocol.HTTP
    """What is spoken: `http`, `tcp`, `udp`, or `tls` for passthrough by server name."""
    hostnames: tuple[Hostname, ...] = ()
    """Serve only these hostnames here: exact, or `*.example.org` for any depth below it. Empty means all."""
    tls: ListenerTls | None = None
    """Terminate TLS with these certificates."""
    http3: bool = False
    """Serve HTTP/3 on the same port number over UDP, and announce it to clients (`alt-svc`). Needs `tls`."""
    proxy_protocol: bool = False
    """Read the client's address from a PROXY protocol header (v1 or v2); every connection must then begin with one."""
    redirect_to_https: bool = False
    """Answer every request with a redirect to the same URL over https. Only on a listener without `tls`."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for everything on this listener."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Listener:
        if self.http3 and not self.tls:
            raise ValueError("http3 needs tls: QUIC is always encrypted")
        if self.http3 and self.tls and self.tls.client:
            raise ValueError("http3 cannot ask clients for certificates: Envoy does not do so over QUIC")
        if self.redirect_to_https and self.tls:
            raise ValueError("redirect_to_https belongs on a listener without tls")
        if self.protocol in {Protocol.UDP, Protocol.TLS} and self.tls:
            raise ValueError(f"protocol {self.protocol} cannot terminate tls")
        if self.protocol is not Protocol.HTTP and (self.http3 or self.redirect_to_https):
            raise ValueError("http3 and redirect_to_https need protocol http")
        if self.protocol in {Protocol.TCP, Protocol.UDP} and self.hostnames and not self.tls:
            raise ValueError(f"protocol {self.protocol} carries no hostname to choose by")
        if self.protocol is Protocol.UDP and self.proxy_protocol:
            raise ValueError("protocol udp has no connection that could begin with a PROXY protocol header")
        return self

    @property
    def by_server_name(self) -> bool:
        """Whether a connection is for this listener or another one by the server name (SNI) of its TLS handshake."""
        return self.tls is not None or self.protocol is Protocol.TLS


_ListenerName = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]


def _listeners(value: object) -> object:
    """A bare port is a listener that speaks HTTP there."""
    if isinstance(value, Mapping):
        return {name: {"port": item} if type(item) is int else item for name, item in value.items()}
    return value


class Gateway(Part):
    """A way in: a set of listeners, served by one or more proxies."""

    listeners: Annotated[
        Mapping[_ListenerName, Listener],
        BeforeValidator(
            _listeners, json_schema_input_type=Annotated[Mapping[_ListenerName, Port | Listener], Field(min_length=1)]
        ),
        Field(min_length=1),
    ]
    """The listeners, by name."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for everything that comes in here."""
