"""What certificates say of themselves, and whether a proxy can use them.

Pure functions from PEM to facts. They refuse exactly what Envoy refuses to load (measured with 1.39: RSA keys under
2048 bits, curves other than P-256, P-384 and P-521, a key of another certificate, a bundle with one unreadable
entry) and report the rest. No text of a key ever enters a finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from crossway.model import Finding, Findings, Severity

SOON = timedelta(days=14)
SMALLEST_RSA = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)

_MALFORMED = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What may be shown of a certificate. It holds nothing secret."""

    dns_names: tuple[str, ...]
    """The DNS names among the subject alternative names (RFC 5280 section 4.2.1.6)."""
    not_before: datetime
    not_after: datetime
    fingerprint: str
    """SHA-256 over the DER form, in hex."""
    serial: str
    """In hex."""
    issuer: str
    """The distinguished name, as in RFC 4514."""
    key_type: str
    """Such as ``RSA 2048``, ``secp256r1`` or ``Ed25519``."""


def examine(certificate_pem: bytes, key_pem: bytes, now: datetime) -> tuple[CertificateFacts | None, Findings]:
    """Return the facts of the first certificate of a chain, and what is wrong with it or with its key.

    The facts are `None` if Envoy could not load the pair: ``certificate.unreadable``, ``certificate.key_encrypted``,
    ``certificate.key_mismatch``, ``certificate.weak_key``, ``certificate.unsupported_key``. A pair that can be loaded
    may still be ``certificate.expired``, ``certificate.not_yet_valid``, or, as warnings, ``certificate.expires_soon``
    and ``certificate.broken_chain``. Paths are the fields of the certificate resource.
    """
    try:
        chain = x509.load_pem_x509_certificates(certificate_pem)
        facts = _facts(chain[0])
    except _MALFORMED:
        return None, (_error("unreadable", "this is not a certificate in PEM", "certificate"),)
    try:
        key = load_pem_private_key(key_pem, password=None)
    except TypeError:
        hint = "decrypt it with openssl pkey"
        return None, (_error("key_encrypted", "the private key is encrypted", "key", hint=hint),)
    except (ValueError, UnsupportedAlgorithm):
        return None, (_error("unreadable", "this is not a private key in PEM", "key"),)
    if key.public_key() != chain[0].public_key():
        return None, (_error("key_mismatch", "the private key belongs to another certificate", "key"),)
    unusable = _unusable(chain[0])
    if unusable:
        return None, unusable
    return facts, _validity(facts, "certificate", now) + _chain(chain)


def examine_authorities(pem: bytes, now: datetime) -> tuple[tuple[CertificateFacts, ...], Findings]:
    """Return the facts of each certificate of a bundle; none if Envoy could not load it as a whole.

    An expired authority is a warning: it cannot vouch for anybody, but its neighbours can.
    """
    try:
        facts = tuple(_facts(certificate) for certificate in x509.load_pem_x509_certificates(pem))
    except _MALFORMED:
        return (), (_error("unreadable", "this is not a bundle of certificates in PEM", "ca"),)
    return facts, tuple(
        Finding(
            "certificate.expired",
            f"the authority {fact.fingerprint[:16]} expired at {_instant(fact.not_after)}",
            Severity.WARNING,
            path=("ca",),
        )
        for fact in facts
        if fact.not_after < now
    )


def examine_revoked(pem: bytes, now: datetime) -> Findings:
    """Return what is wrong with lists of revoked certificates. One that is out of date lets nobody in."""
    lists = re.findall(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", pem, re.DOTALL)
    try:
        found = [x509.load_pem_x509_crl(one) for one in lists]
    except _MALFORMED:
        found = []
    if not found:
        return (_error("unreadable", "these are no lists of revoked certificates in PEM", "crl"),)
    return tuple(
        Finding(
            "certificate.expired",
            f"the list of {one.issuer.rfc4514_string()} was good until {_instant(one.next_update_utc)}",
            Severity.WARNING,
            path=("crl",),
            hint="without a current list nobody is let in",
        )
        for one in found
        if one.next_update_utc is not None and one.next_update_utc < now
    )


def _facts(certificate: x509.Certificate) -> CertificateFacts:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        dns_names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        dns_names = ()
    return CertificateFacts(
        dns_names=dns_names,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        serial=f"{certificate.serial_number:x}",
        issuer=certificate.issuer.rfc4514_string(),
        key_type=_key_type(certificate),
    )


def _key_type(certificate: x509.Certificate) -> str:
    match certificate.public_key():
        case rsa.RSAPublicKey(key_size=size):
            return f"RSA {size}"
        case ec.EllipticCurvePublicKey(curve=curve):
            return curve.name
        case key:
            return type(key).__name__.removeprefix("_").removesuffix("PublicKey")


def _unusable(certificate: x509.Certificate) -> Findings:
    match certificate.public_key():
        case rsa.RSAPublicKey(key_size=size) if size < SMALLEST_RSA:
            message = f"the RSA key has only {size} bits"
            return (_error("weak_key", message, "key", expected=f"at least {SMALLEST_RSA}"),)
        case rsa.RSAPublicKey() | ed25519.Ed25519PublicKey():
            return ()
        case ec.EllipticCurvePublicKey(curve=curve) if isinstance(curve, CURVES):
            return ()
    message = f"a proxy cannot use a key of the type {_key_type(certificate)}"
    return (_error("unsupported_key", message, "key", expected="RSA, P-256, P-384, P-521 or Ed25519"),)


def _validity(facts: CertificateFacts, field: str, now: datetime) -> Findings:
    end = _instant(facts.not_after)
    if now > facts.not_after:
        return (_error("expired", f"the certificate expired at {end}", field),)
    if now < facts.not_before:
        return (_error("not_yet_valid", f"the certificate is valid only from {_instant(facts.not_before)}", field),)
    if now > facts.not_after - SOON:
        message = f"the certificate expires at {end}"
        return (Finding("certificate.expires_soon", message, Severity.WARNING, path=(field,)),)
    return ()


def _chain(chain: list[x509.Certificate]) -> Findings:
    """Warn if a certificate is not followed by its issuer, as RFC 8446 section 4.4.2 asks for."""
    for number, (certificate, issuer) in enumerate(pairwise(chain), start=1):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (*_MALFORMED, TypeError, InvalidSignature):
            message = f"certificate {number} of the chain is not issued by the one that follows"
            return (Finding("certificate.broken_chain", message, Severity.WARNING, path=("certificate",)),)
    return ()


def _error(code: str, message: str, field: str, *, expected: str = "", hint: str = "") -> Finding:
    return Finding(f"certificate.{code}", message, path=(field,), expected=expected, hint=hint)


def _instant(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
