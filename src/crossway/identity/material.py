"""The material of certificate resources: PEM read from files or written inline, and the SDS secret it becomes.

Two kinds share one shape, so that the lane above need not tell them apart: `Pair` and `Bundle`. Neither shows a key,
and no finding repeats what stands in the field of a key, which might be a key that was mistaken for a path.
"""

from __future__ import annotations

import hmac
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.identity.certificates import CertificateFacts, examine, examine_authorities, examine_revoked
from crossway.identity.vault import Find
from crossway.model import STORED_SECRET, Asked, Certificate, Finding, Findings, Pems, Ref, errors, is_path
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.service.discovery import v3 as discovery_v3

LARGEST = 2**20
"""In bytes; the bundle of all public authorities has about a quarter of that."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A chain of certificates and the key of the first one."""

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)

    def examine(self, now: datetime) -> tuple[tuple[CertificateFacts, ...], Findings]:
        """Return the facts, none if a proxy could not load the pair, and what is wrong."""
        facts, findings = examine(self.certificate, self.key, now)
        return (facts,) if facts else (), findings

    def secret(self, name: str) -> tls_v3.Secret:
        """Return the secret that carries the pair."""
        certificate = tls_v3.TlsCertificate(
            certificate_chain=core_v3.DataSource(inline_bytes=self.certificate),
            private_key=core_v3.DataSource(inline_bytes=self.key),
        )
        return tls_v3.Secret(name=name, tls_certificate=certificate)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The certificates of the authorities that peers are checked against, and the lists of what they revoked."""

    authorities: bytes = field(repr=False)
    revoked: bytes = field(default=b"", repr=False)

    def examine(self, now: datetime) -> tuple[tuple[CertificateFacts, ...], Findings]:
        """Return the facts of each authority, none if a proxy could not load the bundle, and what is wrong."""
        facts, findings = examine_authorities(self.authorities, now)
        about_lists = examine_revoked(self.revoked, now) if self.revoked else ()
        return () if errors(about_lists) else facts, findings + about_lists

    def secret(self, name: str) -> tls_v3.Secret:
        """Return the secret that carries the bundle."""
        context = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(inline_bytes=self.authorities))
        if self.revoked:
            context.crl.inline_bytes = self.revoked
            context.only_verify_leaf_cert_crl = True
        return tls_v3.Secret(name=name, validation_context=context)


def pems(asked: Asked, resources: Mapping[str, Resource]) -> Pems:
    """Return what the certificates hold by which *asked* is reached; *resources* are the secrets by their names."""
    trust = asked.trust
    if trust is None:
        return Pems()
    found = [_secret(resources.get(names.authorities(ref))) for ref in trust.authorities]
    shown = _secret(resources.get(names.secret(trust.certificate)) if trust.certificate else None).tls_certificate
    return Pems(
        b"\n".join(secret.validation_context.trusted_ca.inline_bytes for secret in found),
        shown.certificate_chain.inline_bytes,
        shown.private_key.inline_bytes,
    )


def _secret(resource: Resource | None) -> tls_v3.Secret:
    if resource is None:
        return tls_v3.Secret()
    return tls_v3.Secret.FromString(discovery_v3.Resource.FromString(resource.wire).resource.value)


def generic_secret(secret: GenericSecret, find: Find) -> tls_v3.Secret | None:
    """Return the secret that carries what a policy names; `None` if there is none in the store.

    A key that is derived, by HMAC-SHA-256, depends on the text and the purpose alone, so that all control planes have
    the same one.
    """
    text = secret.text.reveal()
    if text.startswith(STORED_SECRET):
        found = find(Ref("secrets", text.removeprefix(STORED_SECRET), secret.about.namespace))
        if found is None:
            return None
        text = found.strip()
    if secret.purpose:
        text = hmac.new(text.encode(), secret.purpose.encode(), "sha256").hexdigest()
    content = core_v3.DataSource(inline_bytes=text.encode())
    return tls_v3.Secret(name=secret.name, generic_secret=tls_v3.GenericSecret(secret=content))


Material = Pair | Bundle
FindByName = Callable[[str], str | None]
"""Returns a secret of the store by its name; `None` if there is none."""


def read_pair(certificate: Certificate, find: FindByName) -> Pair | Findings | None:
    """Return the pair of a resource, or why it cannot be read; `None` if it has none."""
    if certificate.certificate is None or certificate.key is None:
        return None
    chain, key = _read(certificate.certificate, "certificate", find), _read(certificate.key.reveal(), "key", find)
    if isinstance(chain, bytes) and isinstance(key, bytes):
        return Pair(chain, key)
    return tuple(content for content in (chain, key) if isinstance(content, Finding))


def read_bundle(certificate: Certificate, find: FindByName) -> Bundle | Findings | None:
    """Return the authorities of a resource, or why they cannot be read; `None` if it has none."""
    if certificate.ca is None:
        return None
    content = _read(certificate.ca, "ca", find)
    revoked = b"" if certificate.crl is None else _read(certificate.crl, "crl", find)
    if isinstance(content, bytes) and isinstance(revoked, bytes):
        return Bundle(content, revoked)
    return tuple(wrong for wrong in (content, revoked) if isinstance(wrong, Finding))


def files(certificate: Certificate) -> Iterator[Path]:
    """Yield the files that a resource names; text that is PEM itself is none, nor is the name of a secret."""
    key = certificate.key.reveal() if certificate.key else None
    for text in (certificate.certificate, key, certificate.ca, certificate.crl):
        path = _path(text) if text else None
        if path:
            yield path


def _path(text: str) -> Path | None:
    return Path(text) if is_path(text) else None


def _read(text: str, name: str, find: FindByName) -> bytes | Finding:
    if text.startswith(STORED_SECRET):
        content = find(text.removeprefix(STORED_SECRET))
        if content is not None:
            return content.encode()
        hint = "put it with `crossway secrets put`, into the store of a control plane"
        return Finding("certificate.missing", "there is no such secret", path=(name,), hint=hint)
    path = _path(text)
    if path is None:
        return text.encode()
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            message = f"this is not a regular file of at most {LARGEST:,} bytes"
            return Finding("certificate.unreadable", message, path=(name,))
        return path.read_bytes()
    except FileNotFoundError:
        hint = "a relative path begins at the file that says it"
        return Finding("certificate.missing", "there is no such file", path=(name,), hint=hint)
    except OSError as error:
        return Finding("certificate.unreadable", f"the file cannot be read: {error.strerror}", path=(name,))
