"""Listeners, as Gateways and ListenerSets write them: what each one serves, and which routes it takes.

https://gateway-api.sigs.k8s.io/reference/spec/#listener
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from crossway.dialects.contract import Key, Mapped, Refused
from crossway.dialects.gateway_api.reference import (
    GROUP,
    GRPC_ROUTE,
    HTTP_ROUTE,
    TCP_ROUTE,
    TLS_ROUTE,
    UDP_ROUTE,
    SecretRef,
)
from crossway.dialects.kubernetes.namespace import LabelSelector, namespace_labels
from crossway.dialects.kubernetes.objects import Camel
from crossway.dialects.kubernetes.service import PortNumber
from crossway.memo import Read
from crossway.model.hostname import CATCH_ALL, parse_hostname

From = Literal["All", "Selector", "Same", "None"]
Hostname = Annotated[str, AfterValidator(parse_hostname)]

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "HTTP": (HTTP_ROUTE, GRPC_ROUTE),
    "HTTPS": (HTTP_ROUTE, GRPC_ROUTE),
    "TLS": (TLS_ROUTE,),
    "TCP": (TCP_ROUTE,),
    "UDP": (UDP_ROUTE,),
}
"""The kinds of routes that can be served over each protocol, and so the protocols that there are."""


class Namespaces(Camel):
    """The namespaces that something may come from (RouteNamespaces, ListenerNamespaces)."""

    source: Annotated[From | None, Field(alias="from"), Mapped("routes.gateways")] = None
    selector: LabelSelector | None = None

    def allow(self, read: Read, namespace: str, home: str, default: From) -> bool:
        """Return whether something in *namespace* is allowed by an object in the namespace *home*."""
        match self.source or default:
            case "All":
                return True
            case "Same":
                return namespace == home
            case "Selector":
                return self.selector is not None and self.selector.matches(namespace_labels(read, namespace))
            case "None":
                return False


class RouteKind(Camel):
    """A kind of routes (RouteGroupKind)."""

    group: Annotated[str, Mapped("routes.listeners")] = GROUP
    kind: Annotated[str, Mapped("routes.listeners")]


class AllowedRoutes(Camel):
    """Which routes may be attached."""

    namespaces: Namespaces = Namespaces()
    kinds: tuple[RouteKind, ...] = ()


class ListenerTls(Camel):
    """How a listener treats TLS (ListenerTLSConfig)."""

    mode: Annotated[Literal["Terminate", "Passthrough"] | None, Mapped("gateways.listeners.protocol")] = None
    certificate_refs: tuple[SecretRef, ...] = ()
    options: Annotated[Mapping[str, str], Refused("options of TLS belong to one product; write a native listener")] = (
        Field(default_factory=dict)
    )


class Listener(Camel):
    """One listener (Listener, ListenerEntry)."""

    name: Annotated[str, Field(min_length=1), Mapped("gateways.listeners")]
    hostname: Annotated[
        Hostname | None, BeforeValidator(lambda text: text or None), Mapped("gateways.listeners.hostnames")
    ] = None
    port: Annotated[PortNumber, Mapped("gateways.listeners.port")]
    protocol: Annotated[str, Field(min_length=1), Mapped("gateways.listeners.protocol, gateways.listeners.tls")]
    tls: ListenerTls | None = None
    allowed_routes: AllowedRoutes = AllowedRoutes()

    @model_validator(mode="after")
    def _fields_fit(self) -> Listener:
        if self.speaks in {"HTTP", "TCP", "UDP"} and self.tls is not None:
            raise ValueError(f"a listener of the protocol {self.speaks} has no tls")
        if self.speaks == "HTTPS" and self.passes_through:
            raise ValueError("a listener of the protocol HTTPS terminates TLS; Passthrough is for the protocol TLS")
        return self

    @property
    def speaks(self) -> str:
        """The protocol. Upper and lower case are one."""
        return self.protocol.upper()

    @property
    def passes_through(self) -> bool:
        """Whether TLS goes on to the backend as it is."""
        return self.tls is not None and self.tls.mode == "Passthrough"

    @property
    def serves(self) -> str:
        """The hostname that it serves; protocols without hostnames serve all."""
        return self.hostname or CATCH_ALL if self.speaks in {"HTTP", "HTTPS", "TLS"} else CATCH_ALL

    @property
    def takes_http(self) -> bool:
        """Whether it speaks HTTP, with TLS or without."""
        return self.speaks in {"HTTP", "HTTPS"}

    @property
    def is_supported(self) -> bool:
        """Whether its protocol is one that there is."""
        return self.speaks in _KINDS

    @property
    def route_kinds(self) -> tuple[str, ...]:
        """The kinds of routes that it takes: those of its protocol, or as many of these as it names."""
        possible = _KINDS.get(self.speaks, ())
        named = [f"{item.group}/{item.kind}" for item in self.allowed_routes.kinds]
        return tuple(kind for kind in named if kind in possible) if named else possible

    @property
    def has_invalid_kinds(self) -> bool:
        """Whether it names a kind of routes that cannot be served over its protocol."""
        return len(self.route_kinds) < len(self.allowed_routes.kinds)

    def takes(self, read: Read, route: Key, home: str) -> bool:
        """Return whether a route may be attached to it, a listener of an object in the namespace *home*."""
        return route.kind in self.route_kinds and self.allowed_routes.namespaces.allow(
            read, route.namespace, home, "Same"
        )
