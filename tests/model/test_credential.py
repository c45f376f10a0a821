"""Keys that requests are signed with."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from crossway.model import SignatureAlgorithm, SignatureCredential


def pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signing(**fields: object) -> SignatureCredential:
    return SignatureCredential.model_validate({"key_id": "k", **fields})


def wrong(**fields: object) -> str:
    with pytest.raises(ValidationError) as failed:
        signing(**fields)
    return str(failed.value)


def test_how_a_key_signs():
    assert signing(secret="s" * 32).signs_with is SignatureAlgorithm.HMAC_SHA256
    of = {
        SignatureAlgorithm.ED25519: ed25519.Ed25519PrivateKey.generate(),
        SignatureAlgorithm.ECDSA_P256_SHA256: ec.generate_private_key(ec.SECP256R1()),
        SignatureAlgorithm.ECDSA_P384_SHA384: ec.generate_private_key(ec.SECP384R1()),
        SignatureAlgorithm.RSA_PSS_SHA512: rsa.generate_private_key(65537, 2048),
    }
    for algorithm, key in of.items():
        assert signing(public_key=pem(key)).signs_with is algorithm
    key = pem(of[SignatureAlgorithm.RSA_PSS_SHA512])
    assert signing(public_key=key, algorithm="rsa-v1_5-sha256").signs_with is SignatureAlgorithm.RSA_V1_5_SHA256
    assert "cannot be used with ed25519" in wrong(public_key=key, algorithm="ed25519")
    assert "cannot be used with ed25519" in wrong(secret="s" * 32, algorithm="ed25519")


def test_keys_that_cannot_be_used():
    assert "one of secret and public_key" in wrong()
    assert "one of secret and public_key" in wrong(secret="s" * 32, public_key="x")
    assert "at least 32 bytes" in wrong(secret="s" * 31)
    assert "no public key in PEM" in wrong(public_key="x")
    assert "none of Ed25519" in wrong(public_key=pem(ed448.Ed448PrivateKey.generate()))
    assert "none of Ed25519" in wrong(public_key=pem(ec.generate_private_key(ec.SECP521R1())))
    assert "none of Ed25519" in wrong(public_key=pem(rsa.generate_private_key(65537, 1024)))
    assert "key_id" in wrong(key_id='"', secret="s" * 32)


def test_a_secret_that_is_no_text():
    assert signing(secret="base64:" + "//8=" * 0 + "/" * 44).key == b"\xff" * 33
    assert "no base64" in wrong(secret="base64:!")
    assert "at least 32 bytes" in wrong(secret="base64:////")


def test_no_secret_is_shown():
    assert "s" * 32 not in repr(signing(secret="s" * 32))
    assert "s" * 31 not in wrong(secret="s" * 31).replace("[redacted]", "")
