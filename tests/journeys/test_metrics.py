"""What is counted by route, service and consumer, and that it never is more than there is room for."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from harness import client
from harness.gateway import Gateway
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways:
  edge:
    listeners:
      http: {address: 127.0.0.1, port: $http}
      other: {port: $other}
      raw: {port: $raw, protocol: tcp}
      small: {port: $small, policies: {metrics: {max_routes: 1}}}
    policies: {metrics: {consumers: true}}
consumers:
  alice: {groups: [gold], credentials: {api_key: [k-alice]}}
  bob: {credentials: {api_key: [k-bob]}}
services: {my.shop: "http://127.0.0.1:$echo", raw: {endpoints: ["127.0.0.1:$tcp"]}}
routes:
  shop: {matches: [{path: /shop}, {path: /v2/shop}], to: my.shop}
  hello: {matches: [{path: /hello}], respond: {body: hello}}
  keys:
    matches: [{path: /keys}]
    to: my.shop
    policies: {api_key: {header: x-api-key}, authorize: {allow: [{groups: [gold]}]}, rate_limit: {limit: 1/minute}}
  first: {listeners: [small], matches: [{path: /first}], to: my.shop}
  second: {listeners: [small], matches: [{path: /second}], to: my.shop}
  raw: {listeners: [raw], to: raw}
"""
SERIES = re.compile(r"^(?P<name>\w+)\{(?P<labels>[^}]*)\} (?P<value>\d+)$", re.MULTILINE)


@pytest.fixture
async def gateway(upstreams: Upstreams) -> AsyncIterator[Gateway]:
    async with Gateway(CONFIG, echo=upstreams.echo().port, tcp=upstreams.tcp().port) as running:
        yield running


async def counted(gateway: Gateway, name: str) -> dict[str, int]:
    """Return the series of a metric: the values of their labels, in order, and how much of each there is."""
    found = [match for match in SERIES.finditer(await gateway.metrics()) if match["name"] == name]
    series = {" ".join(re.findall(r'"(.*?)"', match["labels"])): int(match["value"]) for match in found}
    assert len(series) == len(found), "a series stands there twice"
    return series


async def test_requests_are_counted_whoever_answers_and_consumers_once_they_are_known(gateway: Gateway) -> None:
    for at in ("http", "other"):
        for path in ("/shop", "/shop?status=500", "/v2/shop", "/hello", "/nothing"):
            await gateway.get(path, at=at)
    for key in ("k-alice", "k-alice", "k-bob", "k-eve"):
        await gateway.get("/keys", headers={"x-api-key": key})
    await gateway.get("/hello", headers={"x-consumer-username": "alice"})
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("raw"))
    writer.write(b"hello")
    await reader.read(100)
    writer.close()
    await writer.wait_closed()
    await until(lambda: any(line["service"] == "raw" for line in gateway.access_log))
    assert await counted(gateway, "crossway_requests_total") == {
        "shop my_shop 200": 2,
        "shop my_shop 500": 2,
        "shop#1 my_shop 200": 2,
        "hello  200": 3,
        "  404": 2,
        "keys my_shop 200": 1,
        "keys my_shop 401": 1,
        "keys my_shop 403": 1,
        "keys my_shop 429": 1,
    }
    assert await counted(gateway, "crossway_consumer_requests_total") == {"alice 200": 1, "alice 429": 1, "bob 403": 1}

    async def latencies() -> bool:
        wanted = {"shop my_shop": 4, "shop#1 my_shop": 2, "hello ": 3, " ": 2, "keys my_shop": 4}
        return await counted(gateway, "crossway_request_duration_milliseconds_count") == wanted

    await until(latencies)


async def test_what_there_is_no_room_for_is_served_and_counted_as_dropped(gateway: Gateway) -> None:
    async with client.connected(gateway.port("small")) as connection:
        for path in ("/first", "/second", "/second"):
            assert (await connection.request(path)).status == 200
    assert (await counted(gateway, "envoy_server_stats_overflow_histogram")) == {"": 2}

    async def has_the_first() -> bool:
        return await counted(gateway, "crossway_request_duration_milliseconds_count") == {"first my_shop": 1}

    await until(has_the_first)


async def test_counts_outlive_a_change_of_the_listener(gateway: Gateway) -> None:
    await gateway.get("/hello")
    await gateway.edit(CONFIG.replace("consumers: true}", "consumers: true, max_routes: 500}"))
    await gateway.get("/hello")
    assert await counted(gateway, "crossway_requests_total") == {"hello  200": 2}


async def test_nothing_is_counted_by_route_where_nobody_asks(gateway: Gateway) -> None:
    await gateway.edit(CONFIG.replace("metrics: {consumers: true}", "metrics: false"))
    await gateway.get("/hello")
    assert await counted(gateway, "crossway_requests_total") == {}
    assert sum((await counted(gateway, "envoy_http_downstream_rq_xx")).values()) > 0
