"""What stands between the internet and a backend: addresses, browsers, bots, faults on purpose, all on one route."""

import re
import uuid
from collections.abc import Iterator

import pytest

from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.upstreams import Echo, Upstreams

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners:
      http: {port: $http, policies: {client_ip: {trusted_proxies: [127.0.0.1/32]}}}
      inner: $inner
    policies:
      security_headers: {}
      ip_filter: {deny: [203.0.113.0/24]}
      bot_filter: {deny: [{group: scanners}, BadBot], allow: [{group: search_engines}]}
consumers:
  alice: {credentials: {api_key: [k-alice]}}
services:
  shop: http://$shop
  talkative: http://127.0.0.1:$inner
routes:
  shop:
    matches: [{path: /shop/*}]
    to: shop
    policies:
      cors: {origins: ["https://a.example", "https://*.b.example"], methods: [GET, POST], headers: [x-api-key]}
      csrf: {additional_origins: [a.example]}
      ip_filter: {allow: [192.0.2.0/24, 203.0.113.0/24, "2001:db8::/32"], deny: [192.0.2.66]}
      security_headers: {frame_ancestors: none}
      api_key: {header: x-api-key}
      rate_limit: {limit: 3/hour, by: {header: x-case-id}}
      fault: {abort: 500, headers: {x-chaos: abort}}
      hedge: 100ms
      retry: {}
  tried:
    matches: [{path: /tried/*}]
    to: shop
    policies:
      ip_filter: {allow: [192.0.2.0/24], dry_run: true}
      csrf: {dry_run: true}
      bot_filter: {deny: [BadBot], deny_empty: true, dry_run: true}
  narrow:
    matches: [{path: /narrow, methods: [GET, DELETE], headers: {x-version: 2}}]
    to: shop
    policies:
      cors: {origins: ["https://a.example"], methods: [GET, DELETE], headers: [x-version]}
      api_key: {}
  talkative:
    listeners: [http]
    matches: [{path: /talkative}]
    to: talkative
    policies: {cors: {origins: ["https://a.example"]}}
  inner:
    listeners: [inner]
    matches: [{path: /talkative}]
    respond: {body: hello}
    policies:
      headers: {response: {set: {access-control-allow-origin: "*", server: Old/1.0, x-frame-options: ALLOWALL}}}
  page:
    listeners: [http]
    matches: [{path: /page}]
    respond: {body: "<h1>Hello</h1>", content_type: text/html}
"""
A = "https://a.example"
MARKS = {"access-control-allow-origin": A, "vary": "origin"}
CAREFUL = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "frame-ancestors 'none'",
    "referrer-policy": "strict-origin-when-cross-origin",
}

each = pytest.mark.parametrize


@pytest.fixture(scope="module")
def shop(upstreams: Upstreams) -> Echo:
    return upstreams.echo("shop")


@pytest.fixture(scope="module")
def gateway(background: Background, shop: Echo) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG, shop=shop.address)) as running:
        yield running


async def ask(gateway: Gateway, path: str = "/shop/1", *, method: str = "GET", **headers: str) -> Answer:
    """Send a request from a client that is let in, unless *headers* say something else."""
    sent = {"x-forwarded-for": "192.0.2.7", "x-api-key": "k-alice", "x-case-id": uuid.uuid4().hex}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await gateway.get(path, method=method, headers={name: value for name, value in sent.items() if value})


async def test_a_request_passes_all_guards(gateway: Gateway) -> None:
    answer = await ask(gateway, method="POST", origin=A)
    assert (answer.status, answer.json["service"]) == (200, "shop")
    assert answer.json["headers"]["x-consumer-username"] == "alice"
    assert answer.headers.items() >= (MARKS | CAREFUL).items()


@each(
    ("address", "status"),
    [
        ("192.0.2.7", 200),
        ("2001:db8::7", 200),
        ("192.0.2.66", 403),  # denied on the route
        ("198.51.100.1", 403),  # not allowed on the route
        ("203.0.113.7", 403),  # denied on the gateway, whatever the route allows
        ("::ffff:192.0.2.66", 403),
        ("::ffff:192.0.2.7", 200),
        ("192.0.2.7, 198.51.100.1", 403),  # the client is the last address that is no proxy of ours
    ],
)
async def test_clients_pass_by_their_address(gateway: Gateway, address: str, status: int) -> None:
    assert (await ask(gateway, x_forwarded_for=address)).status == status


@each(
    ("agent", "status"),
    [("sqlmap/1.7", 403), ("badbot/2", 403), ("BadBot, at times Googlebot", 200), ("Firefox", 200), ("", 200)],
)
async def test_programs_pass_by_what_they_say_they_are(gateway: Gateway, agent: str, status: int) -> None:
    assert (await ask(gateway, user_agent=agent)).status == status


@each(
    ("status", "headers"),
    [
        pytest.param(401, {"x_api_key": "wrong"}, id="nobody"),
        pytest.param(403, {"x_forwarded_for": "192.0.2.66"}, id="address"),
        pytest.param(500, {"x_chaos": "abort"}, id="fault"),
    ],
)
async def test_a_page_can_read_why_it_is_refused(gateway: Gateway, status: int, headers: dict[str, str]) -> None:
    answer = await ask(gateway, origin=A, **headers)
    assert answer.status == status
    assert answer.headers.items() >= (MARKS | CAREFUL | {"content-type": "application/problem+json"}).items()
    assert answer.json["request_id"] == answer.headers["x-request-id"]


async def test_a_page_can_read_that_it_is_past_its_limit(gateway: Gateway) -> None:
    case = uuid.uuid4().hex
    answers = [await ask(gateway, origin=A, x_case_id=case) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers.items() >= (MARKS | CAREFUL).items()


async def test_a_preflight_needs_no_login_and_reaches_no_backend(gateway: Gateway, shop: Echo) -> None:
    case = uuid.uuid4().hex
    asking = {"access_control_request_method": "POST", "access_control_request_headers": "x-api-key"}
    answer = await ask(gateway, method="OPTIONS", x_api_key="", origin="https://x.b.example", x_case_id=case, **asking)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://x.b.example"
    assert answer.headers["access-control-allow-headers"] == "x-api-key"
    foreign = await ask(gateway, method="OPTIONS", x_api_key="", origin="https://b.example", x_case_id=case, **asking)
    assert "access-control-allow-origin" not in foreign.headers
    assert shop.of_case(case) == []


@each(
    ("asking", "status"),
    [
        pytest.param({"method": "DELETE", "headers": "x-version"}, 200, id="of-the-route"),
        pytest.param({"method": "PUT", "headers": "x-version"}, 404, id="another-method"),
        pytest.param({"method": "DELETE", "headers": "x-versions"}, 404, id="another-header"),
        pytest.param({"headers": "x-version"}, 404, id="no-preflight"),
    ],
)
async def test_a_preflight_reaches_the_route_that_it_asks_about(
    gateway: Gateway, asking: dict[str, str], status: int
) -> None:
    sent = {f"access_control_request_{name}": value for name, value in asking.items()}
    answer = await ask(gateway, "/narrow", method="OPTIONS", x_api_key="", origin=A, **sent)
    assert answer.status == status
    assert answer.headers.get("access-control-allow-methods") == ("GET, DELETE" if status == 200 else None)


async def test_pages_of_other_sites_change_nothing(gateway: Gateway) -> None:
    refused = await ask(gateway, method="POST", origin="https://x.b.example")
    assert (refused.status, refused.json["title"]) == (403, "Forbidden")
    assert "detail" not in refused.json
    assert refused.headers["access-control-allow-origin"] == "https://x.b.example"
    assert (await ask(gateway, origin="https://x.b.example")).status == 200


async def test_a_slow_read_is_asked_for_again_and_a_slow_write_is_not(gateway: Gateway, shop: Echo) -> None:
    for method, times in (("GET", 2), ("POST", 1)):
        case = uuid.uuid4().hex
        answer = await ask(gateway, "/shop/1?delay=400ms", method=method, origin=A, x_case_id=case)
        assert answer.status == 200
        assert len(shop.of_case(case)) == times
        assert not {name for name in answer.json["headers"] if name.startswith("x-envoy")}


async def test_a_dry_run_refuses_nobody_and_counts_whom_it_would(gateway: Gateway) -> None:
    from_elsewhere = {"x_forwarded_for": "198.51.100.1", "user_agent": "BadBot", "origin": "https://evil.example"}
    answer = await ask(gateway, "/tried/1", method="POST", **from_elsewhere)
    assert answer.status == 200
    counted = await gateway.metrics()
    for series in (
        r"rbac_shadow_denied{envoy_rbac_http_prefix=\"ip_filter\",.*}",
        r"rbac_shadow_denied{envoy_rbac_http_prefix=\"bot_filter\",.*}",
        r"csrf_request_invalid{.*}",
    ):
        assert re.search(rf"^envoy_http_{series} [1-9]", counted, re.MULTILINE), series


async def test_what_a_backend_says_is_replaced(gateway: Gateway) -> None:
    assert (await gateway.get("/talkative", at="inner")).headers["server"] == "Old/1.0"
    for origin, allowed in ((A, A), ("https://evil.example", None)):
        answer = await ask(gateway, "/talkative", origin=origin)
        assert answer.text == "hello"
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert "server" not in answer.headers
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


async def test_answers_of_the_gateway_are_careful_too(gateway: Gateway) -> None:
    answer = await ask(gateway, "/page")
    assert answer.status == 200
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert (await ask(gateway, "/page", x_forwarded_for="203.0.113.7")).status == 403
