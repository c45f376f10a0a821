"""What policies of Istio say of workloads: kept for the mesh, one choice of workloads at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeVar

from crossway.dialects.contract import Foreign, Made, Object, find
from crossway.dialects.istio.authorization_policy import AUTHORIZATION_POLICY, AuthorizationPolicy
from crossway.dialects.istio.gateway import ISTIO_SYSTEM
from crossway.dialects.istio.peer_authentication import PEER_AUTHENTICATION, PeerAuthentication, mode
from crossway.dialects.istio.request_authentication import REQUEST_AUTHENTICATION, RequestAuthentication
from crossway.dialects.istio.security import security
from crossway.dialects.istio.selection import POLICIES, PolicyObject, holds_at
from crossway.memo import Read
from crossway.model import Finding, Ref, Severity

F = TypeVar("F", bound=Foreign)
P = TypeVar("P", bound=PolicyObject)
Labels = tuple[tuple[str, str], ...]

_UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]")


def kept(read: Read, found: Object[P]) -> tuple[Made, ...]:
    """Return the workloads that a policy is for, with all that is said of them; none for one that is for gateways."""
    spec = found.value.spec
    if spec.targets or (spec.labels and found.key.kind != PEER_AUTHENTICATION and holds_at(read, found.key)):
        return ()
    labels = tuple(sorted(spec.labels.items()))
    settings = read(workload, found.key.namespace, labels)
    return (Made(Ref("workloads", _name(labels), found.key.namespace), settings, found.source),)


def told(found: Object[P]) -> Iterator[Finding]:
    """Yield what there is to say of targets that are no gateways: services behind a waypoint."""
    for target in found.value.spec.targets:
        if target.kind != "Gateway":
            message = f"it guards the {target.kind} {target.name} inside of the mesh, and Crossway runs none yet"
            hint = "attach what it says to a gateway, a route or a service"
            yield Finding("mesh.not_in_force", message, Severity.WARNING, path=("spec",), hint=hint)


def workload(read: Read, namespace: str, labels: Labels) -> dict[str, object]:
    """Return what all policies say of the workloads in *namespace* with these *labels*, or of all for none."""
    settings: dict[str, object] = {"labels": dict(labels)} if labels else {}
    if namespace == ISTIO_SYSTEM:
        settings["everywhere"] = True
    for peers in _of(read, PeerAuthentication, PEER_AUTHENTICATION, namespace, labels):
        if whole := mode(peers.value.spec.mtls):
            settings["mtls"] = whole
        ports = {port: said for port, mtls in peers.value.spec.port_level_mtls.items() if (said := mode(mtls))}
        settings |= {"ports": ports} if ports else {}
    policies: dict[str, object] = {}
    for _, guard in security(
        _of(read, RequestAuthentication, REQUEST_AUTHENTICATION, namespace, labels),
        _of(read, AuthorizationPolicy, AUTHORIZATION_POLICY, namespace, labels),
    ):
        policies |= guard
    return {**settings, **({"policies": policies} if policies else {})}


def _of(read: Read, schema: type[P], kind: str, namespace: str, labels: Labels) -> tuple[Object[P], ...]:
    keys = read.group(POLICIES, (kind, *(labels[0] if labels else ("namespace", namespace))))
    found = (find(read, schema, key) for key in keys if key.namespace == namespace)
    return tuple(item for item in found if item is not None and tuple(sorted(item.value.spec.labels.items())) == labels)


def _name(labels: Labels) -> str:
    """Return what workloads with these *labels* are called."""
    words = [value if name == "app" else f"{name}.{value}" for name, value in labels]
    return _UNFIT.sub(".", "_".join(words)) or "all"
