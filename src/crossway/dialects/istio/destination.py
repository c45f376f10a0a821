"""Destinations: which service of the model a route of Istio leads to.

https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from crossway.dialects.contract import OBJECTS, Key, Made, Object, find, of
from crossway.dialects.istio.objects import Destination, cluster_service, full_host
from crossway.dialects.istio.service_entry import BY_HOST, ServiceEntry, entry_ref, entry_settings
from crossway.dialects.istio.virtual_service import VIRTUAL_SERVICE, VirtualService, destinations
from crossway.dialects.kubernetes.service import SERVICE, Service, service_ref, service_settings
from crossway.memo import Index, Read
from crossway.model import Ref, errors

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
        return tuple(Port(service.value.ref(port.port), port.port) for port in service.value.spec.ports)
    entries = (find(read, ServiceEntry, key) for key in read.group(BY_HOST, host))
    found = tuple(
        Port(entry_ref(entry.value.namespace, host, port.number), port.number)
        for entry in entries
        if entry is not None
        for port in entry.value.spec.ports
    )
    if found or named is None:
        return found
    return tuple(Port(service_ref(*named, number), number, implied=True) for number in read(asked_for, host))


def asked_for(read: Read, host: str) -> tuple[int, ...]:
    """Return the ports of a service of the cluster that VirtualServices send requests to."""
    keys = read.group(BY_DESTINATION, host)
    return tuple(sorted({number for key in keys for asked, number in read(_asked, key) if asked == host}))


def _asked(read: Read, key: Key) -> frozenset[tuple[str, int]]:
    """Return the hosts and ports that a VirtualService sends requests to."""
    found = find(read, VirtualService, key)
    return frozenset(
        (full_host(item.host, key.namespace), item.port.number if item.port else _HTTP_PORT)
        for item in (destinations(found.value) if found else ())
    )


def _by_destination(read: Read, key: Key) -> frozenset[str]:
    found = find(read, VirtualService, key) if key.kind == VIRTUAL_SERVICE else None
    named = destinations(found.value) if found else ()
    return frozenset(full_host(destination.host, key.namespace) for destination in named)


BY_DESTINATION: Index[Key, str] = Index(
    OBJECTS, _by_destination, "virtual services by destination", of(VIRTUAL_SERVICE)
)
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


def resolve(read: Read, destination: Destination, namespace: str) -> Ref | str:
    """Return the service that a destination is, or what is wrong with it."""
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
    return port.subset(destination.subset)


def implied(read: Read, found: Object[VirtualService]) -> Iterator[Made]:
    """Yield the services of the cluster that *found* sends to and that are in no document.

    They are asked for by their names in the DNS. Of several objects that send to one, a single one makes it.
    """
    for host in dict.fromkeys(full_host(item.host, found.key.namespace) for item in destinations(found.value)):
        if cluster_service(host) is not None and read(maker, host) == found.key:
            for port in ports(read, host):
                if port.implied:
                    yield Made(port.ref, settings(read, host, port.number, {}), found.source)


def maker(read: Read, host: str) -> Key | None:
    """Return the first VirtualService that sends requests to *host* and has no mistakes, which would close it."""
    found = (find(read, VirtualService, key) for key in read.group(BY_DESTINATION, host))
    return next((item.key for item in found if item is not None and not errors(item.wrong)), None)
