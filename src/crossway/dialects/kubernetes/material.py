"""Secrets and ConfigMaps: certificates, keys and authorities as others name them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from crossway.dialects.contract import Concept, Ignored, Made, Mapped, Object
from crossway.dialects.kubernetes.objects import KubernetesObject
from crossway.model import Finding, Ref, Secret

SECRET: Final = "/Secret"
CONFIG_MAP: Final = "/ConfigMap"

_BEGIN: Final = "-----BEGIN "


class SecretObject(KubernetesObject):
    """A secret: its `data` is in base64, its `stringData` is text."""

    data: Annotated[Mapping[str, Secret], Mapped("certificates, credentials")] = Field(default_factory=dict)
    string_data: Annotated[Mapping[str, Secret], Mapped("certificates, credentials")] = Field(default_factory=dict)
    type: Annotated[str, Mapped("what it is good for")] = "Opaque"
    immutable: Annotated[bool, Ignored("an object is what its document says")] = False

    def text(self, key: str) -> str | None:
        """Return what stands under *key*; `None` without it. `ValueError` for what is no text in base64."""
        if key in self.string_data:
            return self.string_data[key].reveal()
        if key not in self.data:
            return None
        try:
            return base64.b64decode("".join(self.data[key].reveal().split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ValueError(f"data.{key} is no text in base64") from None


class ConfigMap(KubernetesObject):
    """Texts that are no secrets."""

    data: Annotated[Mapping[str, str], Mapped("certificates.ca")] = Field(default_factory=dict)
    binary_data: Annotated[Mapping[str, str], Ignored("authorities are text")] = Field(default_factory=dict)
    immutable: Annotated[bool, Ignored("an object is what its document says")] = False


def certificate_ref(found: Object[Any]) -> Ref:
    """Return the certificate of the model that a secret or a ConfigMap is."""
    suffix = "" if isinstance(found.value, SecretObject) else "_ca"
    return Ref("certificates", found.value.native_name or f"{found.key.name}{suffix}", found.key.namespace)


def certificate(found: Object[SecretObject]) -> Made | Finding:
    """Return the certificate with its key that a secret of the type ``kubernetes.io/tls`` is, or what it lacks."""
    try:
        chain, key, authorities = (found.value.text(name) for name in ("tls.crt", "tls.key", "ca.crt"))
    except ValueError as error:
        return Finding("certificate.unreadable", f"the secret {found.key}: {error}")
    if chain is None or key is None or _BEGIN not in chain or _BEGIN not in key:
        return Finding(
            "certificate.unreadable", f"{found.key} has no certificate and key in PEM", expected="tls.crt, tls.key"
        )
    settings: dict[str, object] = {"certificate": chain, "key": key}
    if authorities:
        settings["ca"] = authorities
    return Made(certificate_ref(found), settings, found.source)


def authorities(found: Object[Any]) -> Made | Finding:
    """Return the authorities that a ConfigMap or a secret has under ``ca.crt``, or what it lacks."""
    value = found.value
    try:
        text = value.text("ca.crt") if isinstance(value, SecretObject) else value.data.get("ca.crt")
    except ValueError as error:
        return Finding("certificate.unreadable", f"{found.key}: {error}")
    if not text or _BEGIN not in text:
        return Finding("certificate.unreadable", f"{found.key} has no authorities in PEM", expected="ca.crt")
    return Made(certificate_ref(found), {"ca": text}, found.source)


MATERIAL: Final[tuple[Concept[Any], ...]] = (
    Concept(SECRET, SecretObject, versions=("v1",)),
    Concept(CONFIG_MAP, ConfigMap, versions=("v1",)),
)
