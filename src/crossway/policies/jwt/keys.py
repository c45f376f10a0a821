"""Key sets (RFC 7517), checked as far as a proxy would have to use them.

A proxy holds the keys of all routes in one filter, and refuses that as a whole: a key set that it could not use would
take the tokens of everybody else along.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Final

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import BeforeValidator

from crossway.model import Secret

_NEEDED: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
"""The members that a public key of each type has (RFC 7518, section 6; RFC 8037, section 2)."""
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_POINTS: Final = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_CURVES: Final = {"EC": tuple(_POINTS), "OKP": ("Ed25519",)}
_ALGORITHMS: Final = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "P-521": ("ES512",),
    "Ed25519": ("EdDSA",),
}
"""What each key type or curve signs with (RFC 7518, section 3.1; RFC 8037, section 3.1)."""
_ED25519_BYTES: Final = 32
_RSA_BITS: Final = range(2048, 16_384 + 1)
_LARGEST_EXPONENT: Final = 2**33
_SHORTEST_SECRET: Final = 32


def _key_set(value: object) -> Mapping[str, object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError("a key set is JSON, or the same as YAML") from None
    keys = value.get("keys") if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(keys, list) or not keys:
        raise ValueError("a key set is {keys: [...]} with at least one key")
    for position, key in enumerate(keys):
        if (wrong := _wrong_with(key)) is not None:
            raise ValueError(f"key {position}: {wrong}")
    return value


def _wrong_with(key: object) -> str | None:
    """Return why *key* is no public key that a proxy can use."""
    if not isinstance(key, Mapping):
        return "a key is a mapping"
    kind = key.get("kty")
    if kind == "oct":
        return "a shared secret is no public key; write it as `secret`"
    if kind not in _NEEDED:
        return f"kty is {kind!r}; known are {', '.join(_NEEDED)}"
    if private := [member for member in _PRIVATE if member in key]:
        return f"{private[0]} belongs to a private key, which nobody but the issuer may have"
    if kind in _CURVES and key.get("crv") not in _CURVES[kind]:
        return f"crv is {key.get('crv')!r}; known are {', '.join(_CURVES[kind])}"
    known = _ALGORITHMS[key.get("crv", kind)]
    if key.get("alg", known[0]) not in known:
        return f"alg is {key['alg']!r}, and such a key signs with {' or '.join(known)}"
    values: dict[str, int] = {}
    for member in _NEEDED[kind]:
        if member == "crv":
            continue
        if (content := _base64url(key.get(member))) is None:
            return f"{member} is not base64url"
        if kind == "OKP" and len(content) != _ED25519_BYTES:
            return f"{member} has {len(content)} bytes, not {_ED25519_BYTES}"
        values[member] = int.from_bytes(content)
    return _no_rsa_key(**values) if kind == "RSA" else _no_point(key["crv"], **values) if kind == "EC" else None


def _no_rsa_key(n: int, e: int) -> str | None:
    """Return why these two are no public key (RFC 8017, section 3.1), or none that a proxy takes."""
    if n.bit_length() not in _RSA_BITS:
        return f"the key has {n.bit_length()} bits, and is at least {_RSA_BITS.start} long"
    if n % 2 == 0 or e % 2 == 0 or not 1 < e < _LARGEST_EXPONENT:
        return "n and e are no RSA key"
    return None


def _no_point(curve: str, x: int, y: int) -> str | None:
    """Return why these two are no public key of *curve*."""
    try:
        ec.EllipticCurvePublicNumbers(x, y, _POINTS[curve]).public_key()
    except ValueError:
        return f"x and y are no point of {curve}"
    return None


def _base64url(value: object) -> bytes | None:
    """Return what *value* says in base64url without padding (RFC 7515, section 2); `None` if it is something else."""
    if not isinstance(value, str) or not value or "=" in value:
        return None
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def symmetric(secret: Secret) -> str:
    """Return the key set with *secret* alone (RFC 7518, section 6.4)."""
    key = base64.urlsafe_b64encode(secret.reveal().encode()).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "oct", "k": key}]})


def long_enough(secret: Secret) -> Secret:
    """Return *secret* if nobody can guess it (RFC 7518, section 3.2)."""
    if len(secret.reveal().encode()) < _SHORTEST_SECRET:
        raise ValueError(f"a shared secret has at least {_SHORTEST_SECRET} bytes")
    return secret


KeySet = Annotated[Mapping[str, object], BeforeValidator(_key_set)]
"""A set of public keys."""
