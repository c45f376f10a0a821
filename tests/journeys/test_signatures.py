"""Requests that are signed (RFC 9421): a client of its own making, a real proxy, and the control plane behind it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.ports import free_port
from harness.signer import Signer
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

SECRET = "0123456789abcdef-0123456789abcdef"
CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
consumers:
  alice:
    groups: [gold]
    credentials:
      hmac_signature:
        - {key_id: shared, secret: $secret, id: first}
        - {key_id: ed25519, public_key: $ed25519}
        - {key_id: p256, public_key: $p256}
        - {key_id: rsa, public_key: $rsa}
        - {key_id: old, secret: $secret, expires: 2020-01-01T00:00:00Z}
  bob: {credentials: {api_key: [k-bob]}}
routes:
  signed: {matches: [{path: /signed/*}], to: echo, policies: {hmac_signature: {max_body: 1KiB}}}
  once: {matches: [{path: /once}], to: echo, policies: {hmac_signature: {nonce: true}}}
  either:
    matches: [{path: /either}]
    to: echo
    policies: {hmac_signature: {}, api_key: {}, authentication: any}
  both: {matches: [{path: /both}], to: echo, policies: {hmac_signature: {}, api_key: {}}}
  optional: {matches: [{path: /optional}], to: echo, policies: {hmac_signature: {}, authentication: optional}}
  plain: {matches: [{path: /plain}], to: echo}
"""
SHARED = Signer.with_secret("shared", SECRET)
SIGNERS = {
    "shared": SHARED,
    "ed25519": Signer.with_key("ed25519", ed25519.Ed25519PrivateKey.generate()),
    "p256": Signer.with_key("p256", ec.generate_private_key(ec.SECP256R1())),
    "rsa": Signer.with_key("rsa", rsa.generate_private_key(65537, 2048)),
}


@pytest.fixture(scope="module")
def values() -> dict[str, object]:
    """The keys, as they stand in the configuration."""
    return {name: json.dumps(signer.pem) for name, signer in SIGNERS.items() if signer.pem} | {"secret": SECRET}


@pytest.fixture(scope="module")
def gateway(background: Background, values) -> Iterator[Gateway]:
    """One for all tests that leave it as it was."""
    with background.entered(Echo()) as echo, background.entered(Gateway(CONFIG, echo=echo.port, **values)) as running:
        yield running


def status(answer: Answer) -> int:
    """Return the status, of an error only if its body says the same and under which request."""
    if answer.status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json["status"], answer.json["request_id"]) == (answer.status, answer.headers["x-request-id"])
    return answer.status


async def test_every_kind_of_key(gateway: Gateway) -> None:
    for name, signer in SIGNERS.items():
        answer = await gateway.get("/signed/a?b=c", headers=signer.headers("/signed/a?b=c"))
        assert status(answer) == 200, (name, answer.text)
        seen = answer.json["headers"]
        assert (seen["x-consumer-username"], seen["x-consumer-groups"]) == ("alice", "gold")
        assert "x-crossway-signed" not in seen


async def test_what_is_not_as_it_was_signed(gateway: Gateway) -> None:
    async def answered(path: str = "/signed/a", **request: object) -> int:
        return status(await gateway.get(path, **request))

    headers = SHARED.headers("/signed/a", others={"x-team": "shop"})
    assert await answered(headers=headers) == 200
    assert await answered("/signed/b", headers=headers) == 401
    assert await answered("/signed/a?x=1", headers=headers) == 401
    assert await answered(headers=headers, method="DELETE") == 401
    assert await answered(headers=headers, host="other") == 401
    assert await answered(headers=headers | {"x-team": "bank"}) == 401
    assert await answered(headers=headers | {"x-untold": "1"}) == 200
    assert await answered(headers=SHARED.headers("/signed/a", age=400)) == 401
    assert await answered(headers=SHARED.headers("/signed/a", age=-60)) == 401
    assert await answered(headers=Signer.with_secret("shared", "x" * 32).headers("/signed/a")) == 401
    assert await answered(headers=Signer.with_secret("nobody", SECRET).headers("/signed/a")) == 401
    assert await answered(headers=Signer.with_secret("old", SECRET).headers("/signed/a")) == 401
    assert await answered(headers={"x-crossway-signed": "alice;;;;1;"}) == 401
    assert await answered() == 401


