"""Backends of a route that stand behind Python, asked of the running product."""

from collections import Counter
from collections.abc import Iterator

import pytest

from harness.background import Background
from harness.gateway import Gateway
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {one: "http://127.0.0.1:$one", two: "http://127.0.0.1:$two"}
routes:
  edited:
    matches: [{path: /edited}]
    to:
    - {service: one, policies: {headers: {request: {set: {x-at: one}}, response: {set: {x-from: one}}}}}
    - two
    policies:
      transform: {response: [{set_json: {values: {/seen: "yes"}}}]}
      headers: {request: {set: {x-at: route}, add: {x-list: route}}, response: {add: {x-route: edited}}}
  shared:
    matches: [{path: /shared}]
    to: [one, {status: 500}]
    policies: {transform: {response: [{set_json: {values: {/seen: "yes"}}}]}}
"""


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    ports = {name: upstreams.echo(name).port for name in ("one", "two")}
    with background.entered(Gateway(CONFIG, **ports)) as running:
        yield running


async def test_each_backend_has_headers_of_its_own(gateway: Gateway) -> None:
    assert (await gateway.state())["findings"] == []
    found = [await gateway.get("/edited") for _ in range(20)]
    assert {
        (answer.json["headers"]["x-at"], answer.json["headers"]["x-list"], answer.headers.get("x-from"))
        for answer in found
    } == {("one", "route", "one"), ("route", "route", None)}
    assert {answer.headers["x-route"] for answer in found} == {"edited"}
    assert {answer.json["seen"] for answer in found} == {"yes"}


async def test_a_share_is_answered(gateway: Gateway) -> None:
    shares = Counter([(await gateway.get("/shared")).status for _ in range(60)])
    assert shares.keys() == {200, 500}
    assert shares[500] > 10
