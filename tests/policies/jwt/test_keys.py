"""What is taken for a key is one for Envoy too, which refuses the tokens of everybody for one that is none."""

import base64
import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic import TypeAdapter, ValidationError

from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof import prove
from crossway.model import Secret
from crossway.policies.jwt.keys import KeySet, long_enough, symmetric
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3
from crossway.xds.snapshot import Snapshot

READ = TypeAdapter(KeySet)
RSA = RSAKey.generate_key(2048).as_dict(private=False)
EC = {curve: ECKey.generate_key(curve).as_dict(private=False) for curve in ("P-256", "P-384", "P-521")}
ED25519 = OKPKey.generate_key("Ed25519").as_dict(private=False)


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).decode().rstrip("=")


def refused(text: str) -> bool:
    """Return whether Envoy refuses the filter with this key set."""
    message = jwt_v3.JwtAuthentication()
    message.providers["issuer"].local_jwks.inline_string = text
    message.requirement_map["all"].provider_name = "issuer"
    config = core_v3.TypedExtensionConfig(name="jwt", typed_config=pack(message))
    return bool(prove(Snapshot.of([Resource.of("jwt", config)])))


def said(value: object) -> str:
    with pytest.raises(ValidationError) as raised:
        READ.validate_python(value)
    return str(raised.value.errors()[0]["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    "key",
    [
        RSA,
        *EC.values(),
        ED25519,
        {**RSA, "kid": "1", "alg": "PS512", "use": "sig"},
        {**EC["P-384"], "alg": "ES384"},
        {**ED25519, "alg": "EdDSA"},
    ],
)
def test_a_public_key(key: dict[str, Any]) -> None:
    assert READ.validate_python({"keys": [key]}) == {"keys": [key]}
    assert READ.validate_python(json.dumps({"keys": [key]})) == {"keys": [key]}
    assert not refused(json.dumps({"keys": [key]}))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ({**ED25519, "x": "AA"}, "key 0: x has 1 bytes, not 32"),
        ({**ED25519, "alg": "ES256"}, "key 0: alg is 'ES256', and such a key signs with EdDSA"),
        ({**ED25519, "crv": "X25519"}, "key 0: crv is 'X25519'; known are Ed25519"),
        ({**EC["P-256"], "y": EC["P-256"]["x"]}, "key 0: x and y are no point of P-256"),
        ({**EC["P-256"], "crv": "P-384"}, "key 0: x and y are no point of P-384"),
        ({**EC["P-521"], "alg": "ES256"}, "key 0: alg is 'ES256', and such a key signs with ES512"),
        ({**RSA, "n": "AA"}, "key 0: the key has 0 bits, and is at least 2048 long"),
        ({**RSA, "alg": "HS256"}, "key 0: alg is 'HS256', and such a key signs with RS256 or RS384 or RS512 or PS256"),
        ({**RSA, "e": ""}, "key 0: e is not base64url"),
        ({"kty": "RSA"}, "key 0: n is not base64url"),
        ({"kty": "DSA"}, "key 0: kty is 'DSA'; known are RSA, EC, OKP"),
    ],
)
def test_what_envoy_would_refuse(key: dict[str, Any], why: str) -> None:
    assert said({"keys": [key]}).startswith(why)
    assert refused(json.dumps({"keys": [key]}))


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ({**ED25519, "d": "AA"}, "key 0: d belongs to a private key"),
        ({"kty": "oct", "k": "AAAA"}, "key 0: a shared secret is no public key; write it as `secret`"),
        ({**RSA, "n": number(2**1023 + 1)}, "key 0: the key has 1024 bits"),
        ({**RSA, "n": number(2**2047)}, "key 0: n and e are no RSA key"),
        ({**ED25519, "x": ED25519["x"] + "="}, "key 0: x is not base64url"),
        ({**RSA, "e": "AQAA"}, "key 0: n and e are no RSA key"),
        ("ssh-rsa AAAA", "key 0: a key is a mapping"),
    ],
)
def test_what_nobody_should_use(key: object, why: str) -> None:
    assert said({"keys": [key]}).startswith(why)


@pytest.mark.parametrize("value", [{}, {"keys": []}, {"keys": {}}, [], 1, None, "{}"])
def test_what_is_no_set(value: object) -> None:
    assert said(value).startswith("a key set is {keys: [...]}")


def test_a_text_that_is_no_json() -> None:
    assert said("-----BEGIN PUBLIC KEY-----") == "a key set is JSON, or the same as YAML"


def test_a_shared_secret_becomes_a_set() -> None:
    text = symmetric(Secret("0123456789abcdef0123456789abcdef"))
    (key,) = json.loads(text)["keys"]
    assert base64.urlsafe_b64decode(key["k"] + "=") == b"0123456789abcdef0123456789abcdef"
    assert not refused(text)


def test_a_short_secret_can_be_guessed() -> None:
    assert long_enough(Secret("x" * 32)).reveal() == "x" * 32
    for text in ("", "x" * 31, "ä" * 15):
        with pytest.raises(ValueError, match="at least 32 bytes"):
            long_enough(Secret(text))
