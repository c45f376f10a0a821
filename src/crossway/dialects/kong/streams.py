"""Routes of TCP, TLS and UDP: connections to a port, told apart by the server name at most.

Kong says in its own configuration where it listens (`stream_listen`), so the port is that of `destinations`. Each one
becomes a gateway in a namespace of its own, where no route of HTTP is.

https://developer.konghq.com/gateway/traffic-control/proxying/#proxy-tcp-tls-traffic
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crossway.dialects.contract import Made, Object
from crossway.dialects.kong.entity import native_name, trouble
from crossway.dialects.kong.gateway import certificates
from crossway.dialects.kong.route import Route
from crossway.memo import Read
from crossway.model import DEFAULT_NAMESPACE, Finding, Ref

NAMESPACE: Final = "kong-streams"
UNSAYABLE: Final = "a route of TCP, TLS or UDP has destinations with a port, and is told apart by snis alone"


def unsayable(route: Route) -> Finding | None:
    """Return why a route of connections cannot be said."""
    if len(set(route.protocols)) > 1:
        return trouble("dialect.refused", "a route takes one of tcp, tls, udp and tls_passthrough", ("protocols",))
    if not route.destinations or any(address.port is None or address.ip for address in route.destinations):
        return trouble("dialect.refused", UNSAYABLE, ("destinations",) if route.destinations else ("protocols",))
    if route.sources:
        return trouble("dialect.refused", UNSAYABLE, ("sources",))
    if route.snis and route.protocols[0] in {"tcp", "udp"}:
        return trouble("dialect.refused", f"a connection of {route.protocols[0]} has no server name", ("snis",))
    return None


def streams(read: Read, found: Object[Route], to: str) -> Iterator[Made]:
    """Yield the gateways of a route of connections, and the route."""
    route = found.value
    protocol = route.protocols[0]
    names = []
    for index, address in enumerate(route.destinations or ()):
        name = f"{protocol.replace('_', '-')}-{address.port}"
        names.append(name)
        listener: dict[str, object] = {"port": address.port, "protocol": _SPOKEN[protocol]}
        if protocol == "tls":
            listener["tls"] = {"certificates": [f"{DEFAULT_NAMESPACE}/{shown}" for shown in read(certificates)]}
        ref = Ref("gateways", name, NAMESPACE)
        yield Made(ref, {"listeners": {"proxy": listener}}, found.source, {(): ("destinations", index)})
    settings: dict[str, object] = {"gateways": names}
    if route.snis:
        settings["hostnames"] = [name.removesuffix(".") for name in route.snis]
    ref = Ref("routes", native_name(found.key.name), NAMESPACE)
    yield Made(ref, {**settings, "to": f"{DEFAULT_NAMESPACE}/{to}"}, found.source, {(): ()})


_SPOKEN: Final = {"tcp": "tcp", "tls": "tcp", "udp": "udp", "tls_passthrough": "tls"}
"""What a listener speaks: TLS is either ended there, or passed through."""
