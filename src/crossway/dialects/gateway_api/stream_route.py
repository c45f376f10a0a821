"""TLSRoute, TCPRoute and UDPRoute: connections and datagrams, by their listener and the server name of TLS.

https://gateway-api.sigs.k8s.io/reference/spec/#tlsroute
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from crossway.dialects.contract import Concept, Key, Object, Translation
from crossway.dialects.gateway_api.backend import BackendRef
from crossway.dialects.gateway_api.reference import TCP_ROUTE, TLS_ROUTE, UDP_ROUTE
from crossway.dialects.gateway_api.route import (
    HostRouteSpec,
    RouteSpec,
    Rule,
    RuleName,
    backends,
    shortest,
    translation,
)
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read

_FAILURE: Final = 503
"""What stands for a backend that is not there; its connections are closed."""


class StreamRule(Camel):
    """Where connections go (TLSRouteRule, TCPRouteRule, UDPRouteRule)."""

    name: RuleName = None
    backend_refs: tuple[BackendRef, ...] = ()


class StreamRouteSpec(RouteSpec):
    """What the route says."""

    rules: Annotated[tuple[StreamRule, ...], Field(min_length=1)]


class StreamRoute(KubernetesObject):
    """A route by its listener alone (TCPRoute, UDPRoute)."""

    spec: StreamRouteSpec


class TlsRouteSpec(HostRouteSpec):
    """What the route says."""

    rules: Annotated[tuple[StreamRule, ...], Field(min_length=1)]


class TlsRoute(KubernetesObject):
    """A route by server name (TLSRoute)."""

    spec: TlsRouteSpec


def translate(read: Read, found: Object[Any]) -> Translation:
    """Return a route of the model for each rule, wherever the route stands."""
    infix = f"{found.value.kind.removesuffix('Route').lower()}_"
    return translation(read, found, rules(read, found.key, found.value.spec.rules), infix)


def rules(read: Read, key: Key, rules: Sequence[StreamRule]) -> Iterator[Rule]:
    """Yield what each of *rules* becomes, which stand in the route *key*."""
    for index, item in enumerate(rules):
        rule = Rule(index)
        transport = "UDP" if key.kind == UDP_ROUTE else "TCP"
        rule.settings["to"] = shortest(backends(read, key, rule, item.backend_refs, _FAILURE, transport), _FAILURE)
        rule.links["to",] = ("backendRefs",) if item.backend_refs else ()
        yield rule


STREAM_ROUTES: Final[tuple[Concept[Any], ...]] = (
    Concept(TLS_ROUTE, TlsRoute, translate, ("v1", "v1alpha3", "v1alpha2")),
    Concept(TCP_ROUTE, StreamRoute, translate, ("v1", "v1alpha2")),
    Concept(UDP_ROUTE, StreamRoute, translate, ("v1", "v1alpha2")),
)
