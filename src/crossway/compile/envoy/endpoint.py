"""Endpoints: the addresses of a service, which travel in a lane of their own (EDS)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from crossway.compile.envoy import names
from crossway.model import Endpoint, Ref, Service
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3


def compile_endpoints(ref: Ref, service: Service) -> endpoint_v3.ClusterLoadAssignment:
    """Return the endpoints of *service*, by priority and zone.

    Envoy wants priorities without gaps, so that 0, 5, 9 become 0, 1, 2.
    """
    assignment = endpoint_v3.ClusterLoadAssignment(cluster_name=names.cluster(ref))
    places: dict[tuple[int, str], list[Endpoint]] = defaultdict(list)
    for endpoint in service.endpoints:
        places[endpoint.priority, endpoint.zone].append(endpoint)
    levels = {priority: level for level, priority in enumerate(sorted({priority for priority, _ in places}))}
    for (priority, zone), endpoints in sorted(places.items()):
        locality = assignment.endpoints.add(priority=levels[priority])
        locality.load_balancing_weight.value = sum(endpoint.weight for endpoint in endpoints)
        if zone:
            locality.locality.zone = zone
        locality.lb_endpoints.extend(_endpoint(endpoint, service.subsets) for endpoint in endpoints)
    return assignment


def _endpoint(endpoint: Endpoint, subsets: Mapping[str, Mapping[str, str]]) -> endpoint_v3.LbEndpoint:
    message = endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=_address(endpoint)))
    message.load_balancing_weight.value = endpoint.weight
    if endpoint.is_name:
        message.endpoint.hostname = endpoint.host
    flags = {names.subset(name): True for name in _memberships(endpoint, subsets)}
    if flags:
        message.metadata.filter_metadata["envoy.lb"].update(flags)
    return message


def _memberships(endpoint: Endpoint, subsets: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    for name, labels in sorted(subsets.items()):
        if labels.items() <= endpoint.labels.items():
            yield name


def _address(endpoint: Endpoint) -> core_v3.Address:
    if endpoint.pipe is not None:
        return core_v3.Address(pipe=core_v3.Pipe(path=endpoint.pipe))
    return core_v3.Address(socket_address=core_v3.SocketAddress(address=endpoint.host, port_value=endpoint.port))
