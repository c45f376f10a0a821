"""References of the Gateway API: how its objects name each other, and what may name things of another namespace.

https://gateway-api.sigs.k8s.io/api-types/referencegrant/
"""

from __future__ import annotations

from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field

from crossway.dialects.contract import Concept, Ignored, Key, Mapped, every
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import PortNumber
from crossway.memo import Read
from crossway.model import FieldPath, Finding

GROUP: Final = "gateway.networking.k8s.io"
GATEWAY_CLASS: Final = f"{GROUP}/GatewayClass"
GATEWAY: Final = f"{GROUP}/Gateway"
LISTENER_SET: Final = f"{GROUP}/ListenerSet"
HTTP_ROUTE: Final = f"{GROUP}/HTTPRoute"
GRPC_ROUTE: Final = f"{GROUP}/GRPCRoute"
TLS_ROUTE: Final = f"{GROUP}/TLSRoute"
TCP_ROUTE: Final = f"{GROUP}/TCPRoute"
UDP_ROUTE: Final = f"{GROUP}/UDPRoute"
REFERENCE_GRANT: Final = f"{GROUP}/ReferenceGrant"
BACKEND_TLS_POLICY: Final = f"{GROUP}/BackendTLSPolicy"

ROUTES: Final = (HTTP_ROUTE, GRPC_ROUTE, TLS_ROUTE, TCP_ROUTE, UDP_ROUTE)
"""All kinds of routes."""


class ParentRef(Camel):
    """What a route wants to be attached to (ParentReference)."""

    group: Annotated[str, Mapped("routes.gateways, routes.services")] = GROUP
    kind: Annotated[str, Mapped("routes.gateways, routes.services")] = "Gateway"
    namespace: Annotated[str | None, Mapped("routes.gateways, routes.services")] = None
    name: Annotated[str, Mapped("routes.gateways, routes.services")]
    section_name: Annotated[str | None, Mapped("routes.listeners")] = None
    port: Annotated[PortNumber | None, Mapped("routes.listeners, routes.services")] = None

    def key(self, within: str) -> Key:
        """Return the identity of the parent of a route in the namespace *within*."""
        group = "" if self.group == "core" else self.group
        return Key(f"{group}/{self.kind}", self.namespace or within, self.name)


class ObjectRef(Camel):
    """An object in the same namespace (LocalObjectReference)."""

    group: Annotated[str, Mapped("the name of what is made of the object")] = ""
    kind: Annotated[str, Mapped("the name of what is made of the object")]
    name: Annotated[str, Mapped("the name of what is made of the object")]

    def key(self, within: str) -> Key:
        """Return the identity of the object that an object in the namespace *within* means."""
        return Key(f"{self.group}/{self.kind}", within, self.name)


class FarObjectRef(ObjectRef):
    """An object, possibly in another namespace (ObjectReference)."""

    namespace: Annotated[str | None, Mapped("the name of what is made of the object")] = None

    def key(self, within: str) -> Key:
        """Return the identity of the object that an object in the namespace *within* means."""
        return super().key(self.namespace or within)


class SecretRef(FarObjectRef):
    """A secret (SecretObjectReference)."""

    kind: Annotated[str, Mapped("the name of what is made of the object")] = "Secret"


class Trouble(NamedTuple):
    """Why something does not hold: the reason as a status condition words it, and what there is to say about it."""

    reason: str
    message: str
    path: FieldPath
    """From the object that it is wrong in."""

    @property
    def finding(self) -> Finding:
        """The finding about a reference that leads nowhere."""
        return Finding("gateway_api.reference", self.text, path=self.path)

    @property
    def text(self) -> str:
        """What there is to say, with the reason."""
        return f"{self.message} ({self.reason})"


class GrantFrom(Camel):
    """Whose references are allowed."""

    group: Annotated[str, Mapped("whether routes and gateways reach what they name")]
    kind: Annotated[str, Mapped("whether routes and gateways reach what they name")]
    namespace: Annotated[str, Mapped("whether routes and gateways reach what they name")]


class GrantTo(Camel):
    """What may be named; without a name, all of the kind."""

    group: Annotated[str, Mapped("whether routes and gateways reach what they name")]
    kind: Annotated[str, Mapped("whether routes and gateways reach what they name")]
    name: Annotated[str | None, Mapped("whether routes and gateways reach what they name")] = None


class GrantSpec(Camel):
    """What a grant says."""

    origins: Annotated[tuple[GrantFrom, ...], Field(alias="from", min_length=1)]
    to: Annotated[tuple[GrantTo, ...], Field(min_length=1)]


class ReferenceGrant(KubernetesObject):
    """The permission of a namespace to be named from others."""

    spec: GrantSpec


def granted(read: Read, origin: Key, target: Key) -> bool:
    """Return whether the object *origin* may name *target*: in its own namespace always, elsewhere by a grant there."""
    if origin.namespace == target.namespace:
        return True
    group, _, kind = origin.kind.rpartition("/")
    to_group, _, to_kind = target.kind.rpartition("/")
    return any(
        any((item.group, item.kind, item.namespace) == (group, kind, origin.namespace) for item in grant.spec.origins)
        and any(
            (item.group, item.kind) == (to_group, to_kind) and (not item.name or item.name == target.name)
            for item in grant.spec.to
        )
        for grant in (found.value for found in every(read, ReferenceGrant, REFERENCE_GRANT, target.namespace))
    )


class ClassSpec(Camel):
    """What a class says."""

    controller_name: Annotated[str, Ignored("Gateways of every class are read, so that files work as they are")]
    parameters_ref: Annotated[Any, Ignored("it is about how the product of the class runs its proxies")] = None
    description: Annotated[str | None, Ignored("a note for people")] = None


class GatewayClass(KubernetesObject):
    """A kind of gateways, and the product that serves them."""

    spec: ClassSpec


REFERENCES: Final[tuple[Concept[Any], ...]] = (
    Concept(GATEWAY_CLASS, GatewayClass, versions=("v1", "v1beta1")),
    Concept(
        REFERENCE_GRANT,
        ReferenceGrant,
        versions=("v1", "v1beta1", "v1alpha2"),
        atoms=frozenset({"spec.from[]", "spec.to[]"}),
    ),
)
