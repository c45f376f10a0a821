"""Who a client is: keys, tokens and certificates at a real gateway, and what becomes of it when they change."""

import json
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from harness.certificates import Authority, Pair
from harness.client import Answer, connected
from harness.gateway import Gateway
from harness.issuer import Issuer
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners:
      http: $http
      https: {port: $https, tls: {certificates: [own], client: {ca: clients, required: false}}}
certificates:
  own: {certificate: $folder/own.pem, key: $folder/own.key}
  clients: {ca: $folder/clients.pem, crl: $folder/revoked.pem}
services: {echo: "http://127.0.0.1:$echo"}
consumers:
  alice:
    groups: [gold]
    credentials:
      api_key: [k-alice]
      jwt: [{subject: alice@test}]
      mtls: [{san: alice.test}]
  bob: {credentials: {mtls: [{fingerprint: "$fingerprint"}]}}
routes:
  key: {matches: [{path: /key}], to: echo, policies: {api_key: {}}}
  remote:
    matches: [{path: /remote}]
    to: echo
    policies:
      jwt:
        issuer: https://id.test
        audiences: [shop]
        jwks: {uri: "http://127.0.0.1:$issuer/keys.json", refresh: 1s}
        claims_to_headers: {sub: x-user}
        clock_skew: 1s
  consumer:
    matches: [{path: /consumer}]
    to: echo
    policies: {jwt: {consumer_claim: email, hide_credentials: true, jwks: {inline: $jwks}}}
  claims:
    matches: [{path: /claims}]
    to: echo
    policies: {jwt: {jwks: {inline: $jwks}, required_claims: {verified: true, roles: [admin, editor]}}}
  perhaps:
    matches: [{path: /perhaps}]
    to: echo
    policies:
      jwt: {jwks: {inline: $jwks}, required_claims: {verified: true}, require_expiration: false}
      authentication: optional
  away:
    matches: [{path: /away}]
    to: echo
    policies: {jwt: {jwks: {uri: "http://127.0.0.1:$away/keys.json", timeout: 1s}}}
  shared:
    matches: [{path: /shared}]
    to: echo
    policies: {jwt: {jwks: {secret: 0123456789abcdef0123456789abcdef}}}
  partners: {listeners: [https], matches: [{path: /partners}], to: echo, policies: {mtls: {}}}
  token_or_key:
    matches: [{path: /token-or-key}]
    to: echo
    policies: {jwt: {jwks: {inline: $jwks}}, api_key: {}, authentication: any}
namespaces:
  blue:
    consumers: {alice: {credentials: {api_key: [k-blue]}}}
    routes: {key: {gateways: [default/edge], matches: [{path: /blue}], to: default/echo, policies: {api_key: {}}}}
