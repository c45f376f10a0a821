"""References to certificates: what one is named for, it must have."""

from __future__ import annotations

from crossway.memo import Read
from crossway.model import Certificate, FieldPath, Finding, Ref
from crossway.plan.reference import dangling
from crossway.plan.tables import UNUSABLE, resource


def names_authorities(path: FieldPath) -> bool:
    """Return whether the field at *path*, or the list that it is in, takes the authorities of a certificate."""
    return "ca" in path[-2:]


def certificate_trouble(read: Read, about: Ref, path: FieldPath, named: Ref) -> Finding | None:
    """Return why the certificate *named* at *path* of *about* cannot be used there; `None` if it can.

    A field called ``ca`` takes its authorities, any other one its certificate and key.
    """
    certificate = resource(read, Certificate, named)
    if certificate is None:
        return dangling(about, path, named)
    if (code := read.input(UNUSABLE, named)) is not None:
        message = f"certificate {named.local} cannot be used ({code})"
        return Finding("reference.unusable", message, about=about, path=path)
    lacks = "authorities (ca)" if names_authorities(path) else "certificate and key"
    if (certificate.ca if names_authorities(path) else certificate.certificate) is None:
        message = f"certificate {named.local} has no {lacks}, which is what it is named for here"
        return Finding("reference.unusable", message, about=about, path=path)
    return None
