"""Credentials: by what a consumer is recognised."""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from crossway.model.part import Part
from crossway.model.ref import NAME_PATTERN
from crossway.model.values import Secret

Label = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$", max_length=128)]
"""A word that rules and headers carry."""

BASE64: Final = "base64:"
SHA: Final = "{SHA}"
"""What a password begins with that is a hash already, as `htpasswd -s` writes it."""
_HASH: Final = re.compile(re.escape(SHA) + r"[A-Za-z0-9+/]{27}=")


def hashed(password: str) -> str:
    """Return the hash that proxies check a password against: SHA-1 without salt is the only one that Envoy knows."""
    return SHA + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()


def _printable(secret: Secret) -> Secret:
    text = secret.reveal()
    if not text or len(text) > 4096 or not all("!" <= character <= "~" for character in text):
        raise ValueError("a key is 1 to 4096 visible ASCII characters, without spaces")
    return secret


def _password(secret: Secret) -> Secret:
    if not secret.reveal() or any(character in secret.reveal() for character in "\r\n\0"):
        raise ValueError("a password is not empty and has no line breaks")
    if secret.reveal().startswith(SHA) and not _HASH.fullmatch(secret.reveal()):
        raise ValueError(f"a hash is {SHA} and the 28 characters of a SHA-1 in base64, as `htpasswd -nbs` prints it")
    return secret


class Credential(Part):
    """One credential of a consumer. All of them are secrets, and shown to nobody."""

    id: Label | None = None
    """What logs and the header `x-credential-identifier` call it; without one, its position among its like, from 1."""
    expires: AwareDatetime | None = None
    """It is refused from this moment on (RFC 3339, with a time zone)."""

    def identifier(self, position: int) -> str:
        """Return what it is called, as the one at *position*, from 0."""
        return self.id or str(position + 1)

    def expiry(self) -> datetime | None:
        """Return when it ends."""
        return self.expires


class ApiKey(Credential):
    """A key that a client sends. In one line, the key."""

    key: Annotated[Secret, AfterValidator(_printable)]
    """The key: at least 16 random characters in production."""

    short_forms = ("key",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"key": value} if isinstance(value, str | Secret) else value


class BasicCredential(Credential):
    """A name and a password (RFC 7617)."""

    username: Annotated[str, Field(pattern=r"^[^:\x00-\x20\x7f]+$", max_length=256)]
    """The name that the client sends; it need not be that of the consumer."""
    password: Annotated[Secret, AfterValidator(_password)]
    """The password, or its hash as `htpasswd -nbs` prints it, `{SHA}...`. Proxies get the hash alone."""


class JwtCredential(Credential):
    """Whose tokens are those of the consumer."""

    subject: Annotated[str, Field(min_length=1, max_length=1024)]
    """The value of the claim by which the policy `jwt` finds the consumer: `sub`, if it names no other."""
    issuer: str | None = None
    """Only in tokens of this issuer; without it, in those of any that a route accepts."""


class MtlsCredential(Credential):
    """A client certificate, by a name in it or by its fingerprint."""

    san: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """A subject alternative name, a URI or a DNS name, as it stands in the certificate."""
    fingerprint: Annotated[str, Field(pattern="^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$")] | None = None
    """The SHA-256 fingerprint of the certificate in hexadecimal, with or without colons."""

    @model_validator(mode="after")
    def _one(self) -> MtlsCredential:
        if (self.san is None) == (self.fingerprint is None):
            raise ValueError("write one of san and fingerprint")
        return self


class SignatureAlgorithm(enum.StrEnum):
    """How a message is signed (RFC 9421, section 3.3)."""

    HMAC_SHA256 = "hmac-sha256"
    ED25519 = "ed25519"
    ECDSA_P256_SHA256 = "ecdsa-p256-sha256"
    ECDSA_P384_SHA384 = "ecdsa-p384-sha384"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    RSA_V1_5_SHA256 = "rsa-v1_5-sha256"


_SHORTEST_SECRET: Final = 32
_SHORTEST_RSA: Final = 2048


@lru_cache(maxsize=10_000)
def _public_key(pem: str) -> PublicKeyTypes:
    try:
        return load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("public_key is no public key in PEM") from None


def _algorithms(key: PublicKeyTypes) -> tuple[SignatureAlgorithm, ...]:
    """Return what *key* can verify, the best first."""
    match key:
        case ed25519.Ed25519PublicKey():
            return (SignatureAlgorithm.ED25519,)
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return (SignatureAlgorithm.ECDSA_P256_SHA256,)
        case ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            return (SignatureAlgorithm.ECDSA_P384_SHA384,)
        case rsa.RSAPublicKey(key_size=size) if size >= _SHORTEST_RSA:
            return (SignatureAlgorithm.RSA_PSS_SHA512, SignatureAlgorithm.RSA_V1_5_SHA256)
    raise ValueError("the public key is none of Ed25519, P-256, P-384 and RSA from 2048 bits on")


