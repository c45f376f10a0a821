"""People log in with their browsers, and come back with a session; everybody else is told that they have none."""

from collections.abc import Iterator

import pytest

from harness.background import Background
from harness.gateway import Gateway
from harness.openid import Browser, Page, Provider, provider
from harness.ports import free_port
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

SECRET = "hunter2-hunter2-hunter2"
CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  shop:
    matches: [{path: /*}]
    to: echo
    policies:
      oidc:
        issuer: $issuer
        client_id: shop
        client_secret: $secret
        authorization_endpoint: $issuer/oauth2/authorize
        token_endpoint: $issuer/oauth2/token
        jwks_uri: $issuer/jwks
        end_session_endpoint: $issuer/oauth2/end_session
        scopes: [profile, email]
        claims_to_headers: {email: x-user-email, sub: x-user}
  other:
    matches: [{path: /other/*}]
    to: echo
    policies:
      oidc:
        issuer: $brief_issuer
        client_id: other
        client_secret: $secret
        authorization_endpoint: $brief_issuer/oauth2/authorize
        token_endpoint: $brief_issuer/oauth2/token
        jwks_uri: $brief_issuer/jwks
        redirect_path: /other/callback
        logout_path: /other/logout
        claims_to_headers: {sub: x-user}
        forward_token: true
        cookie: {name: other, same_site: strict, path: /other}
  once:
    matches: [{path: /once/*}]
    to: echo
    policies:
      oidc:
        issuer: $issuer
        client_id: once
        client_secret: $secret
        client_auth: client_secret_post
        authorization_endpoint: $issuer/oauth2/authorize
        token_endpoint: $issuer/oauth2/token
        jwks_uri: $issuer/jwks
        redirect_path: /once/callback
        logout_path: /once/logout
        refresh: false
  stingy:
    matches: [{path: /stingy/*}]
    to: echo
    policies:
      oidc:
        issuer: $stingy_issuer
        client_id: stingy
        client_secret: $secret
        authorization_endpoint: $stingy_issuer/oauth2/authorize
        token_endpoint: $stingy_issuer/oauth2/token
        jwks_uri: $stingy_issuer/jwks
        redirect_path: /stingy/callback
        logout_path: /stingy/logout
  asked:
    matches: [{path: /asked/*}]
    to: echo
    policies:
      oidc:
        issuer: $issuer
        client_id: asked
        client_secret: $secret
        redirect_path: /asked/callback
        logout_path: /asked/logout
        claims_to_headers: {sub: x-user}
"""


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def brief() -> Iterator[Provider]:
    with provider(seconds=2) as running:
        yield running


@pytest.fixture(scope="module")
def stingy() -> Iterator[Provider]:
    with provider(seconds=2, renews=False) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(
    background: Background, echo: Echo, lasting: Provider, brief: Provider, stingy: Provider
) -> Iterator[Gateway]:
    issuers = {"issuer": lasting.issuer, "brief_issuer": brief.issuer, "stingy_issuer": stingy.issuer}
    values = {**issuers, "secret": SECRET}
    with background.entered(Gateway(CONFIG, echo=echo.port, **values)) as running:
        yield running


@pytest.fixture
def origin(gateway: Gateway) -> str:
    return f"http://127.0.0.1:{gateway.port('http')}"


async def test_a_person_logs_in_and_comes_back_to_where_they_wanted_to_go(origin: str, lasting: Provider) -> None:
    browser = Browser()
    sent_away = browser.get(f"{origin}/orders?page=2")
    assert sent_away.status == 302
    assert sent_away.headers["location"].startswith(f"{lasting.issuer}/oauth2/authorize?")
    assert sent_away.query["code_challenge_method"] == "S256"
    assert sent_away.query["scope"] == "openid profile email"
    assert sent_away.query["redirect_uri"] == f"{origin}/oauth2/callback"
    page = browser.log_in(f"{origin}/orders?page=2")
    assert (page.status, page.json["path"]) == (200, "/orders?page=2")
    assert page.json["headers"]["x-user-email"] == "alice@example.org"
    assert page.json["headers"]["x-user"] == "alice"


async def test_the_cookies_of_a_session_are_for_nobody_else_to_read(origin: str) -> None:
    browser = Browser()
    callback = browser.get(browser.consent(f"{origin}/").headers["location"])
    assert callback.status == 302
    (jar,) = [jar for netloc, jar in browser.jars.items() if origin.endswith(netloc)]
    assert {name.rpartition("-")[2] for name in jar} == {"session", "expires", "id", "refresh"}
    assert not any(value.startswith("eyJ") for value in jar.values())


async def test_what_a_client_says_of_itself_is_not_heard(origin: str) -> None:
    browser = Browser()
    browser.log_in(f"{origin}/", "bob")
    forged = {"x-user": "root", "x-user-email": "root@example.org", "x-crossway-id-token": "eyJ.e30.x"}
    told = browser.get(f"{origin}/", headers=forged).json["headers"]
    assert told["x-user"] == "bob"
    assert told.keys().isdisjoint({"x-crossway-id-token", "authorization"})


@pytest.mark.parametrize("headers", [{"accept": "application/json"}, {"x-requested-with": "XMLHttpRequest"}])
async def test_a_program_is_told_that_it_has_no_session(origin: str, headers: dict[str, str]) -> None:
    page = Browser().get(f"{origin}/", headers=headers)
    assert page.status == 401
    assert page.headers["content-type"] == "application/problem+json"
    assert page.json["request_id"] == page.headers["x-request-id"]


async def test_a_program_with_a_session_is_let_in(origin: str) -> None:
    browser = Browser()
    browser.log_in(f"{origin}/")
    assert browser.get(f"{origin}/", headers={"accept": "application/json"}).status == 200


@pytest.mark.parametrize("cookie", ["session", "expires", "id"])
async def test_a_session_that_somebody_tampered_with_is_none(gateway: Gateway, origin: str, cookie: str) -> None:
    browser = Browser()
    browser.log_in(f"{origin}/once/1")
    assert browser.get(f"{origin}/once/1").status == 200
    (jar,) = [jar for netloc, jar in browser.jars.items() if origin.endswith(netloc)]
    (name,) = [name for name in jar if name.endswith(f"-{cookie}")]
    jar[name] = str(int(jar[name]) + 9999) if cookie == "expires" else jar[name][:-6] + "AAAAAA"
    assert browser.get(f"{origin}/once/1").status == 302
    assert not any(value in gateway.log for value in jar.values())


async def test_an_answer_of_the_provider_to_somebody_else_is_refused(origin: str) -> None:
    mine, theirs = Browser(), Browser()
    theirs.get(f"{origin}/")
    callback = mine.consent(f"{origin}/").headers["location"]
    assert theirs.get(callback).status == 401
    assert mine.get(callback.replace("state=", "state=x")).status == 401
    assert Browser().get(callback).status == 401
    assert mine.get(callback).status == 302


async def test_a_logout_ends_the_session_here_and_at_the_provider(origin: str, lasting: Provider) -> None:
    browser = Browser()
    browser.log_in(f"{origin}/")
    page = browser.get(f"{origin}/logout")
    assert page.headers["location"].startswith(f"{lasting.issuer}/oauth2/end_session?")
    assert page.query["post_logout_redirect_uri"] == f"{origin}/"
    assert browser.get(f"{origin}/").status == 302


async def test_two_providers_have_a_session_each(origin: str, brief: Provider) -> None:
    browser = Browser()
    assert browser.log_in(f"{origin}/").json["headers"]["x-user"] == "alice"
    away = browser.get(f"{origin}/other/1")
    assert away.headers["location"].startswith(f"{brief.issuer}/oauth2/authorize?")
    page = browser.log_in(f"{origin}/other/1", "bob")
    assert page.json["headers"]["x-user"] == "bob"
    assert page.json["headers"]["authorization"].startswith("Bearer ")
    assert browser.get(f"{origin}/").json["headers"]["x-user"] == "alice"
    assert browser.get(f"{origin}/other/logout").status == 302
    assert browser.get(f"{origin}/").status == 200


async def test_a_session_is_refreshed_when_its_tokens_expire(origin: str) -> None:
    browser = Browser()
    first = browser.log_in(f"{origin}/other/1", "bob").json["headers"]["authorization"]

    def refreshed() -> bool:
        page = browser.get(f"{origin}/other/1")
        assert page.status == 200, page
        return bool(page.json["headers"]["authorization"] != first)

    await until(refreshed)


async def test_a_session_ends_where_the_provider_does_not_renew_who_it_is_for(origin: str) -> None:
    browser = Browser()
    browser.log_in(f"{origin}/stingy/1")

    def over() -> Page | None:
        page = browser.get(f"{origin}/stingy/1?a=b")
        return page if page.status != 200 else None

    again = await until(over)
    assert again is not None
    assert (again.status, again.headers["location"]) == (302, f"{origin}/stingy/1?a=b")
    program = browser.get(f"{origin}/stingy/1", headers={"accept": "application/json"})
    assert program.status == 401
    assert browser.log_in(f"{origin}/stingy/1").status == 200


async def test_the_issuer_is_enough_for_a_provider_that_says_where_its_endpoints_are(
    origin: str, lasting: Provider
) -> None:
    browser = Browser()
    assert browser.log_in(f"{origin}/asked/1", "bob").json["headers"]["x-user"] == "bob"
    assert browser.get(f"{origin}/asked/logout").headers["location"].startswith(f"{lasting.issuer}/oauth2/end_session?")
    assert browser.get(f"{origin}/asked/1").status == 302


STORED = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes: {open: {matches: [{path: /open}], to: echo}}
"""
GUARDED = (
    STORED
    + """
  shop:
    matches: [{path: /*}]
    to: echo
    policies:
      oidc:
        issuer: $issuer
        client_id: shop
        client_secret: secret:shop
        authorization_endpoint: $issuer/oauth2/authorize
        token_endpoint: $issuer/oauth2/token
        jwks_uri: $issuer/jwks
"""
).replace("routes: {open: {matches: [{path: /open}], to: echo}}", "routes:")


ASKING = GUARDED[: GUARDED.index("        authorization_endpoint")].replace("secret:shop", "$secret")


async def test_a_provider_that_is_away_at_first_is_asked_until_it_comes(echo: Echo) -> None:
    port = free_port()
    values = {"echo": echo.port, "issuer": f"http://127.0.0.1:{port}", "secret": SECRET}
    async with Gateway(STORED, stored=True, **values) as gateway:
        applied = await gateway.apply(ASKING)
        (finding,) = applied.json["findings"]
        assert (applied.status, finding["code"], finding["severity"]) == (200, "oidc.undiscovered", "warning")
        assert "cannot be read" in finding["message"]
        origin, browser = f"http://127.0.0.1:{gateway.port('http')}", Browser()
        assert browser.get(f"{origin}/").status == 503
        with provider(port=port):
            await until(lambda: browser.get(f"{origin}/").status == 302)
            assert browser.log_in(f"{origin}/").status == 200
            assert (await gateway.state())["findings"] == []
        await gateway.stop()
        await gateway.start()
        assert Browser().get(f"{origin}/").status == 302, "what it said is not forgotten, now that it is away again"


async def test_the_client_secret_may_be_one_of_the_store(echo: Echo, lasting: Provider) -> None:
    async with Gateway(STORED, stored=True, echo=echo.port, issuer=lasting.issuer) as gateway:

        async def put(secret: str) -> None:
            assert (await gateway.api("/v1/secrets/default/shop", method="PUT", body={"value": secret})).status < 300

        refused = await gateway.apply(GUARDED)
        assert (refused.status, refused.json["findings"][0]["code"]) == (422, "secret.missing")
        await put(SECRET)
        assert (await gateway.apply(GUARDED)).status == 200
        origin, browser = f"http://127.0.0.1:{gateway.port('http')}", Browser()
        assert browser.log_in(f"{origin}/").status == 200
        await put("another secret, for a new client")
        await until(lambda: browser.get(f"{origin}/").status == 302)
        assert browser.log_in(f"{origin}/").status == 200
        for text in (gateway.log, str(gateway.access_log), (await gateway.api("/v1/revisions/head/resources")).text):
            assert SECRET not in text


async def test_no_secret_is_shown(gateway: Gateway, origin: str) -> None:
    Browser().log_in(f"{origin}/")
    assert SECRET not in gateway.log
    assert SECRET not in str(gateway.access_log)
    for path in ("/v1/resources/routes/default/shop", "/v1/status", "/v1/revisions"):
        assert SECRET not in (await gateway.api(path)).text
