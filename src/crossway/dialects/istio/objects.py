"""What all of Istio's concepts share: text conditions, and how hosts are named.

https://istio.io/latest/docs/reference/config/networking/virtual-service/#StringMatch
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import model_validator

from crossway.dialects.contract import Mapped
from crossway.dialects.kubernetes.objects import Camel
from crossway.dialects.kubernetes.service import PortNumber

NETWORKING: Final = "networking.istio.io"
SECURITY: Final = "security.istio.io"
VERSIONS: Final = ("v1", "v1beta1", "v1alpha3")
CLUSTER: Final = "svc.cluster.local"
RETRY: Final[Mapping[str, object]] = {
    "attempts": 2,
    "on": ["connect_failure", "refused_stream", "unavailable", "cancelled", 503],
    "methods": [],
}
"""What is tried again where nobody says anything of it, as the model says it.

https://istio.io/latest/docs/concepts/traffic-management/#retries
"""
MESH: Final = "mesh"
"""What stands for all sidecars among the gateways of a VirtualService."""


class StringMatch(Camel):
    """A condition on a text."""

    exact: Annotated[str | None, Mapped("a condition on a text")] = None
    prefix: Annotated[str | None, Mapped("a condition on a text")] = None
    regex: Annotated[str | None, Mapped("a condition on a text")] = None

    @model_validator(mode="after")
    def _one(self) -> StringMatch:
        if len(self.model_fields_set) > 1:
            raise ValueError("write one of exact, prefix, regex")
        return self

    @property
    def condition(self) -> Mapping[str, object]:
        """The condition, as the model says it; an empty one means that the text is there."""
        if self.exact is not None:
            return {"exact": self.exact}
        if self.prefix:
            return {"prefix": self.prefix}
        if self.regex is not None:
            return {"regex": self.regex}
        return {"present": True}


class PortSelector(Camel):
    """A port of a service."""

    number: Annotated[PortNumber, Mapped("routes.to.service")]


class Destination(Camel):
    """Where requests go."""

    host: Annotated[str, Mapped("routes.to.service")]
    subset: Annotated[str | None, Mapped("routes.to.service")] = None
    port: PortSelector | None = None


def full_host(host: str, namespace: str) -> str:
    """Return the name of a service as it is known everywhere."""
    if host == "*" or host.endswith(f".{CLUSTER}"):
        return host
    if "." not in host:
        return f"{host}.{namespace}.{CLUSTER}"
    if host.endswith(".svc"):
        return f"{host}.cluster.local"
    return host


def cluster_service(host: str) -> tuple[str, str] | None:
    """Return namespace and name of the service of Kubernetes that a full *host* is; `None` for any other."""
    labels = host.removesuffix(f".{CLUSTER}").split(".")
    return (labels[1], labels[0]) if host.endswith(f".{CLUSTER}") and len(labels) == 2 else None


_ALTERNATIVES: Final = re.compile(r"\(?([A-Z]+(?:\|[A-Z]+)*)\)?")


def methods(match: StringMatch) -> list[str] | None:
    """Return the methods that a condition on the method means; `None` where they cannot be listed."""
    if match.exact is not None:
        return [match.exact]
    listed = _ALTERNATIVES.fullmatch(match.regex or "")
    return listed[1].split("|") if listed else None
