import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dialects.kong.reading import HEAD, Reading, read

SECRET = "a-secret-that-is-long-enough-to-be-one"


def of_keys(keys: str, config: str = "{}") -> Reading:
    return read(
        f"{HEAD}routes: [{{name: web, paths: [/web], plugins: [{{name: jwt, config: {config}}}]}}]\n"
        f"consumers: [{{username: alice, jwt_secrets: [{keys}]}}]\n"
    )


def test_a_token_is_of_the_consumer_that_has_its_secret():
    found = of_keys(f"{{key: of-alice, secret: {SECRET}}}", "{claims_to_verify: [exp], maximum_expiration: 60}")
    assert found.said == []
    assert found.policies() == {
        "jwt": {
            "issuers": [{"issuer": "of-alice", "jwks": {"secret": SECRET}}],
            "consumer_claim": "iss",
            "query": "jwt",
            "header": "authorization",
            "max_lifetime": "60s",
        }
    }


@pytest.mark.parametrize(
    ("key", "algorithm", "kind"),
    [
        (rsa.generate_private_key(65537, 2048), "RS256", "RSA"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256", "EC"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA", "OKP"),
    ],
)
def test_public_keys_are_written_as_keys_of_the_web(key, algorithm: str, kind: str):
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().replace("\n", "\\n")
    found = of_keys(f'{{key: k, algorithm: {algorithm}, rsa_public_key: "{pem}"}}')
    (issuer,) = found.policies()["jwt"]["issuers"]
    (made,) = issuer["jwks"]["inline"]["keys"]
    assert (made["kty"], made["alg"]) == (kind, algorithm)
    assert found.policies()["jwt"]["require_expiration"] is False
    assert found.said == []


@pytest.mark.parametrize("keys", ["", "{key: k, algorithm: RS256, rsa_public_key: x}"])
def test_without_a_key_no_token_is_good(keys: str):
    assert of_keys(keys).is_closed()


@pytest.mark.parametrize("config", ["{key_claim_name: kid}", "{secret_is_base64: true}"])
def test_what_cannot_be_verified_closes(config: str):
    assert of_keys(f"{{key: k, secret: {SECRET}}}", config).is_closed()


def test_a_token_is_looked_for_under_one_name():
    found = of_keys(
        f"{{key: k, secret: {SECRET}}}", "{uri_param_names: [a, b], header_names: [X-Jwt], cookie_names: [c]}"
    )
    assert found.policies()["jwt"] | {"query": "a", "header": "x-jwt", "cookie": "c"} == found.policies()["jwt"]
    assert [code for code, _ in found.said] == ["dialect.stricter"]
