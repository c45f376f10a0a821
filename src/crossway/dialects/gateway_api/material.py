"""Certificates and authorities as objects of the Gateway API name them, and why one of these names leads nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crossway.dialects.contract import Key, Made, Object, find
from crossway.dialects.gateway_api.reference import ObjectRef, SecretRef, Trouble, granted
from crossway.dialects.kubernetes import material
from crossway.dialects.kubernetes.material import CONFIG_MAP, SECRET, ConfigMap, SecretObject
from crossway.dialects.kubernetes.own import OWN_KINDS, OwnObject, own_resource
from crossway.memo import Read
from crossway.model import FieldPath, errors

NOT_PERMITTED: Final = "RefNotPermitted"
OWN_CERTIFICATE: Final = OWN_KINDS["certificates"]


def certificate(read: Read, origin: Key, named: SecretRef, path: FieldPath, reason: str) -> Made | Trouble:
    """Return the certificate with its key that *origin* names at *path*, or why there is none, which is *reason*."""
    key = named.key(origin.namespace)
    if key.kind not in {SECRET, OWN_CERTIFICATE}:
        return Trouble(reason, f"{named.group or 'the core group'} {named.kind} is no kind of certificate", path)
    if not granted(read, origin, key):
        return Trouble(NOT_PERMITTED, f"no ReferenceGrant in {key.namespace} lets {origin} name {key}", path)
    own = find(read, OwnObject, key)
    if own is not None:
        return own_resource(own)
    found = find(read, SecretObject, key)
    if found is None or errors(found.wrong):
        return Trouble(reason, f"there is no usable {key}", path)
    made = material.certificate(found)
    return made if isinstance(made, Made) else Trouble(reason, made.message, path)


def authorities(
    read: Read, origin: Key, refs: Sequence[ObjectRef], path: FieldPath, invalid_kind: str
) -> tuple[list[Made], list[Trouble]]:
    """Return the authorities that *origin* names, one after the other at *path*, and which names lead nowhere."""
    made: list[Made] = []
    troubles: list[Trouble] = []
    for index, named in enumerate(refs):
        found = _authority(read, origin, named, (*path, index), invalid_kind)
        if isinstance(found, Made):
            made.append(found)
        else:
            troubles.append(found)
    return made, troubles


def _authority(read: Read, origin: Key, named: ObjectRef, path: FieldPath, invalid_kind: str) -> Made | Trouble:
    key = named.key(origin.namespace)
    if key.kind not in {CONFIG_MAP, SECRET, OWN_CERTIFICATE}:
        return Trouble(invalid_kind, f"{named.group or 'the core group'} {named.kind} has no authorities", path)
    if not granted(read, origin, key):
        return Trouble(NOT_PERMITTED, f"no ReferenceGrant in {key.namespace} lets {origin} name {key}", path)
    own = find(read, OwnObject, key)
    if own is not None:
        return own_resource(own)
    found: Object[ConfigMap] | Object[SecretObject] | None
    found = find(read, SecretObject, key) if key.kind == SECRET else find(read, ConfigMap, key)
    if found is None or errors(found.wrong):
        return Trouble("InvalidCACertificateRef", f"there is no usable {key}", path)
    made = material.authorities(found)
    return made if isinstance(made, Made) else Trouble("InvalidCACertificateRef", made.message, path)
