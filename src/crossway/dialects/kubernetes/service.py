"""Services of Kubernetes and their endpoints. Each port becomes a service of the model, ``name_port``.

Endpoints come from EndpointSlices where there are any, as `kubectl get endpointslices -o yaml` shows them. Without, the
service is asked for by its name in the DNS of the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from crossway.dialects.contract import OBJECTS, Concept, Ignored, Key, Made, Mapped, Object, Translation, of
from crossway.dialects.contract import find as find_object
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Index, Read
from crossway.model import Ref

SERVICE: Final = "/Service"
SLICE: Final = "discovery.k8s.io/EndpointSlice"
POD: Final = "/Pod"
OF_SERVICE: Final = "kubernetes.io/service-name"
"""The label by which an EndpointSlice says whose endpoints it has."""

_INSIDE: Final = "it is about how nodes forward packets; a gateway sends to the endpoints itself"

PortNumber = Annotated[int, Field(ge=1, le=65535)]


class ServicePort(Camel):
    """A port of a service."""

    port: Annotated[PortNumber, Mapped("services")]
    name: Annotated[str, Mapped("services.endpoints, by the port of the slice")] = ""
    protocol: Annotated[Literal["TCP", "UDP", "SCTP"], Mapped("services")] = "TCP"
    app_protocol: Annotated[str | None, Mapped("services.protocol, services.tls")] = None
    target_port: Annotated[int | str | None, Mapped("services.endpoints, of a headless service without slices")] = None
    node_port: Annotated[int | None, Ignored(_INSIDE)] = None


class ServiceSpec(Camel):
    """What a service says."""

    ports: tuple[ServicePort, ...] = ()
    type: Annotated[Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"], Mapped("services.endpoints")] = (
        "ClusterIP"
    )
    external_name: Annotated[str | None, Mapped("services.endpoints")] = None
    cluster_ip: Annotated[str | None, Field(alias="clusterIP"), Mapped("services.endpoints")] = None
    cluster_ips: Annotated[Any, Field(alias="clusterIPs"), Ignored("the first one of them is clusterIP")] = None
    selector: Annotated[Any, Ignored("the cluster works out the endpoints and writes them into slices")] = None
    session_affinity: Annotated[Literal["None", "ClientIP"], Mapped("services.policies.load_balancing")] = "None"
    session_affinity_config: Annotated[Any, Ignored("hashing needs no time-out")] = None
    publish_not_ready_addresses: Annotated[bool, Mapped("services.endpoints")] = False
    ip_families: Annotated[Any, Ignored(_INSIDE)] = None
    ip_family_policy: Annotated[Any, Ignored(_INSIDE)] = None
    external_ips: Annotated[Any, Field(alias="externalIPs"), Ignored(_INSIDE)] = None
    external_traffic_policy: Annotated[Any, Ignored(_INSIDE)] = None
    internal_traffic_policy: Annotated[Any, Ignored(_INSIDE)] = None
    traffic_distribution: Annotated[Any, Ignored(_INSIDE)] = None
    health_check_node_port: Annotated[Any, Ignored(_INSIDE)] = None
    allocate_load_balancer_node_ports: Annotated[Any, Ignored(_INSIDE)] = None
    load_balancer_class: Annotated[Any, Ignored(_INSIDE)] = None
    load_balancer_ip: Annotated[Any, Field(alias="loadBalancerIP"), Ignored(_INSIDE)] = None
    load_balancer_source_ranges: Annotated[Any, Ignored("it guards the way to the service past the gateway")] = None


class Service(KubernetesObject):
    """A service."""

    spec: ServiceSpec = ServiceSpec()

    def port(self, number: int) -> ServicePort | None:
        """Return the port of this number."""
        return next((port for port in self.spec.ports if port.port == number), None)

    def ref(self, port: int) -> Ref:
        """Return the service of the model that a port is: the name that it was given, where there is one port only."""
        if self.native_name and len(self.spec.ports) == 1:
            return Ref("services", self.native_name, self.namespace)
        return service_ref(self.namespace, self.name, port)


class Conditions(Camel):
    """What is known of an endpoint."""

    ready: Annotated[bool | None, Mapped("services.endpoints")] = None
    serving: Annotated[bool | None, Ignored("ready says whether it gets new requests")] = None
    terminating: Annotated[bool | None, Ignored("ready says whether it gets new requests")] = None


class TargetRef(Camel):
    """What an endpoint is, usually a pod, whose labels are then those of the endpoint."""

    kind: Annotated[str, Mapped("services.endpoints.labels")] = "Pod"
    name: Annotated[str, Mapped("services.endpoints.labels")] = ""
    namespace: Annotated[str | None, Ignored("endpoints are in the namespace of their slice")] = None
    api_version: Annotated[Any, Ignored("the kind says enough")] = None
    uid: Annotated[Any, Ignored("the name says enough")] = None
    field_path: Annotated[Any, Ignored("the name says enough")] = None
    resource_version: Annotated[Any, Ignored("the name says enough")] = None


class Pod(KubernetesObject):
    """A pod, for its labels."""

    spec: Annotated[Any, Ignored("workloads are started by the cluster")] = None


class SliceEndpoint(Camel):
    """One endpoint of a slice."""

    addresses: Annotated[tuple[str, ...], Mapped("services.endpoints.address")]
    conditions: Conditions = Conditions()
    zone: Annotated[str | None, Mapped("services.endpoints.zone")] = None
    hostname: Annotated[Any, Ignored("the address is known")] = None
    node_name: Annotated[Any, Ignored("endpoints are balanced by zone, not by node")] = None
    target_ref: TargetRef | None = None
    hints: Annotated[Any, Ignored("which zone is sent to is decided by load_balancing")] = None
    deprecated_topology: Annotated[Any, Ignored("it is for versions of Kubernetes before 1.21")] = None


class SlicePort(Camel):
    """A port of the endpoints of a slice."""

    name: Annotated[str, Mapped("the port of the service")] = ""
    port: Annotated[PortNumber | None, Mapped("services.endpoints.address")] = None
    protocol: Annotated[Literal["TCP", "UDP", "SCTP"], Mapped("the port of the service")] = "TCP"
    app_protocol: Annotated[str | None, Ignored("the service says it")] = None


class EndpointSlice(KubernetesObject):
    """A part of the endpoints of a service."""

    address_type: Annotated[Literal["IPv4", "IPv6", "FQDN"], Mapped("services.endpoints.address")]
    endpoints: tuple[SliceEndpoint, ...] = ()
    ports: tuple[SlicePort, ...] = ()


def _service_of(read: Read, key: Key) -> frozenset[tuple[str, str]]:
    found = find_object(read, EndpointSlice, key) if key.kind == SLICE else None
    return frozenset({(key.namespace, found.value.metadata.labels.get(OF_SERVICE, ""))}) if found else frozenset()


BY_SERVICE: Index[Key, tuple[str, str]] = Index(OBJECTS, _service_of, "endpoint slices by service", of(SLICE))
"""The slices of a service, by its namespace and name."""


def service_ref(namespace: str, name: str, port: int) -> Ref:
    """Return the service of the model that a port of a service of Kubernetes is, unless that says its name itself."""
    return Ref("services", f"{name}_{port}", namespace)


def port_ref(read: Read, namespace: str, name: str, port: int) -> Ref:
    """Return the service of the model that a port of a service of Kubernetes is, whatever the service calls it."""
    found = find_object(read, Service, Key(SERVICE, namespace, name))
    return found.value.ref(port) if found else service_ref(namespace, name, port)


def service_name(ref: Ref, within: str) -> str:
    """Return what a resource in the namespace *within* calls another one."""
    return ref.name if ref.namespace == within else f"{ref.namespace}/{ref.name}"


def translate_service(read: Read, found: Object[Service]) -> Translation:
    """Return a service of the model for each port."""
    service = found.value
    made = []
    for index, port in enumerate(service.spec.ports):
        settings = service_settings(read, service, port)
        made.append(Made(service.ref(port.port), settings, found.source, {(): ("spec", "ports", index)}))
    return Translation(tuple(made))


def service_settings(
    read: Read, service: Service, port: ServicePort, labels: Mapping[str, str] = MappingProxyType({})
) -> dict[str, object]:
    """Return what a port of a service is in the model; of its endpoints, those that carry *labels*.

    An endpoint whose labels nobody knows carries none.
    """
    settings: dict[str, object] = {"endpoints": list(_endpoints(read, service, port, labels)), **_spoken(port)}
    if service.spec.session_affinity == "ClientIP":
        settings["policies"] = {"load_balancing": {"hash_by": "source_ip"}}
    return settings


def _endpoints(
    read: Read, service: Service, port: ServicePort, labels: Mapping[str, str]
) -> Iterator[str | dict[str, str]]:
    found = (find_object(read, EndpointSlice, key) for key in read.group(BY_SERVICE, (service.namespace, service.name)))
    slices = [item.value for item in found if item is not None]
    if slices:
        for piece in slices:
            number = next((own.port for own in piece.ports if own.name == port.name), None)
            for endpoint in piece.endpoints if number is not None else ():
                ready = endpoint.conditions.ready is not False or service.spec.publish_not_ready_addresses
                if ready and labels.items() <= _labels(read, service.namespace, endpoint).items():
                    yield from _addresses(endpoint, number, is_ipv6=piece.address_type == "IPv6")
    elif labels:
        return
    elif service.spec.type == "ExternalName":
        yield f"{service.spec.external_name}:{port.port}"
    elif service.spec.cluster_ip not in (None, "", "None"):
        yield _address(str(service.spec.cluster_ip), port.port)
    else:
        headless = service.spec.cluster_ip == "None" and isinstance(port.target_port, int)
        target = port.target_port if headless else port.port
        yield f"{service.name}.{service.namespace}.svc.cluster.local:{target}"


def _labels(read: Read, namespace: str, endpoint: SliceEndpoint) -> Mapping[str, str]:
    """Return the labels of the pod that an endpoint is; none where it is not among the documents."""
    target = endpoint.target_ref
    pod = find_object(read, Pod, Key(POD, namespace, target.name)) if target and target.kind == "Pod" else None
    return pod.value.metadata.labels if pod else {}


def _addresses(endpoint: SliceEndpoint, number: int | None, *, is_ipv6: bool) -> Iterator[str | dict[str, str]]:
    for text in endpoint.addresses:
        address = f"[{text}]:{number}" if is_ipv6 else f"{text}:{number}"
        yield {"address": address, "zone": endpoint.zone} if endpoint.zone else address


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _spoken(port: ServicePort) -> Mapping[str, object]:
    """Return what a port speaks: `appProtocol` (KEP-3726), else HTTP/1.1, which WebSockets begin with too."""
    match (port.app_protocol or "").removeprefix("kubernetes.io/").lower():
        case "h2c" | "grpc" | "http2":
            return {"protocol": "http2"}
        case "https" | "wss":
            return {"tls": {}}
        case "grpcs" | "h2":
            return {"protocol": "http2", "tls": {}}
        case _:
            return {}


SERVICES: Final[tuple[Concept[Any], ...]] = (
    Concept(SERVICE, Service, translate_service, ("v1",)),
    Concept(SLICE, EndpointSlice, versions=("v1", "v1beta1")),
    Concept(POD, Pod, versions=("v1",)),
)
