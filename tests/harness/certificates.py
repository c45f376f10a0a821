"""Certificates made at run time, and TLS contexts that use them."""

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate with its key."""

    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the certificate, in hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def key(self) -> str:
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def save(self, directory: Path, name: str) -> None:
        """Write ``name.pem`` and ``name.key``."""
        (directory / f"{name}.pem").write_text(self.pem)
        (directory / f"{name}.key").write_text(self.key)


class Authority:
    """A certificate authority."""

    def __init__(self, name: str = "Test authority") -> None:
        self._own = _make(name, None, ())

    @property
    def pem(self) -> str:
        return self._own.pem

    def issue(self, *names: str) -> Pair:
        """Return a certificate for *names*, DNS names, addresses and URIs; the first one is also its subject."""
        return _make(names[0], self._own, names)

    def revoked(self, *pairs: Pair, days: int = 1) -> str:
        """Return the list of what was revoked, in PEM, good for so many *days* from now."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._own.certificate.subject)
            .last_update(now - 2 * DAY)
            .next_update(now + days * DAY)
        )
        for pair in pairs:
            serial = pair.certificate.serial_number
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - DAY).build()
            builder = builder.add_revoked_certificate(one)
        return builder.sign(self._own.private, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def server(self, *names: str, client_ca: str | None = None) -> ssl.SSLContext:
        """Return how a server of these names speaks TLS; with *client_ca*, only to clients with a certificate of it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _load(context, self.issue(*names))
        if client_ca is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=client_ca)
        return context

    def client(self, pair: Pair | None = None, protocols: tuple[str, ...] = ()) -> ssl.SSLContext:
        """Return how a client that trusts only this authority speaks TLS; it shows *pair* if it is asked."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.pem)
        if pair is not None:
            _load(context, pair)
        if protocols:
            context.set_alpn_protocols(protocols)
        return context

    def show(self, context: ssl.SSLContext, *names: str) -> None:
        """Have a client that speaks TLS by *context* show a certificate for *names*."""
        _load(context, self.issue(*names))


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    with tempfile.TemporaryDirectory() as directory:
        pair.save(Path(directory), "own")
        context.load_cert_chain(f"{directory}/own.pem", f"{directory}/own.key")


def _make(subject: str, issuer: Pair | None, names: tuple[str, ...]) -> Pair:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 90 * DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(text) for text in names]), critical=False)
    return Pair(builder.sign(issuer.private if issuer else private, hashes.SHA256()), private)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.UniformResourceIdentifier(text) if "://" in text else x509.DNSName(text)
