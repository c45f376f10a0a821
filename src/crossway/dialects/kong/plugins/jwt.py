"""jwt: tokens that a consumer has signed, with a secret or a key of its own.

https://developer.konghq.com/plugins/jwt/
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from crossway.dialects.contract import Ignored, Mapped, every
from crossway.dialects.kong.consumer import JwtSecret
from crossway.dialects.kong.controller.consumer import jwt_secrets
from crossway.dialects.kong.entity import only, stricter, trouble
from crossway.dialects.kong.plugin import Kind, Said, broken
from crossway.dialects.kong.plugins.credentials import AuthConfig, AuthPlugin
from crossway.memo import Read

_SECRETS: Final = "kong/jwt_secret"
_HMAC: Final = ("HS256", "HS384", "HS512")
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


class JwtConfig(AuthConfig):
    """jwt."""

    hide_credentials: Annotated[bool, Ignored("Kong has no such setting for tokens")] = False
    header_names: Annotated[tuple[str, ...], Mapped("jwt.header")] = ("authorization",)
    uri_param_names: Annotated[tuple[str, ...], Mapped("jwt.query")] = ("jwt",)
    cookie_names: Annotated[tuple[str, ...], Mapped("jwt.cookie")] = ()
    claims_to_verify: Annotated[tuple[str, ...] | None, Mapped("jwt.require_expiration")] = None
    maximum_expiration: Annotated[float, Mapped("jwt.max_lifetime")] = 0
    key_claim_name: Annotated[
        str, only("iss", "whose token it is stands in the claim iss"), Mapped("jwt.consumer_claim")
    ] = "iss"
    secret_is_base64: Annotated[
        bool, only(False, "secrets are texts, and not base64"), Mapped("jwt.issuers.jwks.secret")
    ] = False
    realm: Annotated[str | None, Ignored("the challenge names the gateway")] = None


class Jwt(AuthPlugin):
    """jwt."""

    config: JwtConfig = JwtConfig()


def _jwt(read: Read, plugin: Jwt) -> Said:
    config = plugin.config
    secrets = [found.value for found in every(read, JwtSecret, _SECRETS) if broken(found) is None]
    secrets += jwt_secrets(read)
    issuers = [{"issuer": secret.key, "jwks": key} for secret in secrets for key in _keys(secret)]
    if not issuers:
        closed = trouble("field.missing", "no consumer has a key for jwt, so no token is good", ("config",))
        return Said(findings=(closed,), closed=closed)
    policy: dict[str, object] = {"issuers": issuers, "consumer_claim": "iss"}
    for field, names, default in (
        ("header", config.header_names, "authorization"),
        ("query", config.uri_param_names, ""),
        ("cookie", config.cookie_names, ""),
    ):
        if names and names[0].lower() != default:
            policy[field] = names[0].lower() if field == "header" else names[0]
    if "header" not in policy and config.header_names:
        policy["header"] = "authorization"
    if "exp" not in (config.claims_to_verify or ()):
        policy["require_expiration"] = False
    if config.maximum_expiration:
        policy["max_lifetime"] = f"{int(config.maximum_expiration)}s"
    findings = tuple(
        stricter(f"a token is looked for under one name, {names[0]}", ("config", field))
        for field, names in (("header_names", config.header_names), ("uri_param_names", config.uri_param_names))
        if len(names) > 1
    )
    return Said({"jwt": policy}, findings)


def _keys(secret: JwtSecret) -> Iterator[dict[str, object]]:
    """Yield the keys that tokens of *secret* are verified with: one, or none if it has none that can be used."""
    if secret.algorithm in _HMAC:
        if secret.secret is not None:
            yield {"secret": secret.secret.reveal()}
        return
    try:
        key = load_pem_public_key((secret.rsa_public_key or "").encode())
    except ValueError:
        return
    match key:
        case rsa.RSAPublicKey():
            numbers = key.public_numbers()
            web = {"kty": "RSA", "n": _base64(numbers.n), "e": _base64(numbers.e)}
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            point = key.public_numbers()
            size = (key.curve.key_size + 7) // 8
            x, y = (_base64(number, size) for number in (point.x, point.y))
            web = {"kty": "EC", "crv": _CURVES[key.curve.name], "x": x, "y": y}
        case ed25519.Ed25519PublicKey():
            web = {"kty": "OKP", "crv": "Ed25519", "x": _encoded(key.public_bytes_raw())}
        case _:
            return
    yield {"inline": {"keys": [{**web, "alg": secret.algorithm}]}}


def _base64(number: int, size: int = 0) -> str:
    return _encoded(number.to_bytes(size or (number.bit_length() + 7) // 8))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


KINDS: Final[tuple[Kind[Any], ...]] = (Kind("jwt", Jwt, _jwt, authenticates=True),)
