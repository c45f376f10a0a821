"""Gateways and ListenerSets: which listeners a gateway has, and which of them cannot be told apart.

https://gateway-api.sigs.k8s.io/api-types/gateway/ and https://gateway-api.sigs.k8s.io/geps/gep-1713/

Law: listeners of one object that cannot be told apart are all in conflict; of several objects the older one is right,
the Gateway first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from crossway.dialects.contract import (
    OBJECTS,
    Ignored,
    Key,
    Mapped,
    Object,
    Refused,
    find,
    of,
)
from crossway.dialects.gateway_api.listener import Listener, Namespaces
from crossway.dialects.gateway_api.reference import GROUP, LISTENER_SET, FarObjectRef, SecretRef, Trouble
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import PortNumber
from crossway.memo import Index, Read
from crossway.model import FieldPath, errors
from crossway.model.values import is_ip_address


class Address(Camel):
    """An address that a gateway should be reached at (GatewaySpecAddress)."""

    type: Annotated[str, Mapped("gateways.listeners.address")] = "IPAddress"
    value: Annotated[str, Mapped("gateways.listeners.address")] = ""

    @property
    def is_local(self) -> bool:
        """Whether it is one that a listener can be bound to."""
        return self.type == "IPAddress" and is_ip_address(self.value)


class AllowedListeners(Camel):
    """Which ListenerSets may add listeners."""

    namespaces: Namespaces = Namespaces()


class Validation(Camel):
    """How clients are checked (FrontendTLSValidation)."""

    ca_certificate_refs: Annotated[tuple[FarObjectRef, ...], Field(alias="caCertificateRefs", min_length=1)]
    mode: Annotated[
        Literal["AllowValidOnly", "AllowInsecureFallback"] | None, Mapped("gateways.listeners.tls.client")
    ] = None

    @property
    def is_required(self) -> bool:
        """Whether only clients with a valid certificate come in."""
        return self.mode != "AllowInsecureFallback"


class FrontendConfig(Camel):
    """TLS towards the clients (TLSConfig)."""

    validation: Validation | None = None


class PortConfig(Camel):
    """TLS towards the clients of one port (TLSPortConfig)."""

    port: Annotated[PortNumber, Mapped("gateways.listeners.tls.client")]
    tls: FrontendConfig


class Frontend(Camel):
    """TLS towards the clients, by port (FrontendTLSConfig)."""

    default: FrontendConfig = FrontendConfig()
    per_port: tuple[PortConfig, ...] = ()


class BackendSide(Camel):
    """TLS towards the backends (GatewayBackendTLS)."""

    client_certificate_ref: SecretRef | None = None


class GatewayTls(Camel):
    """TLS of a whole gateway (GatewayTLSConfig)."""

    frontend: Frontend = Frontend()
    backend: BackendSide = BackendSide()


class Infrastructure(Camel):
    """What a gateway is run on (GatewayInfrastructure)."""

    labels: Annotated[Any, Ignored("no objects are made for a gateway that could have labels")] = None
    annotations: Annotated[Any, Ignored("no objects are made for a gateway that could have annotations")] = None
    parameters_ref: Annotated[Any, Ignored("it is about how the product of the class runs its proxies")] = None


class GatewaySpec(Camel):
    """What a gateway says."""

    gateway_class_name: Annotated[str, Ignored("Gateways of every class are read, so that files work as they are")]
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    addresses: tuple[Address, ...] = ()
    infrastructure: Infrastructure | None = None
    allowed_listeners: AllowedListeners = AllowedListeners()
    tls: GatewayTls = GatewayTls()
    default_scope: Annotated[
        Literal["All", "None"] | None, Refused("routes name their gateways; there is no default one")
    ] = None


class Gateway(KubernetesObject):
    """A way in."""

    spec: GatewaySpec

    @property
    def address(self) -> str | None:
        """The address that its listeners are bound to; all of the machine's without it."""
        return next((item.value for item in self.spec.addresses if item.is_local), None)

    @property
    def validations(self) -> tuple[Validation, ...]:
        """How clients are checked, on any port."""
        frontend = self.spec.tls.frontend
        found = (frontend.default.validation, *(item.tls.validation for item in frontend.per_port))
        return tuple(item for item in found if item is not None)


class GatewayRef(FarObjectRef):
    """The gateway of a set of listeners (ParentGatewayReference)."""

    group: Annotated[str, Mapped("gateways")] = GROUP
    kind: Annotated[str, Mapped("gateways")] = "Gateway"


