"""BackendTLSPolicy: TLS towards the endpoints of a service, and the certificate that a gateway shows them.

https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/

Law: of two policies about one port, the one that names the port is right, then the older one. A service whose policy
cannot be kept has no endpoints: nothing goes there in clear text, or unchecked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, model_validator

from crossway.dialects.contract import OBJECTS, Concept, Key, Made, Mapped, Object, Refused, Translation, find, of
from crossway.dialects.gateway_api.backend import Reached
from crossway.dialects.gateway_api.listener import Hostname
from crossway.dialects.gateway_api.material import authorities
from crossway.dialects.gateway_api.reference import BACKEND_TLS_POLICY, ObjectRef, Trouble
from crossway.dialects.kubernetes.objects import Camel, KubernetesObject
from crossway.dialects.kubernetes.service import SERVICE, Service, ServicePort, port_ref, service_name
from crossway.dialects.source import Source
from crossway.memo import Index, Read
from crossway.model import FieldPath, Finding

_TLS: Final = "services.tls"


class TargetRef(ObjectRef):
    """A service that a policy is about, or one port of it (LocalPolicyTargetReferenceWithSectionName)."""

    section_name: Annotated[str | None, Mapped(_TLS)] = None


class SubjectAltName(Camel):
    """A name that the certificate may carry."""

    type: Annotated[Literal["Hostname", "URI"], Mapped(f"{_TLS}.names")]
    hostname: Annotated[Hostname | None, Mapped(f"{_TLS}.names")] = None
    uri: Annotated[str | None, Mapped(f"{_TLS}.names")] = None

    @model_validator(mode="after")
    def _fits(self) -> SubjectAltName:
        if (bool(self.hostname), bool(self.uri)) != (self.type == "Hostname", self.type == "URI"):
            raise ValueError("write what the type says: hostname for Hostname, uri for URI")
        return self

    @property
    def name(self) -> str:
        """The name."""
        return self.hostname or self.uri or ""


class Validation(Camel):
    """How the endpoints are checked (BackendTLSPolicyValidation)."""

    ca_certificate_refs: Annotated[tuple[ObjectRef, ...], Field(alias="caCertificateRefs")] = ()
    well_known_ca_certificates: Annotated[
        Literal["System", ""] | None, Field(alias="wellKnownCACertificates"), Mapped(f"{_TLS}.ca")
    ] = None
    hostname: Annotated[Hostname, Mapped(f"{_TLS}.sni")]
    subject_alt_names: tuple[SubjectAltName, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Validation:
        if bool(self.ca_certificate_refs) == bool(self.well_known_ca_certificates):
            raise ValueError("write one of caCertificateRefs and wellKnownCACertificates")
        return self


class PolicySpec(Camel):
    """What the policy says."""

    target_refs: Annotated[tuple[TargetRef, ...], Field(min_length=1)]
    validation: Validation
    options: Annotated[Mapping[str, str], Refused("options of TLS belong to one product")] = Field(default_factory=dict)


class BackendTlsPolicy(KubernetesObject):
    """TLS towards a service."""

    spec: PolicySpec

    @property
    def authorities_path(self) -> FieldPath:
        """Where the authorities are named."""
        return "spec", "validation", "caCertificateRefs"


def _targets(read: Read, key: Key) -> frozenset[Key]:
    found = find(read, BackendTlsPolicy, key) if key.kind == BACKEND_TLS_POLICY else None
    return frozenset(ref.key(key.namespace) for ref in found.value.spec.target_refs) if found else frozenset()


POLICIES_BY_TARGET: Index[Key, Key] = Index(
    OBJECTS, _targets, "backend TLS policies by service", of(BACKEND_TLS_POLICY)
)
"""The policies about a service."""


class Claim(NamedTuple):
    """One target of a policy, and what became of it."""

    number: int
    """Which of the policy's `targetRefs` it is, from 0."""
    ports: tuple[ServicePort, ...] = ()
    """The ports that it holds for."""
    reason: str = "Accepted"
    """As the condition ``Accepted`` words it: ``Accepted``, or why not."""
    message: str = ""

    @property
    def path(self) -> FieldPath:
        """Where the target is named."""
        return "spec", "targetRefs", self.number


def claims(read: Read, key: Key) -> tuple[Claim, ...]:
    """Return what became of each target of the policy *key*."""
    found = find(read, BackendTlsPolicy, key)
    return tuple(_claims(read, found)) if found else ()


