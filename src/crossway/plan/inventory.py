"""The inventory of what is planned: certificates and ports."""

from __future__ import annotations

from typing import TypeVar

from crossway.memo import Read
from crossway.model import Certificate, Part, Plugin, Ref
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
