import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from dialects.istio.scene import authorization, guarded, read, written
from harness import client
from harness.gateway import Gateway
from harness.ports import free_port

ISSUER = "https://id.test"


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Signer:
    """Somebody whose tokens are good."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def keys(self) -> str:
        point = self._key.public_key().public_numbers()
        x, y = (encoded(number.to_bytes(32)) for number in (point.x, point.y))
        return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]})

    def token(self, **claims: Any) -> str:
        head = encoded(json.dumps({"alg": "ES256", "typ": "JWT"}).encode())
        text = f"{head}.{encoded(json.dumps({'iss': ISSUER, **claims}).encode())}"
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


async def test_tokens_and_who_shows_them():
    signer, port = Signer(), free_port()
    text = f"""
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: edge}}
spec: {{selector: {{istio: edge}}, servers: [{{port: {{number: {port}, name: a, protocol: HTTP}}, hosts: ["*"]}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: web}}
spec: {{hosts: ["*"], gateways: [edge], http: [{{directResponse: {{status: 204}}}}]}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {{name: tokens, namespace: istio-system}}
spec: {{jwtRules: [{{issuer: "{ISSUER}", jwks: '{signer.keys}'}}]}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: who, namespace: istio-system}}
spec:
  rules:
  - to: [{{operation: {{paths: [/open]}}}}]
  - from: [{{source: {{requestPrincipals: ["{ISSUER}/ada"]}}}}]
  - when: [{{key: "request.auth.claims[groups]", values: ["ops-*"]}}]
"""
    ada, bob, eve = (signer.token(sub="ada"), signer.token(sub="bob", groups=["ops-eu"]), signer.token(sub="eve"))
    async with Gateway(text) as gateway:
        for path, token, status in (
            ("/open", None, 204),
            ("/open", Signer().token(sub="ada"), 401),
            ("/", None, 403),
            ("/", ada, 204),
            ("/", bob, 204),
            ("/", eve, 403),
        ):
            headers = {"host": "a.test", **({"authorization": f"Bearer {token}"} if token else {})}
            assert (await client.request(port, path, headers=headers)).status == status, (path, token)
        assert gateway.process.poll() is None


@pytest.mark.parametrize(
    ("policy", "codes"),
    [
        (authorization("action: AUDIT, rules: [{}]"), ["istio.left_out"]),
        (authorization("action: CUSTOM, provider: {name: opa}"), ["istio.provider"]),
        (authorization("rules: [{to: [{operation: {paths: [a]}}]}]"), ["istio.unsayable"]),
    ],
)
def test_what_is_not_done_is_told(policy, codes):
    assert guarded(policy).codes == codes


def test_a_claim_goes_to_one_header():
    claims = "[{claim: a, header: x-a}, {claim: a, header: x-b}]"
    rule = f"{{issuer: i, jwksUri: 'https://i/keys', outputClaimToHeaders: {claims}}}"
    policy = written("RequestAuthentication", f"jwtRules: [{rule}]", group="security")
    assert read(policy).codes == ["istio.left_out"]
