"""Key sets (RFC 7517), checked as far as a proxy would have to use them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pydantic import BeforeValidator

from crossway.model import Secret

_NEEDED: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
"""The members that a public key of each type has (RFC 7518, section 6; RFC 8037, section 2)."""
_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_EC: Final = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_CURVES: Final = {"EC": tuple(_EC), "OKP": ("Ed25519",)}
_SHORTEST_SECRET: Final = 32


def _key_set(value: object) -> Mapping[str, Any]:
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
    numbers: dict[str, bytes] = {}
    for member in _NEEDED[kind]:
        if member != "crv":
            number = _decoded(key.get(member))
            if not number:
                return f"{member} is not base64url"
            numbers[member] = number
    return None if _is_key(kind, key.get("crv"), numbers) else "its numbers are no key"


def _decoded(value: object) -> bytes:
    """Return what *value* is in base64url without padding (RFC 7515, section 2); nothing if it is not that."""
    if not isinstance(value, str) or "=" in value:
        return b""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_key(kind: str, curve: object, numbers: Mapping[str, bytes]) -> bool:
    """Return whether a proxy could load the key: one that it cannot load costs it all keys of all routes."""
    n = {name: int.from_bytes(number) for name, number in numbers.items()}
    try:
        match kind:
            case "RSA":
                rsa.RSAPublicNumbers(n["e"], n["n"]).public_key()
            case "EC":
                ec.EllipticCurvePublicNumbers(n["x"], n["y"], _EC[str(curve)]).public_key()
            case _:
                ed25519.Ed25519PublicKey.from_public_bytes(numbers["x"])
    except ValueError:
        return False
    return True


def symmetric(secret: Secret) -> str:
    """Return the key set with *secret* alone (RFC 7518, section 6.4)."""
    key = base64.urlsafe_b64encode(secret.reveal().encode()).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "oct", "k": key}]})


def long_enough(secret: Secret) -> Secret:
    """Return *secret* if nobody can guess it (RFC 7518, section 3.2)."""
    if len(secret.reveal().encode()) < _SHORTEST_SECRET:
        raise ValueError(f"a shared secret has at least {_SHORTEST_SECRET} bytes")
    return secret


KeySet = Annotated[Mapping[str, Any], BeforeValidator(_key_set)]
"""A set of public keys."""