"""


@dataclass(frozen=True)
class Door:
    """A gateway with an issuer of tokens, and the TLS of its clients by their names."""

    gateway: Gateway
    issuer: Issuer
    tls: dict[str, ssl.SSLContext]
    folder: Path
    clients: Authority
    bob: Pair

    async def shown(self, client: str) -> Answer:
        """Return the answer to a request over TLS by *client*."""
        async with connected(self.gateway.port("https"), tls=self.tls[client], server_name="edge.test") as connection:
            return await connection.request("/partners", host="edge.test")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    authority, clients = Authority(), Authority("Clients")
    authority.issue("edge.test").save(tmp_path, "own")
    (tmp_path / "clients.pem").write_text(clients.pem)
    (tmp_path / "revoked.pem").write_text(clients.revoked())
    bob = clients.issue("bob.test")
    tls = {name: authority.client(clients.issue(f"{name}.test")) for name in ("alice", "stranger")}
    tls |= {"bob": authority.client(bob), "nobody": authority.client()}
    async with Issuer() as issuer, Echo() as echo:
        values = {"echo": echo.port, "issuer": issuer.port, "jwks": json.dumps(issuer.jwks), "folder": tmp_path}
        async with Gateway(CONFIG, fingerprint=bob.fingerprint, **values) as gateway:
            yield Door(gateway, issuer, tls, tmp_path, clients, bob)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def status(answer: Answer) -> int:
    """Return the status, of an error only if its body says the same and under which request."""
    if answer.status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.json["status"], answer.json["request_id"]) == (answer.status, answer.headers["x-request-id"])
    return answer.status


async def test_a_key_is_there_and_gone_on_an_open_connection(door: Door) -> None:
    async with connected(door.gateway.port("http")) as connection:

        async def answered(key: str) -> int:
            return status(await connection.request("/key", headers={"x-api-key": key}))

        assert [await answered(key) for key in ("k-alice", "k-new", "k-blue", "")] == [200, 401, 401, 401]
        await door.gateway.edit(CONFIG.replace("[k-alice]", "[k-new]"))
        assert [await answered(key) for key in ("k-alice", "k-new")] == [401, 200]
        await door.gateway.edit(CONFIG.replace("api_key: [k-alice]", "api_key: []"))
        assert await answered("k-new") == 401


async def test_each_namespace_knows_its_own_consumers(door: Door) -> None:
    async def answered(path: str, key: str) -> int:
        return status(await door.gateway.get(path, headers={"x-api-key": key}))

    assert [await answered("/blue", key) for key in ("k-blue", "k-alice")] == [200, 401]
    assert [await answered("/key", key) for key in ("k-blue", "k-alice")] == [401, 200]


async def test_a_connection_from_before_the_filters_of_a_namespace_leads_past_none() -> None:
    config = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
namespaces:
  blue:
    consumers: {alice: {credentials: {api_key: [k-blue]}}}
    routes: {blue: {gateways: [default/edge], to: default/echo}}
"""
    async with Echo() as echo, Gateway(config, echo=echo.port, drain=600) as gateway:
        async with connected(gateway.port("http")) as before:
            assert (await before.request("/")).status == 200
            await gateway.edit(config.replace("default/echo}", "default/echo, policies: {api_key: {}}}"))
            assert status(await before.request("/", headers={"x-api-key": "k-blue"})) == 503
        assert status(await gateway.get("/")) == 401
        assert status(await gateway.get("/", headers={"x-api-key": "k-blue"})) == 200


async def test_tokens_of_an_issuer_whose_keys_are_fetched(door: Door) -> None:
    issuer = door.issuer

    async def answered(token: str) -> Answer:
        return await door.gateway.get("/remote", headers=bearer(token) | {"x-user": "forged"})

    async def is_known() -> bool:
        return (await answered(issuer.token(aud="shop", sub="ada"))).status == 200

    await until(is_known)
    for algorithm in ("RS256", "ES256", "EdDSA"):
        answer = await answered(issuer.token(algorithm, aud=["shop", "other"], sub="ada"))
        assert (answer.status, answer.json["headers"]["x-user"]) == (200, "ada")
    assert "x-user" not in (await answered(issuer.token(aud="shop"))).json["headers"]
    wrong = {
        "another audience": issuer.token(aud="bank"),
        "no audience": issuer.token(),
        "another issuer": issuer.token(aud="shop", iss="https://other.test"),
        "expired": issuer.token(aud="shop", lifetime=-5),
        "never expires": issuer.token(aud="shop", exp=None),
        "not yet": issuer.token(aud="shop", nbf=int(time.time()) + 100),
        "changed": issuer.token(aud="shop")[:-4] + "AAAA",
        "another key": Issuer().token(aud="shop"),
    }
    for reason, token in wrong.items():
        assert status(await answered(token)) in {401, 403}, reason
    assert status(await door.gateway.get("/remote")) == 401


async def test_keys_that_change_are_fetched_again(door: Door) -> None:
    async def is_known() -> bool:
        token = door.issuer.token(aud="shop")
        return (await door.gateway.get("/remote", headers=bearer(token))).status == 200

    await until(is_known)
    old = door.issuer.token(aud="shop", sub="unseen")
    door.issuer.rotate()
    await until(is_known)
    assert status(await door.gateway.get("/remote", headers=bearer(old))) == 401


