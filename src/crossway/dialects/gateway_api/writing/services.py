"""Services: what a Service of Kubernetes with its EndpointSlices and a BackendTLSPolicy can say of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from crossway.dialects.gateway_api.reference import GROUP
from crossway.dialects.gateway_api.writing.gateways import authority_kind, is_hostname
from crossway.dialects.gateway_api.writing.objects import Draft, Root
from crossway.dialects.kubernetes.service import OF_SERVICE
from crossway.model import BackendProtocol, BackendTls, Endpoint, Ref, Service
from crossway.model.values import is_ip_address

_MOST_ENDPOINTS: Final = 100
"""The most endpoints that Kubernetes itself puts into a slice."""


def port_of(part: Service) -> int:
    """Return the port by which a Service of Kubernetes is named that stands for *part*."""
    return part.endpoints[0].port


def service(draft: Draft, ref: Ref) -> list[Root] | None:
    """Return *ref* as a Service with its slices; `None` where these cannot say it."""
    part = draft.part(ref)
    if not isinstance(part, Service) or not part.endpoints or part.policies or part.subsets or part.proxy_protocol:
        return None
    if part.protocol not in {BackendProtocol.HTTP1, BackendProtocol.HTTP2} or not all(map(_is_plain, part.endpoints)):
        return None
    tls = _tls(draft, ref, part.tls) if part.tls is not None else []
    if tls is None:
        return None
    port: Root = {"port": port_of(part)}
    if ref in draft.over_udp:
        port["protocol"] = "UDP"
    if part.protocol is BackendProtocol.HTTP2:
        port["appProtocol"] = "kubernetes.io/h2c"
    spec: Root = {"ports": [port]}
    names = [endpoint for endpoint in part.endpoints if endpoint.is_name]
    if names:
        if len(part.endpoints) > 1 or names[0].zone or not is_hostname(names[0].host):
            return None
        spec = {"type": "ExternalName", "externalName": names[0].host, **spec}
    root = {**draft.root("v1", "Service", ref, native=True), "spec": spec}
    return [root, *(() if names else _slices(draft, ref, part)), *tls]


def _is_plain(endpoint: Endpoint) -> bool:
    return endpoint.pipe is None and endpoint.weight == 1 and not endpoint.priority and not endpoint.labels


def _slices(draft: Draft, ref: Ref, part: Service) -> Iterator[Root]:
    """Yield a slice for each run of endpoints with one port and one family of addresses."""
    runs = [
        (kind, list(run)[first : first + _MOST_ENDPOINTS])
        for kind, group in groupby(part.endpoints, key=_kind)
        for run in [list(group)]
        for first in range(0, len(run), _MOST_ENDPOINTS)
    ]
    width = len(str(len(runs)))
    for number, ((family, port), endpoints) in enumerate(runs, start=1):
        root = draft.root("discovery.k8s.io/v1", "EndpointSlice", ref, f"{draft.names[ref]}-{number:0{width}}")
        root["metadata"]["labels"] = {OF_SERVICE: draft.names[ref]}
        sliced: Root = {"port": port, **({"protocol": "UDP"} if ref in draft.over_udp else {})}
        yield {**root, "addressType": family, "ports": [sliced], "endpoints": list(map(_endpoint, endpoints))}


def _kind(endpoint: Endpoint) -> tuple[str, int]:
    version = ipaddress.ip_address(endpoint.host).version if is_ip_address(endpoint.host) else 0
    return f"IPv{version}", endpoint.port


def _endpoint(endpoint: Endpoint) -> Root:
    made: Root = {"addresses": [endpoint.host]}
    return {**made, "zone": endpoint.zone} if endpoint.zone else made


def _tls(draft: Draft, ref: Ref, tls: BackendTls) -> list[Root] | None:
    """Return the BackendTLSPolicy that says *tls*; `None` if none can."""
    named = [Ref.parse("certificates", text, ref.namespace) for text in tls.ca]
    if tls.sni is None or not is_hostname(tls.sni) or not tls.verify or tls.certificate is not None:
        return None
    if any(item not in draft.ways or item.namespace != ref.namespace for item in named):
        return None
    validation: Root = {"wellKnownCACertificates": "System"}
    if named:
        origin = ("BackendTLSPolicy", ref.namespace)
        refs = [draft.reference(item, "", authority_kind(draft, item), origin) for item in named]
        validation = {"caCertificateRefs": [{"group": "", "kind": "Secret", **item} for item in refs]}
    validation["hostname"] = tls.sni
    if tls.names:
        validation["subjectAltNames"] = [
            {"type": "URI", "uri": name} if "://" in name else {"type": "Hostname", "hostname": name}
            for name in tls.names
        ]
    target = {"group": "", "kind": "Service", "name": draft.names[ref]}
    root = draft.root(f"{GROUP}/v1", "BackendTLSPolicy", ref)
    return [{**root, "spec": {"targetRefs": [target], "validation": validation}}]
