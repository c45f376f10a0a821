"""Attachment: which listeners a route is reached through, and why it is not through others.

https://gateway-api.sigs.k8s.io/reference/spec/#parentreference

Status conditions and translation say the same, because both are told it here.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from crossway.dialects.contract import OBJECTS, Key, Object, find, of
from crossway.dialects.gateway_api.gateway import Door, Gateway, ListenerSet, doors, sets_of
from crossway.dialects.gateway_api.reference import GATEWAY, LISTENER_SET, ROUTES, ParentRef
from crossway.dialects.kubernetes.service import SERVICE
from crossway.memo import Index, Read
from crossway.model import FieldPath, hostname

ACCEPTED: Final = "Accepted"
NO_PARENT: Final = "NoMatchingParent"


class Attachment(NamedTuple):
    """What became of one parent that a route names."""

    number: int
    """Which of the route's `parentRefs` it is, from 0."""
    ref: ParentRef
    parent: Key
    gateway: Key | None
    """The gateway whose listeners are meant; `None` for a service, and where no such gateway is among the documents."""
    listeners: tuple[str, ...] = ()
    """What the native gateway calls the listeners that the route is attached to, shut ones included."""
    reason: str = ACCEPTED
    """As the condition ``Accepted`` words it: ``Accepted``, or why not."""
    message: str = ""

    @property
    def path(self) -> FieldPath:
        """Where the parent is named."""
        return "spec", "parentRefs", self.number

    @property
    def is_accepted(self) -> bool:
        """Whether the route is attached to it."""
        return self.reason == ACCEPTED


def _parents(read: Read, key: Key) -> frozenset[Key]:
    found = read.input(OBJECTS, key) if key.kind in ROUTES else None
    return frozenset(ref.key(key.namespace) for ref in found.value.spec.parent_refs) if found else frozenset()


ROUTES_BY_PARENT: Index[Key, Key] = Index(OBJECTS, _parents, "routes by parent", of(*ROUTES))
"""The routes that name a Gateway, a ListenerSet or a Service as a parent."""


def attachments(read: Read, key: Key) -> tuple[Attachment, ...]:
    """Return what became of each parent that the route *key* names, in their order."""
    found = read.input(OBJECTS, key)
    if found is None:
        return ()
    return tuple(_attachment(read, found, index, ref) for index, ref in enumerate(found.value.spec.parent_refs))


def _attachment(read: Read, route: Object[Any], index: int, ref: ParentRef) -> Attachment:
    parent = ref.key(route.key.namespace)
    if parent.kind == SERVICE:
        return Attachment(index, ref, parent, None)
    gateway = _gateway(read, parent)
    if gateway is None:
        return Attachment(index, ref, parent, None, reason=NO_PARENT, message=f"there is no {parent}")
    of_parent = [door for door in read(doors, gateway) if door.owner == parent]
    named = [
        door
        for door in of_parent
        if (not ref.section_name or ref.section_name == door.settings.name) and ref.port in (None, door.settings.port)
    ]
    if not named:
        message = f"{parent} has no listener that is meant"
        return Attachment(index, ref, parent, gateway, reason=NO_PARENT, message=message)
    taking = [door for door in named if door.settings.takes(read, route.key, parent.namespace)]
    if not taking:
        message = f"no listener of {parent} takes a route of the kind {route.value.kind} from {route.key.namespace}"
        return Attachment(index, ref, parent, gateway, reason="NotAllowedByListeners", message=message)
    serving = tuple(door.name for door in taking if _serves(door, route.value.spec.names))
    if not serving:
        message = f"no listener of {parent} serves a hostname of the route"
        return Attachment(index, ref, parent, gateway, reason="NoMatchingListenerHostname", message=message)
    return Attachment(index, ref, parent, gateway, serving)


def _gateway(read: Read, parent: Key) -> Key | None:
    """Return the gateway that a parent is, or that it adds listeners to."""
    if parent.kind == GATEWAY:
        return parent if find(read, Gateway, parent) else None
    listener_set = find(read, ListenerSet, parent) if parent.kind == LISTENER_SET else None
    if listener_set is None:
        return None
    gateway = listener_set.value.parent
    return gateway if any(item.key == parent for item in read(sets_of, gateway)) else None


def _serves(door: Door, hostnames: tuple[str, ...]) -> bool:
    """Return whether a listener serves one of these hostnames; without any, all are meant."""
    served = door.settings.serves
    return not hostnames or any(hostname.intersection(served, name) is not None for name in hostnames)
