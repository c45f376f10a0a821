"""ServiceEntry and WorkloadEntry: services outside of the cluster, and what they run on.

https://istio.io/latest/docs/reference/config/networking/service-entry/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import OBJECTS, Ignored, Key, Made, Mapped, Object, Translation, every, find, of
from crossway.dialects.istio.objects import NETWORKING
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import PortNumber
from crossway.memo import Index, Read
from crossway.model import Finding, Ref

SERVICE_ENTRY: Final = f"{NETWORKING}/ServiceEntry"
WORKLOAD_ENTRY: Final = f"{NETWORKING}/WorkloadEntry"

_CAPTURE: Final = "it is about capturing traffic of workloads; a gateway is told where to send by its routes"
_HTTP2: Final = frozenset({"HTTP2", "GRPC"})


class EntryPort(Camel):
    """A port of a service."""

    number: Annotated[PortNumber, Mapped("services")]
    protocol: Annotated[str, Mapped("services.protocol")] = "TCP"
    name: Annotated[str, Mapped("services.endpoints, by the ports of an endpoint")] = ""
    target_port: Annotated[PortNumber | None, Mapped("services.endpoints.address")] = None


class WorkloadSpec(Camel):
    """One thing that answers."""

    address: Annotated[str, Mapped("services.endpoints.address")] = ""
    ports: Annotated[Mapping[str, PortNumber], Mapped("services.endpoints.address")] = Field(default_factory=dict)
    labels: Annotated[Mapping[str, str], Mapped("services.endpoints, of the subsets with these labels")] = Field(
        default_factory=dict
    )
    locality: Annotated[str, Mapped("services.endpoints.zone")] = ""
    weight: Annotated[int | None, Mapped("services.endpoints.weight")] = None
    network: Annotated[str, Ignored("an address is reached as it stands there")] = ""
    service_account: Annotated[
        str, Ignored("identities of workloads are those of the mesh, which is not in force yet")
    ] = ""


class WorkloadEntry(KubernetesObject):
    """One thing that answers, for the services that select it."""

    spec: WorkloadSpec


class WorkloadSelector(Camel):
    """Which workloads are meant."""

    labels: Annotated[Mapping[str, str], Mapped("services.endpoints")] = Field(default_factory=dict)


class ServiceEntrySpec(Camel):
    """What a service outside of the cluster says."""

    hosts: Annotated[tuple[str, ...], Mapped("services"), Field(min_length=1)]
    ports: tuple[EntryPort, ...] = ()
    resolution: Annotated[Literal["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN"], Mapped("services.endpoints")] = "NONE"
    endpoints: tuple[WorkloadSpec, ...] = ()
    workload_selector: WorkloadSelector | None = None
    location: Annotated[Any, Ignored("whether it is inside of the mesh shows when it is called")] = None
    addresses: Annotated[Any, Ignored(_CAPTURE)] = None
    export_to: Annotated[Any, Ignored("every namespace sees every service")] = None
    subject_alt_names: Annotated[
        tuple[str, ...], Ignored("a certificate is checked for the server name, or for the names of a DestinationRule")
    ] = ()


class ServiceEntry(KubernetesObject):
    """A service outside of the cluster."""

    spec: ServiceEntrySpec


def _by_host(read: Read, key: Key) -> frozenset[str]:
    found = find(read, ServiceEntry, key) if key.kind == SERVICE_ENTRY else None
    return frozenset(found.value.spec.hosts) if found else frozenset()


BY_HOST: Index[Key, str] = Index(OBJECTS, _by_host, "service entries by host", of(SERVICE_ENTRY))
"""The service entries of a host."""


def entry_ref(namespace: str, host: str, port: int) -> Ref:
    """Return the service of the model that a port of a service outside of the cluster is."""
    return Ref("services", f"{host.removeprefix('*.')}_{port}", namespace)


def translate_service_entry(read: Read, found: Object[ServiceEntry]) -> Translation:
    """Return a service of the model for each host and port."""
    spec = found.value.spec
    made: list[Made] = []
    findings: list[Finding] = []
    for host in spec.hosts:
        if host.startswith("*"):
            message = f"{host} is no name that could be resolved, so nothing can be sent to it through a gateway"
            findings.append(Finding("istio.wildcard_host", message, path=("spec", "hosts")))
            continue
        for index, port in enumerate(spec.ports):
            ref = entry_ref(found.value.namespace, host, port.number)
            settings = entry_settings(read, found.value, host, port)
            made.append(Made(ref, settings, found.source, {(): ("spec", "ports", index)}))
    return Translation(tuple(made), tuple(findings))


def entry_settings(
    read: Read, entry: ServiceEntry, host: str, port: EntryPort, labels: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return what a port of a service is in the model; of its endpoints, those that carry *labels*."""
    settings: dict[str, object] = {"endpoints": list(_endpoints(read, entry, host, port, labels or {}))}
    if port.protocol.upper() in _HTTP2:
        settings["protocol"] = "http2"
    return settings


def _endpoints(
    read: Read, entry: ServiceEntry, host: str, port: EntryPort, labels: Mapping[str, str]
) -> Iterator[dict[str, object]]:
    spec = entry.spec
    workloads = list(spec.endpoints)
    if spec.workload_selector is not None:
        wanted = spec.workload_selector.labels.items()
        others = every(read, WorkloadEntry, WORKLOAD_ENTRY, entry.namespace)
        workloads += [other.value.spec for other in others if wanted <= other.value.spec.labels.items()]
    elif not workloads and not labels:
        yield {"address": f"{host}:{port.target_port or port.number}"}
    for workload in workloads:
        if labels.items() <= workload.labels.items():
            yield _endpoint(workload, port)


def _endpoint(workload: WorkloadSpec, port: EntryPort) -> dict[str, object]:
    address = workload.address
    if not address.startswith("unix://"):
        number = workload.ports.get(port.name) or port.target_port or port.number
        host = f"[{address}]" if ":" in address else address
        endpoint: dict[str, object] = {"address": f"{host}:{number}"}
    else:
        endpoint = {"address": f"unix:{address.removeprefix('unix://')}"}
    if workload.weight:
        endpoint["weight"] = workload.weight
    if zone := workload.locality.split("/")[1:2]:
        endpoint["zone"] = zone[0]
    return endpoint
