"""Who may do what, asked of the running product: a right that is taken away is gone on connections that are open."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyqwest
import pytest

from harness.client import connected
from harness.gateway import Gateway
from harness.issuer import Issuer
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

CONSUMERS = """
consumers:
  alice: {groups: [gold], credentials: {api_key: [k-alice]}}
  bob: {groups: [golden, marigold], credentials: {api_key: [k-bob]}}
"""
CONFIG = f"""
gateways: {{edge: {{listeners: {{http: $http}}}}}}
services: {{orders: "http://127.0.0.1:$orders"}}
{CONSUMERS}
routes:
  orders:
    gateways: [edge]
    matches: [{{path: /orders/*}}]
    to: orders
    policies:
      api_key: {{header: x-api-key}}
      authorize: {{allow: [{{groups: [gold], methods: [GET]}}]}}
"""
REVOKED = CONFIG.replace("groups: [gold], methods: [GET]", "groups: [platinum]")
EXPELLED = CONFIG.replace("alice: {groups: [gold], ", "alice: {")
ALICE = {"x-api-key": "k-alice"}


@pytest.fixture
async def gateway(upstreams: Upstreams) -> AsyncIterator[Gateway]:
    async with Gateway(CONFIG, orders=upstreams.echo().port) as running:
        yield running


async def test_who_is_unknown_and_who_has_no_right(gateway: Gateway) -> None:
    assert (await gateway.state())["findings"] == []
    assert (await gateway.get("/orders/7", headers=ALICE)).json["headers"]["x-consumer-groups"] == "gold"
    forged = {"x-consumer-username": "alice", "x-consumer-groups": "gold"}
    assert (await gateway.get("/orders/7", headers=forged)).status == 401
    for headers, method in (({"x-api-key": "k-bob"}, "GET"), ({"x-api-key": "k-bob"} | forged, "GET"), (ALICE, "POST")):
        answer = await gateway.get("/orders/7", headers=headers, method=method)
        assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
        assert answer.json["title"] == "Forbidden"
        assert answer.json["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("edited", [REVOKED, EXPELLED], ids=["rule", "consumer"])
async def test_a_right_that_is_taken_away_is_gone_on_an_open_connection(gateway: Gateway, edited: str) -> None:
    async with connected(gateway.port("http")) as connection:
        assert (await connection.request("/orders/7", headers=ALICE)).status == 200
        await gateway.edit(edited)
        assert (await connection.request("/orders/7", headers=ALICE)).status == 403
        await gateway.edit(CONFIG)
        assert (await connection.request("/orders/7", headers=ALICE)).status == 200


async def test_a_right_that_is_taken_away_is_gone_on_an_open_connection_of_http2(gateway: Gateway) -> None:
    url = f"http://127.0.0.1:{gateway.port('http')}/orders/7"
    async with pyqwest.HTTPTransport(http_version=pyqwest.HTTPVersion.HTTP2, enable_otel=False) as transport:
        http = pyqwest.Client(transport)
        assert (await http.get(url, headers=ALICE)).status == 200
        await gateway.edit(REVOKED)
        assert (await http.get(url, headers=ALICE)).status == 403
        await gateway.edit(CONFIG)
        assert (await http.get(url, headers=ALICE)).status == 200
    await gateway.stop()
    lines = [line for line in gateway.access_log if line["path"] == "/orders/7"]
    assert [line["protocol"] for line in lines] == ["HTTP/2"] * 3
    assert len({line["connection_id"] for line in lines}) == 1


def hours(begin: int, end: int) -> Callable[[str], str]:
    """Return hours around now, as a clock in a time zone shows them."""
    now = datetime.now(UTC)

    def there(zone: str) -> str:
        local = now.astimezone(ZoneInfo(zone))
        return f"{local + timedelta(hours=begin):%H:%M}-{local + timedelta(hours=end):%H:%M}"

    return there


async def test_windows_of_time_are_open_or_closed_by_the_clock_of_their_place() -> None:
    zones = {"utc": "UTC", "berlin": "Europe/Berlin", "kolkata": "Asia/Kolkata", "honolulu": "Pacific/Honolulu"}
    windows = {"open": hours(-2, 2), "closed": hours(2, 5)}
    routes = "".join(
        f"""
  {name}-{word}-{kind}:
    matches: [{{path: /{name}/{word}/{kind}}}]
    respond: {{body: passed}}
    policies:
      authorize: {{{kind}: [{{during: {{hours: "{window(zone)}", timezone: {zone}}}}}]}}"""
        for name, zone in zones.items()
        for word, window in windows.items()
        for kind in ("allow", "deny")
    )
    async with Gateway(f"gateways: {{edge: {{listeners: {{http: $http}}}}}}\nroutes:{routes}") as gateway:
        assert (await gateway.state())["findings"] == []
        for name in zones:
            statuses = [
                (await gateway.get(f"/{name}/{word}/{kind}")).status for word in windows for kind in ("allow", "deny")
            ]
            assert statuses == [200, 403, 403, 200], name


async def test_rules_on_trial_refuse_nobody_and_are_counted(gateway: Gateway) -> None:
    await gateway.edit(CONFIG.replace("methods: [GET]}]", "methods: [GET]}], dry_run: true"))
    for method in ("GET", "POST", "POST"):
        assert (await gateway.get("/orders/7", headers=ALICE, method=method)).status == 200
    counted = json.loads(await gateway.envoy.get("/stats?filter=rbac.authorize&format=json"))["stats"]
    found = {stat["name"].rpartition(".")[2]: stat["value"] for stat in counted}
    assert (found["shadow_allowed"], found["shadow_denied"]) == (1, 2)


async def test_what_a_token_says_gives_rights() -> None:
    issuer = Issuer()
    rules = "[{scopes: [orders:read], methods: [GET]}, {claims: {realm.roles: admin}}, {cel: 'claims.level > 2'}]"
    config = f"""
gateways: {{edge: {{listeners: {{http: $http}}}}}}
routes:
  orders:
    matches: [{{path: /*}}]
    respond: {{body: passed}}
    policies:
      jwt: {{issuer: "{issuer.name}", jwks: {{inline: {json.dumps(issuer.jwks)}}}}}
      authorize: {{allow: {rules}}}
"""
    async with Gateway(config) as gateway:

        async def status(method: str = "GET", **claims: object) -> int:
            headers = {"authorization": f"Bearer {issuer.token(sub='alice', **claims)}"}
            return (await gateway.get("/", method=method, headers=headers)).status

        assert (await gateway.get("/")).status == 401
        assert await status() == 403
        assert await status(scope="profile orders:read") == 200
        assert await status(scope="profile orders:readonly") == 403
        assert await status("POST", scope="profile orders:read") == 403
        assert await status("POST", realm={"roles": ["user", "admin"]}) == 200
        assert await status("POST", realm={"roles": ["administrator"]}) == 403
        assert await status("POST", level=3) == 200
        assert await status("POST", level=2) == 403
