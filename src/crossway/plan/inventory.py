"""The inventory of what is planned: certificates, plugins, definitions and ports."""

from __future__ import annotations

from typing import TypeVar

from crossway.memo import Read
from crossway.model import Asked, BackendTls, Certificate, Definition, Part, Plugin, Ref, Service
from crossway.model.definition import Trust
from crossway.plan.gateway import plan_gateway
from crossway.plan.route import BY_KIND
from crossway.plan.tables import resource

P = TypeVar("P", bound=Part)


def certificates(read: Read) -> dict[Ref, Certificate]:
    """Return the certificate resources."""
    return _all(read, Certificate, "certificates")


def plugins(read: Read) -> dict[Ref, Plugin]:
    """Return the plugin resources."""
    return _all(read, Plugin, "plugins")


def definitions(read: Read) -> dict[Ref, Definition]:
    """Return the definition resources."""
    return _all(read, Definition, "definitions")


def asked(read: Read) -> dict[Ref, Asked]:
    """Return the services that say themselves what they are, by the definition that leaves it to them."""
    found: dict[Ref, Asked] = {}
    for ref, definition in definitions(read).items():
        place = Ref.parse("services", definition.asked, ref.namespace) if definition.asked else None
        service = resource(read, Service, place) if place else None
        if place is not None and service is not None:
            addresses = tuple(endpoint.address for endpoint in service.endpoints)
            path = definition.fetch.path if definition.fetch else ""
            found[ref] = Asked(place.local, addresses, path, _trust(place, service.tls) if service.tls else None)
    return found


def _trust(service: Ref, tls: BackendTls) -> Trust:
    def named(certificate: str) -> Ref:
        return Ref.parse("certificates", certificate, service.namespace)

    shown = named(tls.certificate) if tls.certificate else None
    return Trust(tls.sni or next(iter(tls.names), ""), tuple(map(named, tls.ca)), shown, tls.verify)


def _all(read: Read, of: type[P], wanted: str) -> dict[Ref, P]:
    found: dict[Ref, P] = {}
    for kind, namespace in read.groups(BY_KIND):
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == wanted else ():
            part = resource(read, of, ref)
            if part is not None:
                found[ref] = part
    return found


def ports(read: Read) -> tuple[tuple[str, int, str], ...]:
    """Return address, port and transport (``tcp`` or ``udp``) of everything that is listened on."""
    found: list[tuple[str, int, str]] = []
    for kind, namespace in read.groups(BY_KIND):
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == "gateways" else ():
            plan = read(plan_gateway, ref)
            for port in plan.ports if plan else ():
                found.extend((port.address, port.port, transport) for transport in port.transports)
    return tuple(found)
