"""Opening: what it takes to open the listeners of a gateway, and what they become.

Law: a listener opens with what it needs, or stays shut; which of both hurts no other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crossway.dialects.contract import Concept, Key, Made, Object, Translation, find
from crossway.dialects.gateway_api.gateway import Door, Gateway, ListenerSet, Validation, allows, doors
from crossway.dialects.gateway_api.material import authorities, certificate
from crossway.dialects.gateway_api.reference import GATEWAY, LISTENER_SET, Trouble
from crossway.dialects.kubernetes.service import service_name
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, Severity, errors
from crossway.model.hostname import CATCH_ALL


@dataclass(frozen=True, slots=True)
class Opened:
    """What it takes to open a listener, and what is in the way."""

    door: Door
    listener: dict[str, object]
    """In native form; empty if it stays shut."""
    made: tuple[Made, ...] = ()
    """The certificates and authorities that it names."""
    troubles: tuple[Trouble, ...] = ()
    """Which of its references lead nowhere, and what else is wrong; the paths begin at the owner of each."""
    gateway_troubles: tuple[Trouble, ...] = ()
    """The same, of what its gateway says for it."""


def openings(read: Read, key: Key) -> tuple[Opened, ...]:
    """Return what it takes to open each listener of the gateway *key*."""
    gateway = find(read, Gateway, key)
    return tuple(_opened(read, gateway, door) for door in read(doors, key)) if gateway else ()


def _opened(read: Read, gateway: Object[Gateway], door: Door) -> Opened:
    made: list[Made] = []
    troubles: list[Trouble] = []
    settings = door.settings
    native: dict[str, object] = {"port": settings.port}
    if gateway.value.address is not None:
        native["address"] = gateway.value.address
    if not settings.is_supported:
        message = f"{settings.protocol} is no protocol of a listener"
        return Opened(door, {}, troubles=(Trouble("UnsupportedProtocol", message, (*door.path, "protocol")),))
    if settings.speaks in _PROTOCOLS:
        native["protocol"] = "tls" if settings.passes_through else _PROTOCOLS[settings.speaks]
    if settings.serves != CATCH_ALL:
        native["hostnames"] = [settings.serves]
    if settings.has_invalid_kinds:
        message = f"not all of these routes can be served over {settings.speaks}"
        troubles.append(Trouble("InvalidRouteKinds", message, (*door.path, "allowedRoutes", "kinds")))
    if door.conflict is not None:
        troubles.append(door.conflict)
    is_open = door.conflict is None
    tls: dict[str, object] = {}
    if settings.speaks in {"HTTPS", "TLS"} and not settings.passes_through:
        certificates = _certificates(read, door, troubles)
        made += certificates
        is_open = is_open and bool(certificates)
        tls["certificates"] = [service_name(item.ref, gateway.key.namespace) for item in certificates]
        native["tls"] = tls
    of_gateway: list[Trouble] = []
    if settings.speaks == "HTTPS" and (field := _validation(gateway.value, settings.port)) is not None:
        path, validation = field
        client, of_gateway = authorities(
            read, gateway.key, validation.ca_certificate_refs, (*path, "caCertificateRefs"), "InvalidCACertificateKind"
        )
        made += client
        is_open = is_open and bool(client)
        if not client:
            of_gateway.append(Trouble("NoValidCACertificate", "nobody is left who could check clients", path))
        tls["client"] = _client(client, validation, gateway.key.namespace)
    return Opened(door, native if is_open else {}, tuple(made), tuple(troubles), tuple(of_gateway))


_PROTOCOLS: Final = {"TLS": "tcp", "TCP": "tcp", "UDP": "udp"}
"""What a native listener is told to speak, where it is not HTTP and TLS ends here."""


def _certificates(read: Read, door: Door, troubles: list[Trouble]) -> list[Made]:
    refs = door.settings.tls.certificate_refs if door.settings.tls else ()
    path = (*door.path, "tls", "certificateRefs")
    if not refs:
        message = f"a listener of the protocol {door.settings.speaks} needs a certificate"
        troubles.append(Trouble("InvalidCertificateRef", message, door.path))
    found = [
        certificate(read, door.owner, named, (*path, index), "InvalidCertificateRef")
        for index, named in enumerate(refs)
    ]
    troubles.extend(item for item in found if isinstance(item, Trouble))
    return [item for item in found if isinstance(item, Made)]


def _validation(gateway: Gateway, port: int) -> tuple[FieldPath, Validation] | None:
    """Return how the clients of a port are checked, and where that is said."""
    frontend = gateway.spec.tls.frontend
    path: FieldPath = ("spec", "tls", "frontend")
    for index, item in enumerate(frontend.per_port):
        if item.port == port:
            found, path = item.tls.validation, (*path, "perPort", index, "tls", "validation")
            break
    else:
        found, path = frontend.default.validation, (*path, "default", "validation")
    return (path, found) if found is not None else None


def _client(authorities: Sequence[Made], validation: Validation, within: str) -> dict[str, object]:
    names = [service_name(item.ref, within) for item in authorities]
    client: dict[str, object] = {"ca": names[0] if len(names) == 1 else names}
    return client if validation.is_required else {**client, "required": False, "verify": False}


def client_certificate(read: Read, key: Key) -> Made | Trouble | None:
    """Return the certificate that the gateway *key* shows to backends, or why there is none though it names one."""
    gateway = find(read, Gateway, key)
    named = gateway.value.spec.tls.backend.client_certificate_ref if gateway else None
    if named is None:
        return None
    path = ("spec", "tls", "backend", "clientCertificateRef")
    return certificate(read, key, named, path, "InvalidClientCertificateRef")


def translate_gateway(read: Read, found: Object[Gateway]) -> Translation:
    """Return the gateway with its own listeners, and the certificates that they name."""
    gateway = found.value
    opened = read(openings, found.key)
    own = [item for item in opened if item.door.owner == found.key]
    made = list(_gateway(found, own)) if any(item.listener for item in opened) else []
    troubles = [trouble for item in own for trouble in item.troubles]
    troubles += dict.fromkeys(trouble for item in opened for trouble in item.gateway_troubles)
    client = read(client_certificate, found.key)
    if isinstance(client, Trouble):
        troubles.append(client)
    return Translation(tuple(made), (*map(_finding, troubles), *_addresses(gateway)))


def _gateway(found: Object[Any], opened: Sequence[Opened], *, overlay: bool = False) -> Iterator[Made]:
    """Yield the native gateway as far as one object makes it, and what its listeners need."""
    listeners = {item.door.name: _short(item.listener) for item in opened if item.listener}
    links: dict[FieldPath, FieldPath] = {
        ("listeners", item.door.name): item.door.path for item in opened if item.listener
    }
    gateway = found.value.parent if overlay else found.key
    if listeners or not overlay:
        yield Made(
            Ref("gateways", gateway.name, gateway.namespace), {"listeners": listeners}, found.source, links, overlay
        )
    if not errors(found.wrong):
        for item in opened:
            yield from item.made


def _short(listener: dict[str, object]) -> object:
    """Return a listener in the shortest form."""
    return listener["port"] if len(listener) == 1 else listener


def _addresses(gateway: Gateway) -> Iterator[Finding]:
    for index, item in enumerate(gateway.spec.addresses):
        if item.value != gateway.address:
            why = "a gateway is bound to one address" if item.is_local else "no socket can be bound to it"
            message = f"the address {item.value or 'without a value'} is not used: {why}"
            yield Finding("gateway_api.address", message, Severity.WARNING, path=("spec", "addresses", index))


def _finding(item: Trouble) -> Finding:
    """Return the finding about what keeps a listener shut, or lets less in than it says."""
    if item.reason in _OF_LISTENERS:
        return Finding("gateway_api.listener", item.text, path=item.path)
    return item.finding


def translate_listener_set(read: Read, found: Object[ListenerSet]) -> Translation:
    """Return what a set adds to its gateway, as far as that lets it."""
    gateway = find(read, Gateway, found.value.parent)
    path = ("spec", "parentRef")
    if gateway is None:
        message = f"there is no {found.value.parent} that it could add listeners to"
        return Translation(findings=(Trouble("NoMatchingParent", message, path).finding,))
    if not allows(read, gateway, found):
        message = f"{gateway.key} does not let it add listeners"
        return Translation(findings=(_finding(Trouble("NotAllowed", message, path)),))
    own = [item for item in read(openings, gateway.key) if item.door.owner == found.key]
    troubles = [trouble for item in own for trouble in item.troubles]
    return Translation(tuple(_gateway(found, own, overlay=True)), tuple(map(_finding, troubles)))


_OF_LISTENERS: Final = frozenset(
    {"UnsupportedProtocol", "InvalidRouteKinds", "ProtocolConflict", "HostnameConflict", "NotAllowed"}
)

GATEWAYS: Final[tuple[Concept[Any], ...]] = (
    Concept(GATEWAY, Gateway, translate_gateway, ("v1", "v1beta1")),
    Concept(LISTENER_SET, ListenerSet, translate_listener_set, ("v1",)),
)
