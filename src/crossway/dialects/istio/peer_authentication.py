"""PeerAuthentication: whether clients of workloads have to show who they are. It is about the mesh alone.

https://istio.io/latest/docs/reference/config/security/peer_authentication/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from crossway.dialects.contract import Mapped
from crossway.dialects.istio.objects import SECURITY
from crossway.dialects.istio.selection import PolicyObject, Selecting
from crossway.dialects.kubernetes.objects import Camel

PEER_AUTHENTICATION: Final = f"{SECURITY}/PeerAuthentication"

_MODES: Final[Mapping[str, str]] = {"STRICT": "strict", "PERMISSIVE": "permissive", "DISABLE": "disabled"}


class MutualTls(Camel):
    """How a connection begins."""

    mode: Annotated[Literal["UNSET", "DISABLE", "PERMISSIVE", "STRICT"], Mapped("workloads.mtls, workloads.ports")] = (
        "UNSET"
    )


class PeerAuthenticationSpec(Selecting):
    """What a policy says."""

    mtls: MutualTls | None = None
    port_level_mtls: Mapping[int, MutualTls] = Field(default_factory=dict)


class PeerAuthentication(PolicyObject):
    """Whether clients of workloads have to show who they are."""

    spec: PeerAuthenticationSpec = PeerAuthenticationSpec()


def mode(mtls: MutualTls | None) -> str | None:
    """Return the mode, as the model says it; `None` where a wider policy decides."""
    return _MODES.get(mtls.mode) if mtls is not None else None
