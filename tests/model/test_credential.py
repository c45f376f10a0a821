"""Keys that requests are signed with."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from crossway.model import Grant, OAuth2Client, SignatureAlgorithm, SignatureCredential


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


def client(**fields: object) -> OAuth2Client:
    return OAuth2Client.model_validate({"client_id": "app", **fields})


def wrong_client(**fields: object) -> str:
    with pytest.raises(ValidationError) as failed:
        client(**fields)
    return str(failed.value)


def test_what_a_client_can():
    machine, app = client(client_secret="secret"), client(redirect_uris=["https://a.test/"])
    assert machine.allowed == (Grant.CLIENT_CREDENTIALS,)
    assert app.allowed == (Grant.AUTHORIZATION_CODE, Grant.REFRESH_TOKEN)
    assert client(client_secret="secret", redirect_uris=["https://a.test/"]).allowed == tuple(Grant)
    assert client(redirect_uris=["https://a.test/"], grants=["authorization_code"]).allowed == (
        Grant.AUTHORIZATION_CODE,
    )
    assert "a client_secret, or redirect_uris" in wrong_client()
    assert "needs a client_secret" in wrong_client(redirect_uris=["https://a.test/"], grants=["client_credentials"])
    assert "needs redirect_uris" in wrong_client(client_secret="secret", grants=["refresh_token"])


@pytest.mark.parametrize("uri", ["https://a.test/b?c=d", "http://127.0.0.1/", "http://[::1]:80/", "com.example.app:/x"])
def test_where_users_may_be_sent(uri):
    assert client(redirect_uris=[uri]).redirect_uris == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "http://a.test/",
            "https://a.test/#",
            "/back",
            "https:///x",
            "javascript:alert(1)",
            "data:,x",
            "https://[",
            "",
        ),
        *("https://[", "https://a.test/ x", "https://a.test/\n", "JAVASCRIPT:alert(1)"),
    ],
)
def test_where_nobody_is_sent(uri):
    assert "redirect" in wrong_client(redirect_uris=[uri])
