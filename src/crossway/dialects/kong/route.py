"""Routes: which requests go to which service, and under which path and host.

https://developer.konghq.com/gateway/entities/route/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from crossway.dialects.contract import Foreign, Ignored, Mapped, Refused
from crossway.dialects.kong.entity import NamedEntity, Reference
from crossway.dialects.kong.expression import parse

Protocol = Literal["http", "https", "grpc", "grpcs", "tcp", "tls", "udp", "tls_passthrough", "ws", "wss"]
_STREAMS: Final = frozenset({"tcp", "tls", "udp", "tls_passthrough"})


def _readable(text: str | None) -> str | None:
    if text is not None:
        parse(text)
    return text


class Address(Foreign):
    """Where a client is."""

    ip: Annotated[str | None, Mapped("routes.matches.source_ips")] = None
    port: Annotated[int | None, Refused("the port of a client says nothing")] = None


class Destination(Foreign):
    """Where a connection goes to."""

    ip: Annotated[str | None, Refused("a listener takes what comes to its port, at every address")] = None
    port: Annotated[int | None, Mapped("gateways.listeners.port")] = None


class Route(NamedEntity):
    """A route."""

    protocols: Annotated[tuple[Protocol, ...], Field(min_length=1), Mapped("routes.matches.headers")] = (
        "http",
        "https",
    )
    methods: Annotated[tuple[str, ...] | None, Mapped("routes.matches.methods")] = None
    hosts: Annotated[tuple[str, ...] | None, Mapped("routes.hostnames")] = None
    paths: Annotated[tuple[str, ...] | None, Mapped("routes.matches.path")] = None
    headers: Annotated[Mapping[str, tuple[str, ...]] | None, Mapped("routes.matches.headers")] = None
    snis: Annotated[tuple[str, ...] | None, Mapped("routes.hostnames, of connections")] = None
    sources: tuple[Address, ...] | None = None
    destinations: tuple[Destination, ...] | None = None
    service: Annotated[Reference, Mapped("routes.to")] = None
    strip_path: Annotated[bool, Mapped("routes.policies.rewrite")] = True
    path_handling: Annotated[Literal["v0", "v1"], Mapped("routes.policies.rewrite")] = "v0"
    preserve_host: Annotated[bool, Mapped("routes.policies.rewrite.host")] = False
    regex_priority: Annotated[int, Mapped("routes.priority")] = 0
    https_redirect_status_code: Annotated[Literal[426, 301, 302, 307, 308], Mapped("routes.redirect.status")] = 426
    request_buffering: Annotated[bool, Ignored("bodies of any size pass through as they come")] = True
    response_buffering: Annotated[bool, Ignored("bodies of any size pass through as they come")] = True
    expression: Annotated[str | None, AfterValidator(_readable), Mapped("routes.hostnames, routes.matches")] = None
    priority: Annotated[int | None, Field(ge=0), Mapped("routes.priority")] = None

    @property
    def spelled_out(self) -> Route:
        """The route with what its expression says in the fields for it."""
        return self.model_copy(update=dict(parse(self.expression))) if self.expression else self

    @property
    def is_stream(self) -> bool:
        """Whether it takes connections, and not requests."""
        return any(protocol in _STREAMS for protocol in self.protocols)
