"""Connect: clients of connectrpc.com, browsers first of all, call gRPC services.

Envoy has a bridge of its own for this. It hands JSON on as it came, which hardly any gRPC service reads, and knows no
GET, no compressed calls and no details of errors: so it is done in Python.
"""

from __future__ import annotations

import base64

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.compile.descriptors import read_descriptors
from crossway.model import Finding, did_you_mean
from crossway.model.rpc import Connect, ConnectPlan


def compile_connect(spec: Connect, site: Site) -> Fragment | Finding:
    """Return the step of the runtime; a finding where the definition has not what the settings name."""
    descriptors = read_descriptors(site, spec.definition, ("definition",))
    if isinstance(descriptors, Finding):
        return descriptors
    for index, name in enumerate(spec.services):
        if name not in descriptors.services:
            message = f"definition {spec.definition} has no service {name!r}"
            hint = did_you_mean(name, descriptors.services)
            return Finding("connect.unknown_service", message, path=("services", index), hint=hint)
    services = spec.services or tuple(descriptors.services)
    if not services:
        message = f"definition {spec.definition} has no service"
        return Finding("connect.unknown_service", message, path=("definition",))
    if not site.http2:
        message = "no service of the route speaks HTTP/2, which gRPC needs"
        return Finding("connect.protocol", message, hint="write protocol: http2 at the service, or h2c:// in its URL")
    content = base64.b64encode(descriptors.compact).decode()
    return Fragment(
        steps=(step("connect", ConnectPlan(descriptors=content, services=services, max_size=spec.max_size)),)
    )


POLICY = Policy(
    spec=Connect,
    stage=Stage.CONVERT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_connect,
    defined=True,
)
