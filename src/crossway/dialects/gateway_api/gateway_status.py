"""The status of Gateways and ListenerSets: which of their listeners are open, and how many routes each of them has.

https://gateway-api.sigs.k8s.io/reference/spec/#gatewaystatus
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from crossway.dialects.contract import Key, Object, find
from crossway.dialects.gateway_api.attachment import ROUTES_BY_PARENT, attachments
from crossway.dialects.gateway_api.conditions import (
    ACCEPTED,
    CONFLICTED,
    PROGRAMMED,
    Condition,
    Told,
    false,
    resolved,
    written,
)
from crossway.dialects.gateway_api.gateway import (
    Gateway,
    ListenerSet,
    allows,
    sets_of,
)
from crossway.dialects.gateway_api.opening import Opened, client_certificate, openings
from crossway.dialects.gateway_api.reference import Trouble
from crossway.memo import Read
from crossway.model import errors, hostname

_NOT_VALID: Final = "ListenersNotValid"
_UNCHECKED: Final = "NoValidCACertificate"
_FATAL: Final = frozenset({"UnsupportedProtocol", "ProtocolConflict", "HostnameConflict", _UNCHECKED})
"""The reasons for which a listener is not accepted; the others are about what it names."""


def gateway_status(read: Read, found: Object[Gateway]) -> Told:
    """Return the status of a Gateway. Its addresses are those that it asks for and gets: others depend on its host."""
    gateway = found.value
    opened = read(openings, found.key)
    own = [item for item in opened if item.door.owner == found.key]
    client = read(client_certificate, found.key)
    conditions = [
        _gateway_accepted(found, own),
        _programmed(found, any(item.listener for item in opened), own),
        resolved([client] if isinstance(client, Trouble) else []),
    ]
    if any(not field.is_required for field in gateway.validations):
        message = "some clients come in without a valid certificate"
        conditions.append(Condition("InsecureFrontendValidationMode", "ConfigurationChanged", message))
    address = gateway.address
    return {
        "addresses": [{"type": "IPAddress", "value": address}] if address else [],
        "attachedListenerSets": sum(_is_accepted(read, item) for item in read(sets_of, found.key)),
        "conditions": written(found, *conditions),
        "listeners": _listeners(read, found, opened),
    }


def listener_set_status(read: Read, found: Object[ListenerSet]) -> Told:
    """Return the status of a ListenerSet."""
    gateway = find(read, Gateway, found.value.parent)
    if gateway is None:
        trouble = Trouble("ParentNotFound", f"there is no {found.value.parent}", ())
    elif not allows(read, gateway, found):
        trouble = Trouble("NotAllowed", f"{gateway.key} does not let it add listeners", ())
    else:
        opened = read(openings, gateway.key)
        own = [item for item in opened if item.door.owner == found.key]
        conditions = (_accepted(found, own), _programmed(found, any(item.listener for item in own), own))
        return {"conditions": written(found, *conditions), "listeners": _listeners(read, found, opened)}
    return {"conditions": written(found, false(ACCEPTED, trouble), false(PROGRAMMED, trouble))}


def _is_accepted(read: Read, listener_set: Object[ListenerSet]) -> bool:
    own = [item for item in read(openings, listener_set.value.parent) if item.door.owner == listener_set.key]
    return _accepted(listener_set, own).holds


def _gateway_accepted(found: Object[Gateway], own: Sequence[Opened]) -> Condition:
    """Return whether a Gateway is accepted as it is written.

    One that wants what only another product has is served all the same, so that files work as they are.
    """
    spec = found.value.spec
    if spec.infrastructure is not None and spec.infrastructure.parameters_ref is not None:
        message = "there are no parameters for the infrastructure of a gateway"
        return Condition(ACCEPTED, "InvalidParameters", message, holds=False)
    if any(item.value and not item.is_local for item in spec.addresses):
        return Condition(ACCEPTED, "UnsupportedAddress", "no socket can be bound to an address", holds=False)
    return _accepted(found, own)


def _accepted(found: Object[Any], own: Sequence[Opened]) -> Condition:
    """Return whether an object with listeners is accepted: once one of them is."""
    if wrong := errors(found.wrong):
        return Condition(ACCEPTED, "Invalid", wrong[0].message, holds=False)
    shut = [item for item in own if not item.listener]
    if not shut:
        return Condition(ACCEPTED, ACCEPTED)
    message = f"not valid: {_names(shut)}"
    return Condition(ACCEPTED, _NOT_VALID, message, holds=len(shut) < len(own))


def _programmed(found: Object[Any], is_open: bool, own: Sequence[Opened]) -> Condition:
    """Return whether something of an object with listeners is opened."""
    if wrong := errors(found.wrong):
        return Condition(PROGRAMMED, "Invalid", wrong[0].message, holds=False)
    if not is_open:
        reason = _NOT_VALID if isinstance(found.value, ListenerSet) else "Invalid"
        return Condition(PROGRAMMED, reason, f"none is open: {_names(own)}", holds=False)
    return Condition(PROGRAMMED, PROGRAMMED)


def _names(items: Iterable[Opened]) -> str:
    return ", ".join(item.door.settings.name for item in items)


def _listeners(read: Read, found: Object[Any], opened: Sequence[Opened]) -> list[Mapping[str, object]]:
    """Return what is told of the listeners of an object, among all those of its gateway that *opened* has."""
    attached = read(attached_routes, found.key)
    made: list[Mapping[str, object]] = []
    for item in opened:
        if item.door.owner != found.key:
            continue
        kinds = [kind.rpartition("/") for kind in item.door.settings.route_kinds]
        made.append(
            {
                "name": item.door.settings.name,
                "supportedKinds": [{"group": group, "kind": kind} for group, _, kind in kinds],
                "attachedRoutes": attached[item.door.name],
                "conditions": written(found, *_listener_conditions(found, item), *_overlap(item, opened)),
            }
        )
    return made


def _listener_conditions(found: Object[Any], item: Opened) -> list[Condition]:
    conflict = item.door.conflict
    broken = [one for one in (*item.troubles, *item.gateway_troubles) if one.reason not in _FATAL]
    accepted = _listener_accepted(item)
    if errors(found.wrong):
        programmed = Condition(PROGRAMMED, "Invalid", "what it stands in is wrong", holds=False)
    elif item.listener:
        programmed = Condition(PROGRAMMED, PROGRAMMED)
    else:
        shut = broken[0].message if broken else accepted.message
        programmed = Condition(PROGRAMMED, conflict.reason if conflict else "Invalid", shut, holds=False)
    conditions = [accepted, programmed, resolved(broken)]
    if conflict is not None:
        conditions.append(Condition(CONFLICTED, conflict.reason, conflict.message))
    else:
        conditions.append(Condition(CONFLICTED, "NoConflicts", holds=False))
    return conditions


def _overlap(item: Opened, opened: Iterable[Opened]) -> Iterator[Condition]:
    """Yield that a browser may use a connection of a listener for another one as well; it is told so (421)."""
    mine = item.door.settings
    for other in opened:
        its = other.door.settings
        if other is not item and its.speaks == mine.speaks == "HTTPS" and its.port == mine.port:
            shared = hostname.intersection(mine.serves, its.serves)
            if shared is not None:
                message = f"the listener {its.name} serves {shared} too"
                yield Condition("OverlappingTLSConfig", "OverlappingHostnames", message)
                return


def _listener_accepted(item: Opened) -> Condition:
    fatal = next((one for one in (*item.troubles, *item.gateway_troubles) if one.reason in _FATAL), None)
    return Condition(ACCEPTED, ACCEPTED) if fatal is None else false(ACCEPTED, fatal)


def attached_routes(read: Read, parent: Key) -> Counter[str]:
    """Return how many routes each listener of a Gateway or ListenerSet has, by what the native gateway calls it."""
    counted: Counter[str] = Counter()
    for key in read.group(ROUTES_BY_PARENT, parent):
        named = [item.listeners for item in read(attachments, key) if item.parent == parent]
        counted.update({name for listeners in named for name in listeners})
    return counted
