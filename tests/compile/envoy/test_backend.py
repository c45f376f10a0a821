"""Backends of a route, as a real Envoy shares requests out among them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from crossway.compile.envoy import host
from harness.proxy import Proxy, Reply, proxied
from harness.upstreams import Echo, Upstreams
from plan.planning import pipeline, said

pytestmark = pytest.mark.journey

HERE = "headers: {request: {set: {x-at: backend}}, response: {set: {x-at: backend}}}"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("backends")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def echo(upstreams: Upstreams) -> Echo:
    return upstreams.echo()


def config(port: int, echo: Echo, to: str, more: str = "") -> str:
    return (
        f"gateways: {{edge: {{listeners: {{http: {{port: {port}, address: 127.0.0.1}}}}}}}}\n"
        f"services: {{one: {{endpoints: ['{echo.address}']}}, two: {{endpoints: ['{echo.address}']}}, none: {{}}}}\n"
        f"routes: {{r: {{to: {to}{more}}}}}\n"
    )


def asked(proxy: Proxy, count: int = 1, headers: str = "") -> list[Reply]:
    return proxy.ask([f"GET / HTTP/1.1\r\nhost: a.test\r\n{headers}\r\n".encode()] * count)


def told(reply: Reply) -> Any:
    return json.loads(reply.body)


def of(reply: Reply) -> tuple[str | None, str | None]:
    """Return what the header x-at said at the backend, and in the answer."""
    return told(reply)["headers"].get("x-at"), reply.headers.get("x-at")


def test_what_a_backend_says_of_headers_holds_for_its_requests_alone(proxy, echo):
    to = f"[{{service: one, policies: {{{HERE}}}}}, two]"
    proxy.serve(pipeline(config(proxy.port, echo, to)).resources())
    assert {of(reply) for reply in asked(proxy, 40)} == {("backend", "backend"), (None, None)}


def test_the_backend_decides_about_a_header_and_the_route_about_the_others(proxy, echo):
    route = "headers: {request: {set: {x-at: route, x-more: route}, add: {x-list: r}}, response: {set: {x-at: route}}}"
    to = f"{{service: one, policies: {{{HERE}}}}}"
    proxy.serve(pipeline(config(proxy.port, echo, to, f", policies: {{{route}}}")).resources())
    (reply,) = asked(proxy, headers="x-list: c\r\n")
    assert of(reply) == ("backend", "backend")
    assert told(reply)["headers"]["x-more"] == "route"
    assert told(reply)["headers"]["x-list"] == "c, r"


def test_a_backend_without_the_policy_has_that_of_the_route(proxy, echo):
    to = f"[{{service: one, weight: 0, policies: {{{HERE}}}}}, two]"
    proxy.serve(
        pipeline(config(proxy.port, echo, to, ", policies: {headers: {request: {set: {x-at: r}}}}")).resources()
    )
    assert of(asked(proxy)[0]) == ("r", None)


def test_a_policy_that_a_proxy_cannot_do_for_one_backend_closes_the_route(proxy, echo):
    text = config(proxy.port, echo, "{service: one, policies: {retry: 1, headers: {request: {sat: {}}}}}")
    assert said(text) == [
        "field.unknown routes.r.to[0].policies.headers.request.sat",
        "policy.misplaced routes.r.to[0].policies.retry",
    ]
    proxy.serve(pipeline(text).resources())
    assert asked(proxy)[0].status == 503


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_share_is_answered_with_a_status(proxy, echo, status, tree, monkeypatch):
    if tree:
        monkeypatch.setattr(host, "LIST_LIMIT", 0)
    text = config(proxy.port, echo, f"[{{service: one, weight: 3}}, {{status: {status}}}]", ", policies: {retry: 3}")
    assert said(text) == []
    proxy.serve(pipeline(text).resources())
    shares = Counter(reply.status for reply in asked(proxy, 200))
    assert shares.keys() == {200, status}
    assert 20 <= shares[status] <= 85


def test_all_requests_are_answered_with_a_status(proxy, echo):
    proxy.serve(pipeline(config(proxy.port, echo, "{status: 500}")).resources())
    (reply,) = asked(proxy)
    assert (reply.status, reply.headers["content-type"]) == (500, "application/problem+json")
    assert told(reply)["title"] == "Internal Server Error"


def test_a_service_without_endpoints_keeps_its_own_status_beside_an_answer(proxy, echo):
    proxy.serve(pipeline(config(proxy.port, echo, "[none, {status: 500}]")).resources())
    assert {reply.status for reply in asked(proxy, 40)} == {500, 503}


def test_one_backend_is_asked_for_another_host_and_the_path_stays_as_the_route_says(proxy, echo):
    to = "[{service: one, policies: {rewrite: {host: one.test}}}, two]"
    text = config(proxy.port, echo, to, ", policies: {rewrite: {path: /v2, host: two.test}}")
    assert said(text) == []
    proxy.serve(pipeline(text).resources())
    found = {(told(reply)["path"], told(reply)["headers"]["host"]) for reply in asked(proxy, 40)}
    assert found == {("/v2", "one.test"), ("/v2", "two.test")}
    assert {told(reply)["headers"]["x-forwarded-host"] for reply in asked(proxy, 4)} == {"a.test"}


@pytest.mark.parametrize(
    ("own", "route", "finding"),
    [
        ("{path: /v2}", "{}", "policy.misplaced routes.r.to"),
        ("{host: backend}", "{}", "policy.misplaced routes.r.to"),
        ("{host: one.test}", "{rewrite: {host: {from_header: x-host}}}", "policy.conflict routes.r.to"),
    ],
)
def test_what_a_proxy_cannot_do_to_the_host_of_one_backend_closes_the_route(proxy, echo, own, route, finding):
    text = config(proxy.port, echo, f"[{{service: one, policies: {{rewrite: {own}}}}}, two]", f", policies: {route}")
    assert said(text) == [finding]
    proxy.serve(pipeline(text).resources())
    assert asked(proxy)[0].status == 503
