"""Tokens of Crossway's own server: clients and users get them, real proxies verify them, and stolen ones end."""

import base64
import hashlib
import html
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.ports import free_port
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services:
  echo: "http://127.0.0.1:$echo"
  self: {endpoints: ["127.0.0.1:$http"]}
consumers:
  svc:
    groups: [machines]
    credentials: {oauth2: [{client_id: svc, client_secret: svc-secret, scopes: [orders.read, orders.write]}]}
  shop:
    credentials:
      oauth2:
        - {client_id: app, redirect_uris: ["https://app.test/back?x=1"], scopes: [orders.read]}
        - {client_id: cli, redirect_uris: ["http://127.0.0.1/back"], scopes: [orders.read]}
        - {client_id: web, client_secret: web-secret, redirect_uris: ["https://web.test/"], scopes: [orders.read]}
  alice: {groups: [gold], credentials: {basic_auth: [{username: ada, password: pass-of-alice}]}}
  eve: {credentials: {basic_auth: [{username: eve, password: pass-of-eve}]}}
routes:
  login:
    matches: [{path: /oauth2/*}, {path: /.well-known/oauth-authorization-server/oauth2}]
    respond: {status: 404}
    policies:
      oauth2_server:
        issuer: http://test/oauth2
        scopes: {orders.read: Read <your> orders, orders.write: Change your orders}
  read: {matches: [{path: /read}], to: echo, policies: {oauth2: {issuer: http://test/oauth2, scopes: [orders.read]}}}
  write:
    matches: [{path: /write}]
    to: echo
    policies: {oauth2: {issuer: http://test/oauth2, scopes: [orders.write], hide_credentials: true}}
  optional: {matches: [{path: /optional}], to: echo, policies: {oauth2: http://test/oauth2, authentication: optional}}
  other: {matches: [{path: /other}], to: echo, policies: {oauth2: http://test/other}}
  by_jwt:
    matches: [{path: /jwt}]
    to: echo
    policies:
      jwt: {issuer: http://test/oauth2, jwks: {uri: "http://test/oauth2/jwks", service: self, refresh: 1s}}
namespaces:
  blue:
    routes:
      read: {gateways: [default/edge], matches: [{path: /blue}], to: default/echo, policies: {oauth2: http://test/oauth2}}
"""
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def gateway(background: Background) -> Iterator[Gateway]:
    """One for all tests that leave it as it was."""
    with background.entered(Echo()) as echo, background.entered(Gateway(CONFIG, echo=echo.port)) as running:
        yield running


@pytest.fixture
async def own() -> AsyncIterator[Gateway]:
    """One for a test that changes it."""
    async with Echo() as echo, Gateway(CONFIG, echo=echo.port) as running:
        yield running


async def post(gateway: Gateway, path: str, secret: str = "", **fields: str) -> Answer:
    """Send a form, as the client whose name and secret are *secret*."""
    headers = {"content-type": FORM}
    if secret:
        headers["authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    return await gateway.get(path, method="POST", headers=headers, body=urlencode(fields))


async def machine_token(gateway: Gateway, **fields: str) -> str:
    answer = await post(gateway, "/oauth2/token", "svc:svc-secret", grant_type="client_credentials", **fields)
    assert answer.status == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json["access_token"]


async def shown(gateway: Gateway, path: str, token: str) -> Answer:
    return await gateway.get(path, headers={"authorization": f"Bearer {token}"} if token else {})


@dataclass
class Browser:
    """A user in front of the page."""

    gateway: Gateway
    path: str
    cookie: str = ""
    token: str = ""
    page: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def open(self) -> Answer:
        answer = await self.gateway.get(self.path)
        self.page, self.headers = answer.text, answer.headers
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
            self.token = html.unescape(re.search(r'name="csrf" value="([^"]*)"', answer.text)[1])
        return answer

    async def submit(self, **fields: str) -> Answer:
        form = {"csrf": self.token, "decision": "allow", "username": "ada", "password": "pass-of-alice"} | fields
        headers = {"content-type": FORM, "cookie": f"a=b; {self.cookie}"}
        return await self.gateway.get(self.path, method="POST", headers=headers, body=urlencode(form))


def asking(client: str = "app", redirect_uri: str = "https://app.test/back?x=1", **others: str) -> str:
    query = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": redirect_uri,
        "state": "s&1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | others
    return f"/oauth2/authorize?{urlencode({name: value for name, value in query.items() if value})}"


async def code_for(gateway: Gateway, **asked: str) -> str:
    browser = Browser(gateway, asking(**asked))
    await browser.open()
    answer = await browser.submit()
    assert answer.status == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def redeemed(gateway: Gateway, code: str, verifier: str = VERIFIER, **fields: str) -> Answer:
    wanted = {"client_id": "app"} | fields
    return await post(
        gateway, "/oauth2/token", grant_type="authorization_code", code=code, code_verifier=verifier, **wanted
    )


async def refreshed(gateway: Gateway, token: str, **fields: str) -> Answer:
    wanted = {"client_id": "app"} | fields
    return await post(gateway, "/oauth2/token", grant_type="refresh_token", refresh_token=token, **wanted)


async def test_a_machine_gets_a_token_and_uses_it(gateway: Gateway) -> None:
    assert (await shown(gateway, "/read", "")).status == 401
    token = await machine_token(gateway)
    await until(lambda: is_let_in(gateway, token))
    seen = (await shown(gateway, "/read", token)).json["headers"]
    assert (seen["x-consumer-username"], seen["x-consumer-groups"]) == ("svc", "machines")
    assert "authorization" not in (await shown(gateway, "/write", token)).json["headers"]
    narrow = await machine_token(gateway, scope="orders.read")
    assert (await shown(gateway, "/read", narrow)).status == 200
    refused = await shown(gateway, "/write", narrow)
    assert (refused.status, refused.json["status"]) == (403, 403)
    assert (await shown(gateway, "/other", token)).status == 401
    assert (await shown(gateway, "/blue", token)).status == 403
    changed = f"{token[:-4]}AAAA"
    assert (await shown(gateway, "/read", changed)).status == 401
    assert [(await shown(gateway, "/optional", one)).status for one in ("", token, changed)] == [200, 200, 401]


async def is_let_in(gateway: Gateway, token: str, path: str = "/read") -> bool:
    return (await shown(gateway, path, token)).status == 200


async def test_others_verify_a_token_by_the_published_keys(gateway: Gateway) -> None:
    token = await machine_token(gateway)
    await until(lambda: is_let_in(gateway, token, "/jwt"))
    told = (await gateway.get("/.well-known/oauth-authorization-server/oauth2")).json
    assert told["issuer"] == "http://test/oauth2"
    keys = (await gateway.get(urlsplit(told["jwks_uri"]).path)).json["keys"]
    assert [set(key) & {"d", "p", "q"} for key in keys] == [set()]


async def test_errors_of_the_token_endpoint(gateway: Gateway) -> None:
    async def error(secret: str = "svc:svc-secret", **fields: str) -> tuple[int, str]:
        answer = await post(gateway, "/oauth2/token", secret, **fields)
        return answer.status, answer.json["error"]

    assert await error("svc:wrong", grant_type="client_credentials") == (401, "invalid_client")
    assert await error("nobody:x", grant_type="client_credentials") == (401, "invalid_client")
    assert await error("", client_id="svc", grant_type="client_credentials") == (401, "invalid_client")
    assert await error(grant_type="client_credentials", scope="admin") == (400, "invalid_scope")
    assert await error(grant_type="password") == (400, "unsupported_grant_type")
    assert await error() == (400, "invalid_request")
    assert await error(grant_type="authorization_code", code="x") == (400, "unauthorized_client")
    assert await error("", client_id="app", grant_type="client_credentials") == (400, "unauthorized_client")
    twice = await gateway.get(
        "/oauth2/token", method="POST", headers={"content-type": FORM}, body="client_id=a&client_id=b"
    )
    assert (twice.status, twice.json["error"]) == (400, "invalid_request")
    assert (await gateway.get("/oauth2/token")).status == 405
    assert (await gateway.get("/oauth2/nothing")).status == 404
    long = await gateway.get("/oauth2/token", method="POST", headers={"content-type": FORM}, body="a" * 20_000)
    assert long.status == 413


async def test_a_user_logs_in_for_an_app(gateway: Gateway) -> None:
    browser = Browser(gateway, asking(scope="orders.read"))
    assert (await browser.open()).status == 200
    assert "Read &lt;your&gt; orders" in browser.page
    assert "script" not in browser.page
    assert "frame-ancestors 'none'" in browser.headers["content-security-policy"]
    assert {"HttpOnly", "SameSite=Strict"} <= set(browser.headers["set-cookie"].split("; "))
    answer = await browser.submit()
    location = answer.headers["location"]
    assert (answer.status, location.startswith("https://app.test/back?x=1&code=")) == (303, True)
    back = dict(parse_qsl(urlsplit(location).query))
    assert (back["state"], back["iss"]) == ("s&1", "http://test/oauth2")
    tokens = (await redeemed(gateway, back["code"])).json
    await until(lambda: is_let_in(gateway, tokens["access_token"]))
    seen = (await shown(gateway, "/read", tokens["access_token"])).json["headers"]
    assert (seen["x-consumer-username"], seen["x-consumer-groups"]) == ("alice", "gold")
    assert tokens["scope"] == "orders.read"


async def test_what_the_page_refuses(gateway: Gateway) -> None:
    browser = Browser(gateway, asking())
    await browser.open()
    assert (await browser.submit(password="wrong")).status == 403
    assert (await browser.submit(username="nobody", password="")).status == 403
    assert (await browser.submit(csrf="forged")).status == 403
    browser.cookie = "crossway-login=forged"
    assert (await browser.submit()).status == 403
    browser.cookie = f"crossway-login={browser.token}"
    denied = await browser.submit(decision="deny")
    assert parse_qs(urlsplit(denied.headers["location"]).query)["error"] == ["access_denied"]
    for _ in range(10):
        await browser.submit(username="eve", password="wrong")
    late = await browser.submit(username="eve", password="pass-of-eve")
    assert (late.status, late.headers["retry-after"]) == (429, "300")


@pytest.mark.parametrize(
    "asked",
    [
        {"client": "nobody"},
        {"client": "svc"},
        {"redirect_uri": "https://evil.test/"},
        {"redirect_uri": "https://app.test/back"},
        {"redirect_uri": ""},
        {"redirect_uri": "https://app.test/back?x=1#"},
    ],
)
async def test_nobody_is_sent_to_where_a_client_does_not_belong(gateway: Gateway, asked: dict[str, str]) -> None:
    answer = await gateway.get(asking(**asked))
    assert (answer.status, "location" in answer.headers) == (400, False)


async def test_errors_that_a_client_is_told(gateway: Gateway) -> None:
    async def error(**asked: str) -> str:
        answer = await gateway.get(asking(**asked))
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (answer.status, back["state"]) == (303, ["s&1"])
        return back["error"][0]

    assert await error(response_type="token") == "unsupported_response_type"
    assert await error(code_challenge="") == "invalid_request"
    assert await error(code_challenge_method="plain") == "invalid_request"
    assert await error(scope="orders.write") == "invalid_scope"


async def test_a_program_on_the_users_machine_has_any_port(gateway: Gateway) -> None:
    assert await code_for(gateway, client="cli", redirect_uri="http://127.0.0.1:49152/back")
    assert (await gateway.get(asking(client="cli", redirect_uri="http://127.0.0.1:49152/other"))).status == 400


async def test_a_code_is_for_one_client_and_one_use(gateway: Gateway) -> None:
    code = await code_for(gateway)
    assert (await redeemed(gateway, code, verifier="w" * 43)).json["error"] == "invalid_grant"
    assert (await redeemed(gateway, code)).json["error"] == "invalid_grant"
    stolen = await code_for(gateway)
    assert (await redeemed(gateway, stolen, client_id="cli")).json["error"] == "invalid_grant"
    assert (await redeemed(gateway, stolen)).json["error"] == "invalid_grant"
    code = await code_for(gateway)
    tokens = (await redeemed(gateway, code)).json
    assert (await redeemed(gateway, code)).json["error"] == "invalid_grant"
    assert (await refreshed(gateway, tokens["refresh_token"])).json["error"] == "invalid_grant"


async def test_a_refresh_token_that_comes_twice_ends_all(gateway: Gateway) -> None:
    first = (await redeemed(gateway, await code_for(gateway))).json
    second = (await refreshed(gateway, first["refresh_token"])).json
    third = (await refreshed(gateway, second["refresh_token"])).json
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert (await refreshed(gateway, second["refresh_token"])).json["error"] == "invalid_grant"
    assert (await refreshed(gateway, third["refresh_token"])).json["error"] == "invalid_grant"
    told = await post(gateway, "/oauth2/introspect", "svc:svc-secret", token=third["access_token"])
    assert told.json == {"active": False}


async def test_a_client_with_a_secret(gateway: Gateway) -> None:
    code = await code_for(gateway, client="web", redirect_uri="https://web.test/")
    wrong = await redeemed(gateway, code, client_id="web")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    right = await redeemed(gateway, code, client_id="web", client_secret="web-secret")
    assert right.json["token_type"] == "Bearer"


async def test_introspection_and_revocation(gateway: Gateway) -> None:
    async def told(token: str) -> dict[str, object]:
        return (await post(gateway, "/oauth2/introspect", "svc:svc-secret", token=token)).json

    tokens = (await redeemed(gateway, await code_for(gateway))).json
    access = await told(tokens["access_token"])
    assert (access["active"], access["client_id"], access["username"], access["scope"]) == (
        True,
        "app",
        "alice",
        "orders.read",
    )
    assert (await told(tokens["refresh_token"]))["active"] is True
    assert await told("nothing") == {"active": False}
    assert (await post(gateway, "/oauth2/introspect", client_id="app", token="x")).status == 403
    other = await post(gateway, "/oauth2/revoke", client_id="cli", token=tokens["refresh_token"])
    assert (other.status, (await told(tokens["refresh_token"]))["active"]) == (200, True)
    own = await post(gateway, "/oauth2/revoke", client_id="app", token=tokens["refresh_token"])
    assert own.status == 200
    assert [await told(tokens[kind]) for kind in ("access_token", "refresh_token")] == [{"active": False}] * 2
    machine = await machine_token(gateway)
    assert (await told(machine))["active"] is True
    await post(gateway, "/oauth2/revoke", "svc:svc-secret", token=machine)
    assert await told(machine) == {"active": False}


async def test_a_client_and_a_user_that_are_gone(own: Gateway) -> None:
    machine = await machine_token(own)
    tokens = (await redeemed(own, await code_for(own))).json
    await until(lambda: is_let_in(own, tokens["access_token"]))
    await own.edit(
        CONFIG.replace("{client_id: svc,", "{client_id: other,").replace("username: ada", "username: ada, id: new")
    )
    assert [(await shown(own, "/read", token)).status for token in (machine, tokens["access_token"])] == [401, 401]
    assert (await refreshed(own, tokens["refresh_token"])).json["error"] == "invalid_grant"


async def test_tokens_outlive_a_restart(own: Gateway) -> None:
    machine = await machine_token(own)
    tokens = (await redeemed(own, await code_for(own))).json
    await own.stop()
    await own.start()
    assert (await shown(own, "/read", machine)).status == 200
    assert (await refreshed(own, tokens["refresh_token"])).status == 200


def kept_by(gateway: Gateway) -> list[bytes]:
    return [file.read_bytes() for file in (gateway.directory / "state").rglob("*") if file.is_file()]


async def test_no_secret_is_told_or_kept(gateway: Gateway) -> None:
    code = await code_for(gateway)
    tokens = (await redeemed(gateway, code)).json
    pages = [(await gateway.api(path)).text for path in ("/v1/xds", "/v1/resources", "/v1/findings")]
    told = [*pages, gateway.log, json.dumps(gateway.access_log), await gateway.metrics()]
    kept = kept_by(gateway)
    for secret in (code, tokens["refresh_token"], tokens["access_token"]):
        assert not any(secret in text for text in told), secret
        assert not any(secret.encode() in content for content in kept), secret
    for secret in ("svc-secret", "web-secret", "pass-of-alice", VERIFIER):
        assert not any(secret in text for text in told), secret
    assert not any(b'"d": "' in content for content in kept)


async def test_on_another_machine(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    words = "--role", "control", "--listen", address
    async with (
        Echo() as echo,
        Gateway(CONFIG, *words, address=address, echo=echo.port) as control,
        control.joined_by(control.issue(tmp_path / "credentials")) as proxy,
    ):
        await until(lambda: control.is_live(1))
        token = await machine_token(proxy)
        await until(lambda: is_let_in(proxy, token))
        control.kill()
        assert (await shown(proxy, "/read", token)).status == 200
        assert (await post(proxy, "/oauth2/token", "svc:svc-secret", grant_type="client_credentials")).status == 503
