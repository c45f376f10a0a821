"""Workloads: kept for the mesh, and said not to be in force as long as there is none."""

from __future__ import annotations

from crossway.memo import Read
from crossway.model import Finding, Findings, Ref, Severity, Workload
from crossway.plan.tables import resource

_HINT = "attach what guards them to a gateway, a route or a service as well, unless another mesh enforces it"


def workload_findings(read: Read, ref: Ref) -> Findings:
    """Return that what is said of workloads does nothing yet."""
    if resource(read, Workload, ref) is None:
        return ()
    message = "there is no mesh yet, so what it says of workloads is kept, and guards nothing"
    return (Finding("mesh.not_in_force", message, Severity.WARNING, about=ref, hint=_HINT),)
