"""Destinations: which service of the model a route of Istio leads to.

https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crossway.dialects.contract import OBJECTS, Key, Made, find
from crossway.dialects.istio.objects import Destination, cluster_service, full_host
from crossway.dialects.istio.service_entry import BY_HOST, ServiceEntry, entry_ref, entry_settings
from crossway.dialects.istio.virtual_service import VIRTUAL_SERVICE, VirtualService, destinations
from crossway.dialects.kubernetes.service import SERVICE, Service, service_ref, service_settings
from crossway.dialects.source import Source
from crossway.memo import Index, Read
from crossway.model import Ref

_HTTP_PORT: Final = 80


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a service that Istio knows."""

    ref: Ref
    """The service of the model that it is."""
    number: int
    implied: bool = False
    """Whether nobody knows more of it than that requests are sent there."""

    def subset(self, name: str | None) -> Ref:
        """Return the service of the model that a subset of it is; itself without a name."""
        return self.ref if name is None else self.ref._replace(name=f"{self.ref.name}_{name}")


def ports(read: Read, host: str) -> tuple[Port, ...]:
    """Return the ports of the service with this full *host*; none if nobody knows it."""
    named = cluster_service(host)
    service = find(read, Service, Key(SERVICE, *named)) if named else None
    if service is not None:
        return tuple(
            Port(service_ref(service.value.namespace, service.value.name, port.port), port.port)
            for port in service.value.spec.ports
        )
    entries = (find(read, ServiceEntry, key) for key in read.group(BY_HOST, host))
    found = tuple(
        Port(entry_ref(entry.value.namespace, host, port.number), port.number)
        for entry in entries
        if entry is not None
        for port in entry.value.spec.ports
    )
    if found or named is None:
        return found
    return tuple(Port(service_ref(*named, number), number, implied=True) for number in _asked_for(read, host))


def _asked_for(read: Read, host: str) -> list[int]:
    """Return the ports of a service of the cluster that VirtualServices send requests to."""
    found = (find(read, VirtualService, key) for key in read.group(BY_DESTINATION, host))
    return sorted(
        {
            destination.port.number if destination.port else _HTTP_PORT
            for service in found
            if service is not None
            for destination in destinations(service.value)
            if full_host(destination.host, service.value.namespace) == host
        }
    )


def _by_destination(read: Read, key: Key) -> frozenset[str]:
    found = find(read, VirtualService, key) if key.kind == VIRTUAL_SERVICE else None
    named = destinations(found.value) if found else ()
    return frozenset(full_host(destination.host, key.namespace) for destination in named)


BY_DESTINATION: Index[Key, str] = Index(OBJECTS, _by_destination, "virtual services by destination")
"""The VirtualServices that send requests to a host."""


def settings(read: Read, host: str, number: int, labels: Mapping[str, str]) -> dict[str, object]:
    """Return what a port of a service is in the model; of its endpoints, those that carry *labels*.

    One of which nobody knows more than its name is asked for by that.
    """
    named = cluster_service(host)
    service = find(read, Service, Key(SERVICE, *named)) if named else None
    if service is not None:
        port = service.value.port(number)
        return service_settings(read, service.value, port, labels) if port else {"endpoints": []}
    for key in read.group(BY_HOST, host):
        entry = find(read, ServiceEntry, key)
        for own in entry.value.spec.ports if entry else ():
            if entry is not None and own.number == number:
                return entry_settings(read, entry.value, host, own, labels)
    return {"endpoints": [] if labels else [f"{host}:{number}"]}


def resolve(read: Read, destination: Destination, namespace: str, source: Source) -> tuple[Ref, Made | None] | str:
    """Return the service that a destination is, or what is wrong with it.

    A service of the cluster that is not among the documents is made, too: it is asked for by its name in the DNS.
    """
    host = full_host(destination.host, namespace)
    known = ports(read, host)
    if not known:
        return f"there is no Service and no ServiceEntry for {destination.host}"
    number = destination.port.number if destination.port else None
    if number is None and len(known) > 1:
        return f"{destination.host} has several ports; a destination names one of them"
    port = next((port for port in known if number in (None, port.number)), None)
    if port is None:
        return f"{destination.host} has no port {number}"
    if port.implied and destination.subset is not None:
        return f"nothing is known of {destination.host}, so it has no subset {destination.subset!r}"
    made = Made(port.ref, settings(read, host, port.number, {}), source) if port.implied else None
    return port.subset(destination.subset), made
