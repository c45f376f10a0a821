"""A client that signs its requests (RFC 9421) by hand: nothing in here is what the gateway checks them with."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Signer:
    """Somebody with a key."""

    key_id: str
    sign: Callable[[bytes], bytes]
    pem: str = ""
    """The public key, if it has one."""

    @classmethod
    def with_secret(cls, key_id: str, secret: str) -> "Signer":
        return cls(key_id, lambda base: hmac.digest(secret.encode(), base, "sha256"))

    @classmethod
    def with_key(cls, key_id: str, key: PrivateKey) -> "Signer":
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return cls(key_id, lambda base: _signature(key, base), pem)

    def headers(
        self,
        path: str,
        *,
        method: str = "GET",
        host: str = "test",
        scheme: str = "http",
        body: str = "",
        age: int = 0,
        parameters: str = "",
        others: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Return the headers that make a request a signed one; *others* are headers that are covered too."""
        covered = {"@method": method, "@target-uri": f"{scheme}://{host}{path}", **(others or {})}
        sent = dict(others or {})
        if body:
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            sent["content-digest"] = covered["content-digest"] = f"sha-256=:{digest}:"
        names = " ".join(f'"{name}"' for name in covered)
        what = f'({names});created={int(time.time()) - age};keyid="{self.key_id}"{parameters}'
        lines = [f'"{name}": {value}' for name, value in covered.items()]
        base = "\n".join([*lines, f'"@signature-params": {what}'])
        signature = base64.b64encode(self.sign(base.encode())).decode()
        return {**sent, "signature-input": f"sig={what}", "signature": f"sig=:{signature}:"}


def _signature(key: PrivateKey, base: bytes) -> bytes:
    match key:
        case ed25519.Ed25519PrivateKey():
            return key.sign(base)
        case ec.EllipticCurvePrivateKey():
            r, s = decode_dss_signature(key.sign(base, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)
        case rsa.RSAPrivateKey():
            return key.sign(base, padding.PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512())
