"""Certificates, the names that they are shown for, and authorities.

https://developer.konghq.com/gateway/entities/certificate/
"""

from __future__ import annotations

from typing import Annotated, Any

from crossway.dialects.contract import Ignored, Made, Mapped, Object, Translation
from crossway.dialects.kong.entity import KongEntity, NamedEntity, Reference, named, native_name, trouble
from crossway.dialects.kong.vault import Unreferenced
from crossway.memo import Read
from crossway.model import FieldPath, Finding, Ref, Secret


class Certificate(KongEntity):
    """A certificate with its key."""

    cert: Annotated[Unreferenced[str] | None, Mapped("certificates.certificate")] = None
    key: Annotated[Unreferenced[Secret] | None, Mapped("certificates.key")] = None
    cert_alt: Annotated[Any, Ignored("one certificate is enough; the other one is for clients that do not know it")] = (
        None
    )
    key_alt: Annotated[Any, Ignored("it belongs to the other certificate")] = None
    passphrase: Annotated[Any, Ignored("the key stands here without it")] = None


class Sni(NamedEntity):
    """A server name for which a certificate is shown."""

    certificate: Annotated[Reference, Mapped("gateways.listeners.tls.certificates")] = None


class CaCertificate(KongEntity):
    """An authority."""

    cert: Annotated[Unreferenced[str] | None, Mapped("certificates.ca")] = None
    cert_digest: Annotated[str | None, Ignored("the certificate says it")] = None


def certificate_ref(found: Object[Any]) -> Ref:
    """Return the certificate of the model that a certificate or an authority is."""
    return Ref("certificates", native_name(found.key.name))


def certificate_name(read: Read, kind: str, text: str, path: FieldPath, findings: list[Finding]) -> str:
    """Return what the model calls the certificate or authority *text*; one that is not there is told of."""
    found = named(read, KongEntity, kind, text)
    if found is None:
        word = kind.rpartition("/")[2].replace("_", " ")
        findings.append(trouble("reference.dangling", f"there is no {word} {text!r}", path))
        return native_name(text)
    return certificate_ref(found).name


def translate_certificate(_: Read, found: Object[Certificate]) -> Translation:
    """Return the certificate."""
    certificate = found.value
    if certificate.cert is None or certificate.key is None:
        return Translation((), (trouble("field.missing", "a certificate has cert and key", ()),))
    settings: dict[str, object] = {"certificate": certificate.cert, "key": certificate.key.reveal()}
    return Translation((Made(certificate_ref(found), settings, found.source),))


def translate_authority(_: Read, found: Object[CaCertificate]) -> Translation:
    """Return the authority."""
    if found.value.cert is None:
        return Translation((), (trouble("field.missing", "an authority has cert", ()),))
    return Translation((Made(certificate_ref(found), {"ca": found.value.cert}, found.source),))