async def test_an_issuer_that_is_away_closes_its_routes_and_no_others(door: Door) -> None:
    assert status(await door.gateway.get("/away", headers=bearer(door.issuer.token()))) in {401, 503}
    assert status(await door.gateway.get("/key", headers={"x-api-key": "k-alice"})) == 200


async def test_the_consumer_of_a_token(door: Door) -> None:
    token = door.issuer.token(email="alice@test", sub="1")
    seen = (await door.gateway.get("/consumer", headers=bearer(token))).json["headers"]
    assert (seen["x-consumer-username"], seen["x-consumer-groups"]) == ("alice", "gold")
    assert "authorization" not in seen
    stranger = door.issuer.token(email="mallory@test", sub="alice@test")
    assert status(await door.gateway.get("/consumer", headers=bearer(stranger))) == 401


async def test_what_a_token_must_say(door: Door) -> None:
    async def answered(**claims: object) -> int:
        return status(await door.gateway.get("/claims", headers=bearer(door.issuer.token(**claims))))

    assert await answered(verified=True, roles=["reader", "editor"]) == 200
    assert await answered(verified=True, roles="admin") == 200
    assert await answered(verified="true", roles="admin") == 403
    assert await answered(verified=True, roles=["reader"]) == 403
    assert await answered(roles=["admin"]) == 403


async def test_who_may_come_without_a_token_shows_none_that_says_too_little(door: Door) -> None:
    async def answered(**claims: object) -> int:
        return status(await door.gateway.get("/perhaps", headers=bearer(door.issuer.token(**claims))))

    assert status(await door.gateway.get("/perhaps")) == 200
    assert await answered(verified=True, exp=None) == 200
    assert await answered(exp=None) == 403
    assert await answered() == 403


async def test_a_token_or_a_key(door: Door) -> None:
    async def answered(**headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return status(await door.gateway.get("/token-or-key", headers=sent))

    right = f"Bearer {door.issuer.token()}"
    assert await answered(authorization=right) == 200
    assert await answered(x_api_key="k-alice") == 200
    assert await answered() == 401
    assert await answered(authorization=f"Bearer {Issuer().token()}", x_api_key="k-alice") == 401
    assert await answered(authorization=right, x_api_key="wrong") == 401


async def test_a_secret_that_both_sides_know(door: Door) -> None:
    key = OctKey.import_key("0123456789abcdef0123456789abcdef")
    claims = {"exp": int(time.time()) + 60}
    right = jwt.encode({"alg": "HS256"}, claims, key)
    wrong = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("x" * 32))
    assert status(await door.gateway.get("/shared", headers=bearer(right))) == 200
    assert status(await door.gateway.get("/shared", headers=bearer(wrong))) == 401


async def test_consumers_by_their_certificates(door: Door) -> None:
    for name in ("alice", "bob"):
        answer = await door.shown(name)
        assert (answer.status, answer.json["headers"]["x-consumer-username"]) == (200, name)
    assert status(await door.shown("stranger")) == 401
    assert status(await door.shown("nobody")) == 401


async def test_a_certificate_that_is_revoked(door: Door) -> None:
    assert (await door.shown("bob")).status == 200
    (door.folder / "revoked.pem").write_text(door.clients.revoked(door.bob))

    async def is_refused() -> bool:
        try:
            return (await door.shown("bob")).status != 200
        except (ssl.SSLError, OSError):
            return True

    await until(is_refused)
    assert (await door.shown("alice")).status == 200


async def test_no_credential_is_told(door: Door) -> None:
    token = door.issuer.token()
    await door.gateway.get("/key", headers={"x-api-key": "k-alice"})
    await door.gateway.get("/shared", headers=bearer(token))
    shown = [(await door.gateway.api(path)).text for path in ("/v1/xds", "/v1/resources", "/v1/findings")]
    told = [*shown, door.gateway.log, json.dumps(door.gateway.access_log), await door.gateway.metrics()]
    for secret in ("k-alice", "k-blue", token, "0123456789abcdef0123456789abcdef", "MDEyMzQ1Njc4OWFiY2RlZj"):
        assert not any(secret in text for text in told), secret
