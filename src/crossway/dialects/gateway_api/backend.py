"""Backends of routes: the services that they name, and why one of these names leads nowhere.

https://gateway-api.sigs.k8s.io/reference/spec/#backendref
"""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from pydantic import Field

from crossway.dialects.contract import Key, Mapped, find
from crossway.dialects.gateway_api.reference import FarObjectRef, Trouble, granted
from crossway.dialects.kubernetes.own import OWN_KINDS, OwnObject, own_ref
from crossway.dialects.kubernetes.service import SERVICE, PortNumber, Service, ServicePort
from crossway.memo import Read
from crossway.model import FieldPath, Ref

OWN_SERVICE: Final = OWN_KINDS["services"]


class ServiceRef(FarObjectRef):
    """A port of a service (BackendObjectReference)."""

    kind: Annotated[str, Mapped("routes.to.service")] = "Service"
    port: Annotated[PortNumber | None, Mapped("routes.to.service")] = None


class BackendRef(ServiceRef):
    """A port of a service, with its share (BackendRef)."""

    weight: Annotated[int, Field(ge=0, le=1_000_000), Mapped("routes.to.weight")] = 1


class Reached(NamedTuple):
    """A port of a service that is there and may be named."""

    key: Key
    """The service of Kubernetes."""
    ref: Ref
    """The service of the model."""
    port: ServicePort | None
    """The port; `None` of a `crossway.dev/Service`, which says itself what it speaks."""

    @property
    def speaks(self) -> str:
        """Which protocol the service says that it speaks."""
        return (self.port.app_protocol or "").removeprefix("kubernetes.io/").lower() if self.port else "crossway"


def reach(read: Read, route: Key, named: ServiceRef, path: FieldPath, transport: str = "TCP") -> Reached | Trouble:
    """Return the service that *route* names at *path*, or why it leads nowhere."""
    key = named.key(route.namespace)
    if key.kind not in (SERVICE, OWN_SERVICE):
        return Trouble("InvalidKind", f"{named.group or 'the core group'} {named.kind} is no kind of backend", path)
    if not granted(read, route, key):
        return Trouble("RefNotPermitted", f"no ReferenceGrant in {key.namespace} lets {route} name {key}", path)
    own = find(read, OwnObject, key)
    if own is not None:
        return Reached(key, own_ref(key, own), None)
    found = find(read, Service, key)
    if found is None:
        return Trouble("BackendNotFound", f"there is no {key}", path)
    port = found.value.port(named.port) if named.port is not None else None
    if port is None:
        what = "needs a port" if named.port is None else f"has no port {named.port}"
        return Trouble("BackendNotFound", f"{key} {what}", path)
    if port.protocol != transport:
        return Trouble("UnsupportedProtocol", f"port {port.port} of {key} speaks {port.protocol}", path)
    return Reached(key, found.value.ref(port.port), port)