class ListenerSetSpec(Camel):
    """What a set of listeners says."""

    parent_ref: GatewayRef
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]


class ListenerSet(KubernetesObject):
    """More listeners for a gateway."""

    spec: ListenerSetSpec

    @property
    def parent(self) -> Key:
        """The gateway that it adds to."""
        return self.spec.parent_ref.key(self.namespace)


def _parent_of(read: Read, key: Key) -> frozenset[Key]:
    found = find(read, ListenerSet, key) if key.kind == LISTENER_SET else None
    return frozenset({found.value.parent}) if found else frozenset()


SETS_BY_GATEWAY: Index[Key, Key] = Index(OBJECTS, _parent_of, "listener sets by gateway", of(LISTENER_SET))
"""The ListenerSets that name a gateway."""


@dataclass(frozen=True, slots=True)
class Door:
    """A listener among all those of its gateway."""

    owner: Key
    """The Gateway or the ListenerSet that it stands in."""
    index: int
    settings: Listener
    name: str
    """What the native gateway calls it."""
    conflict: Trouble | None = None
    """Why it cannot be told from others: ``ProtocolConflict`` or ``HostnameConflict``."""

    @property
    def path(self) -> FieldPath:
        """Where it stands in its owner."""
        return "spec", "listeners", self.index


def allows(read: Read, gateway: Object[Gateway], listener_set: Object[ListenerSet]) -> bool:
    """Return whether a gateway lets a ListenerSet add to it; none without saying so."""
    namespaces = gateway.value.spec.allowed_listeners.namespaces
    return namespaces.allow(read, listener_set.key.namespace, gateway.key.namespace, "None")


def sets_of(read: Read, key: Key) -> tuple[Object[ListenerSet], ...]:
    """Return the ListenerSets that add to the gateway *key*, the oldest first. One that is wrong adds nothing."""
    gateway = find(read, Gateway, key)
    if gateway is None:
        return ()
    found = [item for name in read.group(SETS_BY_GATEWAY, key) if (item := find(read, ListenerSet, name)) is not None]
    allowed = [item for item in found if not errors(item.wrong) and allows(read, gateway, item)]
    return tuple(sorted(allowed, key=lambda item: item.value.age))


def doors(read: Read, key: Key) -> tuple[Door, ...]:
    """Return all listeners of the gateway *key*: its own, then those of its ListenerSets."""
    gateway = find(read, Gateway, key)
    if gateway is None:
        return ()
    own = [Door(key, index, item, item.name) for index, item in enumerate(gateway.value.spec.listeners)]
    settled = list(_settled(own, ()))
    for listener_set in read(sets_of, key):
        prefix = f"{listener_set.key.name}_"
        if listener_set.key.namespace != key.namespace:
            prefix = f"{listener_set.key.namespace}_{prefix}"
        added = [
            Door(listener_set.key, index, item, f"{prefix}{item.name}")
            for index, item in enumerate(listener_set.value.spec.listeners)
        ]
        settled += _settled(added, [door for door in settled if door.conflict is None])
    return tuple(settled)


def _settled(added: Sequence[Door], earlier: Sequence[Door]) -> Iterator[Door]:
    """Yield *added*, the listeners of one object, each with what keeps it from being told from another one."""
    free = [door for door in added if _conflict(door, earlier) is None]
    for door in added:
        conflict = _conflict(door, earlier) or _conflict(door, (other for other in free if other is not door))
        yield replace(door, conflict=conflict)


def _conflict(door: Door, others: Iterable[Door]) -> Trouble | None:
    mine = door.settings
    for other in others:
        its = other.settings
        if its.port != mine.port or not (its.is_supported and mine.is_supported):
            continue
        if _transport(its) != _transport(mine):
            if "UDP" not in (its.speaks, mine.speaks):
                message = f"port {mine.port} speaks {its.speaks} for the listener {other.settings.name}"
                return Trouble("ProtocolConflict", message, (*door.path, "protocol"))
        elif its.serves == mine.serves:
            message = f"the listener {other.settings.name} has the same port and hostname"
            reason = "HostnameConflict" if its.speaks == mine.speaks else "ProtocolConflict"
            return Trouble(reason, message, (*door.path, "hostname" if mine.hostname else "port"))
    return None


def _transport(listener: Listener) -> str:
    """Return what must be the same for listeners that share a port: those with TLS are told apart by server name."""
    return "TLS" if listener.speaks in {"HTTPS", "TLS"} else listener.speaks