class SignatureCredential(Credential):
    """A key that requests are signed with: a secret that both sides know, or the public key of the client."""

    key_id: Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$", max_length=256)]
    """What the client calls the key, in the parameter `keyid` of its signatures."""
    secret: Secret | None = None
    """The shared secret, for `hmac-sha256`: at least 32 bytes. After `base64:`, bytes that are no text."""
    public_key: str | None = None
    """The public key in PEM, for every other algorithm."""
    algorithm: SignatureAlgorithm | None = None
    """How it signs. Without it, `hmac-sha256` with a secret, and with a public key what that is made for."""

    @model_validator(mode="after")
    def _fits(self) -> SignatureCredential:
        if (self.secret is None) == (self.public_key is None):
            raise ValueError("write one of secret and public_key")
        if self.secret is not None and len(_bytes(self.secret)) < _SHORTEST_SECRET:
            raise ValueError(f"a shared secret has at least {_SHORTEST_SECRET} bytes")
        if self.algorithm not in (None, *(possible := self._possible())):
            raise ValueError(f"the key cannot be used with {self.algorithm}, but with {' or '.join(possible)}")
        return self

    @property
    def key(self) -> bytes | PublicKeyTypes:
        """The bytes of the secret, or the public key."""
        return _bytes(self.secret) if self.secret is not None else _public_key(self.public_key or "")

    @property
    def signs_with(self) -> SignatureAlgorithm:
        """How it signs."""
        return self.algorithm or self._possible()[0]

    def _possible(self) -> tuple[SignatureAlgorithm, ...]:
        if self.secret is not None:
            return (SignatureAlgorithm.HMAC_SHA256,)
        return _algorithms(_public_key(self.public_key or ""))


def _bytes(secret: Secret) -> bytes:
    text = secret.reveal()
    if not text.startswith(BASE64):
        return text.encode()
    try:
        return base64.b64decode(text.removeprefix(BASE64), validate=True)
    except binascii.Error:
        raise ValueError("what follows base64: is no base64") from None


class Grant(enum.StrEnum):
    """How a client gets tokens (RFC 6749)."""

    CLIENT_CREDENTIALS = "client_credentials"
    """As itself, with its secret."""
    AUTHORIZATION_CODE = "authorization_code"
    """For a user who logs in and agrees, with PKCE."""
    REFRESH_TOKEN = "refresh_token"
    """Again, with a refresh token that it was given before."""


Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$", max_length=256)]
"""What a token allows, in the words of whoever asks for it (RFC 6749, section 3.3)."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def _redirect_uri(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise ValueError("the redirect URI is no URI") from None
    if not parts.scheme or parts.fragment or "#" in text or not all("!" <= character <= "~" for character in text):
        raise ValueError("a redirect URI is absolute, and has no fragment")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise ValueError("a redirect URI without TLS leads to this machine only, http://127.0.0.1/")
    if parts.scheme == "https" and not host:
        raise ValueError("the redirect URI names no host")
    if parts.scheme in ("javascript", "data", "file"):
        raise ValueError(f"{parts.scheme} is no scheme for a redirect")
    return text


class OAuth2Client(Credential):
    """A program that gets tokens from the policy `oauth2_server`."""

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]+$", max_length=128)]
    """What the client calls itself."""
    client_secret: Annotated[Secret, AfterValidator(_printable)] | None = None
    """Its secret, or the hash of it, `$scrypt$ln=15,r=8,p=1$SALT$HASH` in base64. One without is public: an app or a
    page in a browser, which can keep none."""
    redirect_uris: tuple[Annotated[str, Field(max_length=2048), AfterValidator(_redirect_uri)], ...] = ()
    """Where users may be sent back to, compared letter by letter; for `http` to this machine, any port fits."""
    grants: tuple[Grant, ...] = ()
    """How it may get tokens; in every way that it can if none is written."""
    scopes: tuple[Scope, ...] = ()
    """The scopes that it may be given."""

    @model_validator(mode="after")
    def _can(self) -> OAuth2Client:
        if not self.allowed:
            raise ValueError("a client has a client_secret, or redirect_uris, or both")
        for grant in self.grants:
            if grant not in self._possible():
                needed = "a client_secret" if grant is Grant.CLIENT_CREDENTIALS else "redirect_uris"
                raise ValueError(f"{grant} needs {needed}")
        return self

    @property
    def allowed(self) -> tuple[Grant, ...]:
        """How it may get tokens."""
        return self.grants or self._possible()

    def _possible(self) -> tuple[Grant, ...]:
        alone = (Grant.CLIENT_CREDENTIALS,) if self.client_secret is not None else ()
        return (*alone, Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN) if self.redirect_uris else alone
