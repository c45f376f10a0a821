"""What is about the mesh alone, and makes no difference at a gateway: Sidecar, ProxyConfig, WorkloadGroup.

https://istio.io/latest/docs/reference/config/networking/sidecar/
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from crossway.dialects.contract import Concept, Ignored, Object, Translation
from crossway.dialects.istio.objects import NETWORKING, VERSIONS
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.memo import Read
from crossway.model import Finding, Severity

_SIDECAR: Final = Ignored("it is about sidecars, of which Crossway runs none; that is said of the object")
_PROXY: Final = Ignored("the proxies of Crossway are set up by their own settings")
_GROUP: Final = Ignored("workloads that register themselves do so with Istio; their WorkloadEntries are read")


class SidecarSpec(Camel):
    """What sidecars see of the mesh."""

    workload_selector: Annotated[Any, _SIDECAR] = None
    ingress: Annotated[Any, _SIDECAR] = None
    egress: Annotated[Any, _SIDECAR] = None
    inbound_connection_pool: Annotated[Any, _SIDECAR] = None
    outbound_traffic_policy: Annotated[Any, _SIDECAR] = None


class Sidecar(KubernetesObject):
    """What sidecars see of the mesh."""

    spec: SidecarSpec = SidecarSpec()


class ProxyConfigSpec(Camel):
    """How the processes of proxies run."""

    selector: Annotated[Any, _PROXY] = None
    concurrency: Annotated[Any, _PROXY] = None
    environment_variables: Annotated[Any, _PROXY] = None
    image: Annotated[Any, _PROXY] = None


class ProxyConfig(KubernetesObject):
    """How the processes of proxies run."""

    spec: ProxyConfigSpec = ProxyConfigSpec()


class WorkloadGroupSpec(Camel):
    """What workloads are made of that register themselves."""

    metadata: Annotated[Any, _GROUP] = None
    template: Annotated[Any, _GROUP] = None
    probe: Annotated[Any, _GROUP] = None


class WorkloadGroup(KubernetesObject):
    """What workloads are made of that register themselves."""

    spec: WorkloadGroupSpec = WorkloadGroupSpec()


def translate_sidecar(_: Read, __: Object[Sidecar]) -> Translation:
    """Return that it does nothing."""
    message = "it says what sidecars let out and in, and Crossway runs none yet"
    return Translation((), (Finding("mesh.not_in_force", message, Severity.WARNING, path=("spec",)),))


MESH_ONLY: Final[tuple[Concept[Any], ...]] = (
    Concept(f"{NETWORKING}/Sidecar", Sidecar, translate_sidecar, VERSIONS),
    Concept(f"{NETWORKING}/ProxyConfig", ProxyConfig, versions=VERSIONS),
    Concept(f"{NETWORKING}/WorkloadGroup", WorkloadGroup, versions=VERSIONS),
)
"""What is read, and changes nothing."""