async def test_bodies(gateway: Gateway) -> None:
    async def answered(body: str, signed: str) -> int:
        headers = SHARED.headers("/signed/a", method="POST", body=signed)
        return status(await gateway.get("/signed/a", method="POST", headers=headers, body=body))

    assert await answered("hello", "hello") == 200
    assert await answered("hello", "HELLO") == 401
    assert await answered("hello", "") == 401
    assert await answered("", "hello") == 401
    assert await answered("x" * 1024, "x" * 1024) == 200
    assert await answered("x" * 1025, "x" * 1025) == 413


async def test_a_refusal_says_why_and_what_is_asked_for(gateway: Gateway) -> None:
    answer = await gateway.get("/signed/a")
    assert answer.json["detail"] == "the request is not signed"
    assert answer.headers["accept-signature"] == 'sig=("@method" "@target-uri" "content-digest");created;keyid'
    assert answer.headers["www-authenticate"] == "Signature"


async def test_a_request_cannot_be_sent_again(gateway: Gateway) -> None:
    headers = SHARED.headers("/once", parameters=';nonce="n-1"')
    assert status(await gateway.get("/once", headers=headers)) == 200
    assert status(await gateway.get("/once", headers=headers)) == 401
    assert status(await gateway.get("/once", headers=SHARED.headers("/once"))) == 401


async def test_with_other_methods(gateway: Gateway) -> None:
    async def answered(path: str, *, signer: Signer | None = None, key: str = "") -> int:
        headers = signer.headers(path) if signer else {}
        return status(await gateway.get(path, headers=headers | ({"x-api-key": key} if key else {})))

    wrong = Signer.with_secret("shared", "x" * 32)
    assert await answered("/either", signer=SHARED) == 200
    assert await answered("/either", key="k-bob") == 200
    assert await answered("/either") == 401
    assert await answered("/either", signer=wrong, key="k-bob") == 401
    assert await answered("/both", signer=SHARED) == 401
    assert await answered("/both", signer=SHARED, key="k-bob") == 401
    assert await answered("/optional") == 200
    assert await answered("/optional", signer=SHARED) == 200
    assert await answered("/optional", signer=wrong) == 401


async def test_a_key_is_gone_at_once(values) -> None:
    async with Echo() as echo, Gateway(CONFIG, echo=echo.port, **values) as gateway:
        assert status(await gateway.get("/signed/a", headers=SHARED.headers("/signed/a"))) == 200
        await gateway.edit(
            CONFIG.replace("{key_id: shared, secret: $secret, id: first}", "{key_id: other, secret: $secret}")
        )
        assert status(await gateway.get("/signed/a", headers=SHARED.headers("/signed/a"))) == 401


async def test_no_secret_is_told(gateway: Gateway) -> None:
    await gateway.get("/signed/a", headers=SHARED.headers("/signed/a"))
    shown = [(await gateway.api(path)).text for path in ("/v1/xds", "/v1/resources", "/v1/findings")]
    told = [*shown, gateway.log, json.dumps(gateway.access_log), await gateway.metrics()]
    assert not any(SECRET in text for text in told)


async def test_on_another_machine_and_while_the_control_plane_is_away(values, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    words = "--role", "control", "--listen", address
    async with (
        Echo() as echo,
        Gateway(CONFIG, *words, address=address, echo=echo.port, **values) as control,
        control.joined_by(control.issue(tmp_path / "credentials")) as proxy,
    ):
        try:
            await until(lambda: control.is_live(1))
        except TimeoutError:
            print(await control.state(), control.log, proxy.log)
            raise
        assert status(await proxy.get("/signed/a", headers=SHARED.headers("/signed/a"))) == 200
        assert status(await proxy.get("/signed/a")) == 401
        control.kill()
        assert status(await proxy.get("/signed/a", headers=SHARED.headers("/signed/a"))) == 503
        assert status(await proxy.get("/plain")) == 200
