"""The authority that vouches for both ends of the stream between control plane and proxies.

It is made at its first use and kept in one file, so that key and certificate are written together or not at all.
Whoever can read that file can speak as any proxy: it stays with the control plane.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crossway.errors import RemoteError, UserError
from crossway.identity.credentials import Credentials, write_private

FILE = "authority.pem"
PROXY = "crossway://proxy/"
GATEWAY = "crossway://gateway/"
LIFETIME = timedelta(days=3650)
LEAF_LIFETIME = timedelta(days=365)
SKEW = timedelta(minutes=5)
"""How far the clock of the other end may be behind ours."""

_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Issues the credentials of control planes and proxies."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Return the authority kept in *directory*, made now if there is none.

        Raises `RemoteError` if the directory cannot be read or written, `UserError` if what it keeps is no authority.
        """
        path = directory / FILE
        try:
            if not path.exists():
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                with suppress(FileExistsError):  # another process was faster: its authority is the one
                    write_private(path, _self_signed(), replace=False)
            content = path.read_bytes()
        except OSError as error:
            raise RemoteError(f"The authority in {path} cannot be opened: {error.strerror}.") from error
        try:
            certificate, key = x509.load_pem_x509_certificate(content), load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UserError(f"The file {path} holds no authority.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise UserError(f"The file {path} holds no authority.")
        return cls(certificate, key)

    @property
    def certificate(self) -> bytes:
        """The certificate that both ends trust, in PEM."""
        return self._certificate.public_bytes(Encoding.PEM)

    def issue_server(self, names: Iterable[str], lifetime: timedelta = LEAF_LIFETIME) -> Credentials:
        """Return the credentials of a control plane that is reached under *names*: DNS names and IP addresses.

        Raises `UserError` if a name is neither.
        """
        return self._issue([_subject_name(name) for name in names], ExtendedKeyUsageOID.SERVER_AUTH, lifetime)

    def issue_client(
        self, name: str, lifetime: timedelta = LEAF_LIFETIME, *, gateways: Iterable[str] = ()
    ) -> Credentials:
        """Return the credentials of the proxy *name*; its certificate says ``crossway://proxy/NAME``, URL-quoted.

        It may serve *gateways* and no others, as ``crossway://gateway/NAME`` says of each; all of them without any.
        """
        identities = [PROXY + quote(name, safe=""), *(GATEWAY + quote(gateway, safe="") for gateway in gateways)]
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(identity) for identity in identities]
        return self._issue(names, ExtendedKeyUsageOID.CLIENT_AUTH, lifetime)

    def _issue(self, names: list[x509.GeneralName], usage: x509.ObjectIdentifier, lifetime: timedelta) -> Credentials:
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        end = min(now + lifetime, self._certificate.not_valid_after_utc)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = _certificate("Crossway", key.public_key(), now - SKEW, end).issuer_name(self._certificate.subject)
        certificate = (
            builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Credentials(certificate.public_bytes(Encoding.PEM), _pem(key), self.certificate)


def gateways_of(identities: Iterable[str]) -> frozenset[str]:
    """Return the gateways that a proxy with *identities*, the names in its certificate, may serve; none means all."""
    return frozenset(unquote(text.removeprefix(GATEWAY)) for text in identities if text.startswith(GATEWAY))


def _self_signed() -> bytes:
    """Return a new authority, key and certificate, in PEM."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _certificate("Crossway authority", key.public_key(), now - SKEW, now + LIFETIME)
    certificate = (
        builder.issuer_name(_name("Crossway authority"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)


def _certificate(name: str, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime) -> x509.CertificateBuilder:
    """Return what all our certificates have in common, to be completed and signed."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _subject_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError as error:
        raise UserError(f"{name!r} is neither an IP address nor a DNS name in ASCII.") from error


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
