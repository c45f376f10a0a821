"""Services: a service with what holds for every connection to it."""

from __future__ import annotations

from dataclasses import dataclass

from crossway.memo import Read
from crossway.model import Finding, Findings, Ref, Service, named_resources
from crossway.plan.attachment import Attachment, Effective, Target, effective, misplaced
from crossway.plan.certificate import certificate_trouble
from crossway.plan.gateway import namespace_attachment, rules
from crossway.plan.tables import resource


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """A service with its references followed."""

    ref: Ref
    service: Service
    policies: tuple[Effective, ...]
    findings: Findings


def plan_service(read: Read, ref: Ref) -> ServicePlan | None:
    """Return the plan of the service *ref*, or `None` if there is none."""
    service = resource(read, Service, ref)
    if service is None:
        return None
    attachments = [
        *namespace_attachment(read, ref.namespace),
        Attachment(Target.SERVICE, ref, ("policies",), service.policies),
    ]
    findings: list[Finding] = list(misplaced(attachments[-1:], read(rules)))
    for path, named in named_resources(service, ref.namespace):
        trouble = certificate_trouble(read, ref, path, named)
        if trouble is not None:
            findings.append(trouble)
    return ServicePlan(ref, service, effective(Target.SERVICE, attachments, read(rules)), tuple(findings))