def _claims(read: Read, found: Object[BackendTlsPolicy]) -> Iterator[Claim]:
    for number, target in enumerate(found.value.spec.target_refs):
        service_key = target.key(found.key.namespace)
        service = find(read, Service, service_key) if service_key.kind == SERVICE else None
        section = target.section_name or None
        meant = [port for port in service.value.spec.ports if section in (None, port.name)] if service else []
        if not meant:
            yield Claim(number, reason="TargetNotFound", message=f"there is no such {service_key}")
            continue
        rivals = read(_rivals, service_key)
        if (winner := rivals[section]) != found.key:
            yield Claim(number, reason="Conflicted", message=f"{winner} is about the same and older")
        else:
            yield Claim(number, tuple(port for port in meant if section or port.name not in rivals))


def _rivals(read: Read, service: Key) -> Mapping[str | None, Key]:
    """Return the policy that is right for each port that is named, and for all others under `None`."""
    policies = [find(read, BackendTlsPolicy, key) for key in read.group(POLICIES_BY_TARGET, service)]
    right: dict[str | None, Key] = {}
    for policy in sorted((item for item in policies if item), key=lambda item: item.value.age):
        for target in policy.value.spec.target_refs:
            if target.key(policy.key.namespace) == service:
                right.setdefault(target.section_name or None, policy.key)
    return right


def checked_by(read: Read, key: Key) -> tuple[list[Made], list[Trouble]]:
    """Return the authorities that the policy *key* names, and which of the names lead nowhere."""
    found = find(read, BackendTlsPolicy, key)
    if found is None:
        return [], []
    refs = found.value.spec.validation.ca_certificate_refs
    return authorities(read, key, refs, found.value.authorities_path, "InvalidKind")


def translate(read: Read, found: Object[BackendTlsPolicy]) -> Translation:
    """Return what the policy adds to services: TLS as it says, or no endpoints where it cannot be kept."""
    made, troubles = checked_by(read, found.key)
    findings = [item.finding for item in troubles]
    validation = found.value.spec.validation
    closed = findings[0] if findings and not made else None
    settings = {"tls": _settings(validation, made, found.key.namespace)}
    overlays = []
    for claim in read(claims, found.key):
        if claim.reason == "Conflicted":
            findings.append(Finding("gateway_api.conflict", f"{claim.message} ({claim.reason})", path=claim.path))
        elif claim.reason != "Accepted":
            findings.append(Trouble(claim.reason, claim.message, claim.path).finding)
        name = found.value.spec.target_refs[claim.number].name
        for port in claim.ports:
            ref = port_ref(read, found.key.namespace, name, port.port)
            links: Mapping[FieldPath, FieldPath] = {("tls",): ("spec", "validation")}
            overlays.append(Made(ref, settings, found.source, links, overlay=True, closed=closed))
    return Translation((*overlays, *made), tuple(findings))


def _settings(validation: Validation, made: Iterable[Made], within: str) -> dict[str, object]:
    names = [service_name(item.ref, within) for item in made]
    settings: dict[str, object] = {"ca": names[0] if len(names) == 1 else names} if names else {}
    settings["sni"] = validation.hostname
    if validation.subject_alt_names:
        settings["names"] = [item.name for item in validation.subject_alt_names]
    return settings


def speaks_tls(read: Read, reached: Reached) -> bool:
    """Return whether a port of a service is spoken to in TLS."""
    if reached.port is None or reached.speaks in {"https", "wss", "grpcs", "h2"}:
        return reached.port is not None
    rivals = read(_rivals, reached.key)
    return reached.port.name in rivals or None in rivals


def certificates_shown(
    read: Read, certificates: Sequence[Made], services: Iterable[Reached], source: Source
) -> Iterator[Made]:
    """Yield *certificates* of gateways, and that those of *services* are shown them that speak TLS."""
    for reached in services if certificates else ():
        if speaks_tls(read, reached):
            for certificate in certificates:
                name = service_name(certificate.ref, reached.ref.namespace)
                yield Made(reached.ref, {"tls": {"certificate": name}}, source, overlay=True)
                yield certificate


BACKEND_TLS: Final = Concept(BACKEND_TLS_POLICY, BackendTlsPolicy, translate, ("v1", "v1alpha3"))
