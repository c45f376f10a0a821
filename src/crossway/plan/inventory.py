"""The inventory of what is planned: certificates and ports."""

from __future__ import annotations

from crossway.memo import Read
from crossway.model import Certificate, Ref
from crossway.plan.gateway import plan_gateway
from crossway.plan.route import BY_KIND
from crossway.plan.tables import resource


def certificates(read: Read) -> dict[Ref, Certificate]:
    """Return the certificate resources."""
    found: dict[Ref, Certificate] = {}
    for kind, namespace in read.groups(BY_KIND):
        for ref in read.group(BY_KIND, (kind, namespace)) if kind == "certificates" else ():
            certificate = resource(read, Certificate, ref)
            if certificate is not None:
                found[ref] = certificate
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
