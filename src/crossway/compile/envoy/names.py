"""The names of Envoy resources. They are API: dashboards, patches and statistics depend on them.

Law: a name depends on the identity of its own object, never on its siblings. Nothing else makes names.
"""

from __future__ import annotations

from crossway.model import Ref


def cluster(service: Ref) -> str:
    """Return the name of the cluster of *service*, which is also the name of its endpoints (EDS)."""
    return service.local


def secret(certificate: Ref) -> str:
    """Return the name of the secret that carries a certificate and its key (SDS)."""
    return f"certificate/{certificate.local}"


def authorities(certificate: Ref) -> str:
    """Return the name of the secret that carries the authorities of a certificate resource (SDS)."""
    return f"authorities/{certificate.local}"


def listener(gateway: Ref, address: str, port: int, transport: str) -> str:
    """Return the name of the listener at a port: several listeners of the model may share it."""
    return f"{gateway.local}/{address}:{port}/{transport}"


def table(gateway: Ref, listener: str) -> str:
    """Return the name of the route table of the filter chain that *listener* stands for."""
    return f"{gateway.local}/{listener}"


def port_table(gateway: Ref, address: str, port: int) -> str:
    """Return the name of the route table that all listeners without TLS at one port share."""
    return f"{gateway.local}/{address}:{port}"


def http_filter(policy: str) -> str:
    """Return the name of the HTTP filter of a policy."""
    return f"crossway.{policy}"


def route(ref: Ref, match: int) -> str:
    """Return the name of the Envoy route of one match of a route; what the access log shows as ``route``."""
    return f"{ref.local}#{match}"
