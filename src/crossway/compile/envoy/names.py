"""The names of Envoy resources. They are API: dashboards, patches and statistics depend on them.

Law: a name depends on the identity of its own object, never on its siblings. Nothing else makes names.
"""

from __future__ import annotations

from typing import Final

from crossway.compile.program import CALL
from crossway.model import DEFAULT_NAMESPACE, Ref


def cluster(service: Ref) -> str:
    """Return the name of the cluster of *service*, which is also the name of its endpoints (EDS)."""
    return service.local


def secret(certificate: Ref) -> str:
    """Return the name of the secret that carries a certificate and its key (SDS)."""
    return f"certificate/{certificate.local}"


def authorities(*certificates: Ref) -> str:
    """Return the name of the secret that carries the authorities of certificate resources (SDS)."""
    return f"authorities/{'+'.join(certificate.local for certificate in certificates)}"


def generic_secret(attached: Ref, listener: str, word: str) -> str:
    """Return the name of the secret that a policy calls *word*, where it is attached (SDS).

    It says nothing of the secret, not even a hash. What is attached to a gateway has one for each *listener*, since
    each of them may have a policy of its own.
    """
    place = f"{attached.local}/{listener}" if attached.kind == "gateways" else attached.local
    return f"{word}/{attached.kind}/{place}"


MACHINE_AUTHORITIES: Final = "machine/authorities"
"""The name of the secret that carries the authorities which the machine of the proxy trusts: in its bootstrap."""


NOWHERE: Final = "crossway/nowhere"
"""The name of a cluster that there never is: of the share of a route that is answered with a status."""


LIMITER: Final = "crossway/limits"
"""The name of the cluster of the control plane, where limits are counted: in the bootstrap of the proxy."""


def listener(gateway: Ref, address: str, port: int, transport: str) -> str:
    """Return the name of the listener at a port: several listeners of the model may share it."""
    return f"{gateway.local}/{address}:{port}/{transport}"


def table(gateway: Ref, name: str) -> str:
    """Return the name of a table of routes."""
    return f"{gateway.local}/{name}"


def inner(gateway: Ref, table: str) -> str:
    """Return the name of the inner listener behind a table of routes, of its cluster and of its own table."""
    return f"crossway/inner/{gateway.local}/{table}"


def process(socket: str) -> str:
    """Return the name of the cluster of the process of a plugin, which listens at *socket*."""
    return f"crossway/process/{socket.partition('.')[0]}"


HEADS: Final = "crossway/heads"
"""The name of the cluster at which the proxy asks Python about the heads of requests."""
RUNTIME: Final = "crossway/runtime"
"""The name of the listener at which the proxy's own control plane asks the Python runtime."""


def behind(ref: Ref, match: int, listener: str) -> str:
    """Return the word by which Python sends on what came to one match of a route through *listener*."""
    return f"{route(ref, match)}@{listener}"


def call(service: Ref) -> str:
    """Return the name of the route by which Python calls *service*."""
    return f"{CALL}{service.local}"


def http_filter(name: str) -> str:
    """Return the name of the HTTP filter that a policy calls *name*."""
    return f"crossway.{name}"


def of_namespace(filter_name: str, namespace: str) -> str:
    """Return the name of the filter that knows the consumers of *namespace*."""
    return filter_name if namespace == DEFAULT_NAMESPACE else f"{filter_name}/{namespace}"


def route(ref: Ref, match: int) -> str:
    """Return the name of the Envoy route of one match of a route; what the access log shows as ``route``."""
    return f"{ref.local}#{match}" if match else ref.local


def route_parts(name: str) -> tuple[Ref, int]:
    """Return the route, and which of its matches, that `route` made *name* for."""
    local, _, match = name.partition("#")
    return Ref.parse("routes", local, DEFAULT_NAMESPACE), int(match or 0)


def route_ref(name: str) -> Ref:
    """Return the route that `route` made *name* for."""
    return route_parts(name)[0]


def statistics(name: str) -> str:
    """Return *name* as it stands in statistics: Envoy takes names apart at dots, and makes labels of the parts."""
    return name.replace(".", "_")


def subset(name: str) -> str:
    """Return the key among the load balancing metadata of an endpoint that says that it is in a subset."""
    return f"crossway.subset/{name}"
