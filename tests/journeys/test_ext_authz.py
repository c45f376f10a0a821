"""A service of one's own decides: what it is told, what reaches whom of its answer, and what happens without it."""

from collections.abc import Iterator

import pytest

from harness.authorizer import REFUSAL, Authorizer, authorizer, seen
from harness.background import Background
from harness.gateway import Gateway
from harness.upstreams import Echo, Upstreams

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners: {http: {port: $http, policies: {client_ip: {trusted_proxies: [127.0.0.0/8]}}}}
    policies: {ext_authz: {service: http, headers_to_authorizer: [x-want]}}
services:
  echo: "http://127.0.0.1:$echo"
  http: "http://127.0.0.1:$http_authorizer"
  grpc: "h2c://127.0.0.1:$grpc_authorizer"
routes:
  everywhere: {matches: [{path: /everywhere/*}], to: echo}
  exempt: {matches: [{path: /everywhere/healthz}], to: echo, policies: {ext_authz: false}}
  no_forwarding: {matches: [{path: /everywhere/answer}], respond: {body: an answer}}
  http:
    matches: [{path: /http/*}]
    to: echo
    policies:
      ext_authz: &asked
        service: http
        timeout: 500ms
        headers_to_authorizer: [x-want, x-tenant, x-forwarded-uri]
        headers_to_backend: [x-user, x-seen]
        body: {max: 100KiB}
        context: {team: "shop 100%"}
  grpc: {matches: [{path: /grpc/*}], to: echo, policies: {ext_authz: {<<: *asked, service: grpc, protocol: grpc}}}
  http_open: {matches: [{path: /open/http/*}], to: echo, policies: {ext_authz: {<<: *asked, on_failure: allow}}}
  grpc_open:
    matches: [{path: /open/grpc/*}]
    to: echo
    policies: {ext_authz: {<<: *asked, service: grpc, protocol: grpc, on_failure: allow}}
  partial:
    matches: [{path: /partial/*}]
    to: echo
    policies: {ext_authz: {<<: *asked, body: {max: 4B, partial: true}}}
  all_headers:
    matches: [{path: /all}]
    to: echo
    policies:
      ext_authz: {service: http, path: /decide, headers_to_backend: [x-seen], headers_to_client: [x-reason, x-user]}
"""

DANGLING = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:1"}
routes:
  guarded: {matches: [{path: /*}], to: echo, policies: {ext_authz: {service: opaa}}}
"""

BOTH = pytest.mark.parametrize("protocol", ["http", "grpc"])


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


@pytest.fixture(scope="module")
def authorizers() -> Iterator[dict[str, Authorizer]]:
    with authorizer("http") as http, authorizer("grpc") as grpc:
        yield {"http": http, "grpc": grpc}


@pytest.fixture(scope="module")
def gateway(background: Background, echo: Echo, authorizers: dict[str, Authorizer]) -> Iterator[Gateway]:
    ports = {f"{name}_authorizer": running.port for name, running in authorizers.items()}
    with background.entered(Gateway(CONFIG, echo=echo.port, **ports)) as running:
        yield running


@BOTH
async def test_the_authorizer_names_the_user_for_the_backend_and_nothing_else(gateway: Gateway, protocol: str) -> None:
    forged = {"x-user": "forged", "x-internal": "forged"}
    told = (await gateway.get(f"/{protocol}/1", headers=forged)).json
    assert told["path"] == f"/{protocol}/1"
    assert told["headers"]["x-user"] == "alice"
    assert told["headers"]["x-internal"] == "forged"  # the client's, which nobody said is the authorizer's
    assert "x-consumer-username" not in told["headers"]


@BOTH
async def test_a_client_cannot_say_what_the_authorizer_left_unsaid(gateway: Gateway, protocol: str) -> None:
    headers = {"x-want": "nobody", "x-user": "forged", "X-User": "forged twice"}
    assert "x-user" not in (await gateway.get(f"/{protocol}/1", headers=headers)).json["headers"]


@BOTH
async def test_it_is_told_the_headers_that_are_named_and_the_context(gateway: Gateway, protocol: str) -> None:
    sent = {"x-tenant": "a", "cookie": "session=1", "authorization": "Bearer t", "x-forwarded-uri": "/forged"}
    told = seen((await gateway.get(f"/{protocol}/1?q=2", method="POST", headers=sent, body="abc")).json["headers"])
    headers = told["headers"]
    assert isinstance(headers, dict)
    assert (told["method"], told["path"], told["body"]) == ("POST", f"/{protocol}/1?q=2", "abc")
    assert headers["x-tenant"] == "a"
    assert headers["x-request-id"]
    assert headers.keys().isdisjoint({"cookie", "authorization"})
    if protocol == "http":
        assert headers["x-context-team"] == "shop 100%"
        assert headers["x-forwarded-uri"] == "/http/1?q=2"
        assert headers["x-forwarded-method"] == "POST"
    else:
        assert told["context"] == {"filter_metadata": {"crossway.ext_authz": {"team": "shop 100%"}}}


async def test_without_a_choice_it_is_told_all_headers_but_those_of_the_connection(gateway: Gateway) -> None:
    sent = {"cookie": "session=1", "authorization": "Bearer t", "te": "trailers", "x-any": "1"}
    answer = await gateway.get("/all", headers=sent)
    told = seen(answer.json["headers"])
    headers = told["headers"]
    assert isinstance(headers, dict)
    assert told["path"] == "/decide"
    assert (headers["cookie"], headers["authorization"], headers["x-any"]) == ("session=1", "Bearer t", "1")
    assert headers["x-forwarded-host"] == "test"
    assert "te" not in headers
    assert answer.headers["x-user"] == "alice"


@BOTH
@pytest.mark.parametrize("status", [401, 403, 418])
async def test_a_refusal_is_the_authorizers_own(gateway: Gateway, echo: Echo, protocol: str, status: int) -> None:
    mark = f"refused-{protocol}-{status}"
    answer = await gateway.get(f"/{protocol}/1", headers={"x-want": str(status), "x-case-id": mark})
    assert (answer.status, answer.text) == (status, REFUSAL)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers.keys().isdisjoint({"x-internal", "x-seen", "x-reason"})
    assert answer.headers["x-request-id"]
    assert echo.of_case(mark) == []


async def test_of_a_refusal_the_client_gets_the_headers_that_are_named(gateway: Gateway) -> None:
    answer = await gateway.get("/all", headers={"x-want": "401"})
    assert answer.headers["x-reason"] == "because"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "x-internal" not in answer.headers


@BOTH
@pytest.mark.parametrize("trouble", ["500", "slow"])
async def test_without_a_decision_nobody_passes(gateway: Gateway, echo: Echo, protocol: str, trouble: str) -> None:
    mark = f"closed-{protocol}-{trouble}"
    answer = await gateway.get(f"/{protocol}/1", headers={"x-want": trouble, "x-case-id": mark})
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["detail"] == "ext_authz_error"
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert echo.of_case(mark) == []


@BOTH
@pytest.mark.parametrize("trouble", ["500", "slow"])
async def test_failing_open_lets_everybody_pass_and_says_nothing_for_them(
    gateway: Gateway, protocol: str, trouble: str
) -> None:
    answer = await gateway.get(f"/open/{protocol}/1", headers={"x-want": trouble, "x-user": "forged"})
    assert answer.status == 200
    assert "x-user" not in answer.json["headers"]
    refused = await gateway.get(f"/open/{protocol}/1", headers={"x-want": "403"})
    assert refused.status == 403


@BOTH
async def test_an_authorizer_that_is_away_has_failed(upstreams: Upstreams, protocol: str) -> None:
    echo, first = upstreams.echo(), Authorizer(protocol)
    others = {"http_authorizer": first.port, "grpc_authorizer": first.port}
    async with Gateway(CONFIG, echo=echo.port, **others) as gateway:
        try:
            assert (await gateway.get(f"/{protocol}/1")).status == 200
        finally:
            first.stop()
        assert (await gateway.get(f"/{protocol}/1")).json["detail"] == "ext_authz_error"
        assert (await gateway.get(f"/open/{protocol}/1")).status == 200


@BOTH
async def test_a_body_is_shown_as_a_whole_or_refused(gateway: Gateway, protocol: str) -> None:
    body = "x" * 90_000
    answer = await gateway.get(f"/{protocol}/1", method="POST", body=body)
    assert answer.json["body"] == body
    assert seen(answer.json["headers"])["length"] == len(body)
    too_long = await gateway.get(f"/{protocol}/1", method="POST", body="x" * 110_000)
    assert too_long.status == 413
    assert too_long.headers["content-type"] == "application/problem+json"


async def test_the_beginning_of_a_body_is_enough_where_that_is_said(gateway: Gateway) -> None:
    answer = await gateway.get("/partial/1", method="POST", body="abcdefgh")
    assert answer.json["body"] == "abcdefgh"
    assert seen(answer.json["headers"])["body"] == "abcd"


async def test_a_gateway_asks_for_all_its_routes_and_a_route_can_be_exempt(gateway: Gateway) -> None:
    refused = {"x-want": "403"}
    assert (await gateway.get("/everywhere/1", headers=refused)).status == 403
    assert (await gateway.get("/everywhere/answer", headers=refused)).status == 403
    assert (await gateway.get("/everywhere/answer")).text == "an answer"
    assert (await gateway.get("/everywhere/healthz", headers=refused)).status == 200


async def test_an_authorizer_that_is_not_there_closes_the_route() -> None:
    async with Gateway(DANGLING) as gateway:
        answer = await gateway.get("/")
        assert (answer.status, answer.json["code"]) == (503, "reference.dangling")
