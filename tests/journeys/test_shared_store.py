"""One Redis for all proxies, asked of the running product: what they share there, and what happens without it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from redis.asyncio import Redis as Client

from harness.background import Background
from harness.client import Answer
from harness.gateway import Gateway
from harness.load import Load
from harness.ports import free_port
from harness.redis import Redis, needed
from harness.upstreams import Echo, Upstreams
from harness.waiting import until

pytestmark = [pytest.mark.journey, needed]

CONFIG = """
gateways: {edge: {listeners: {http: $http}}, side: {listeners: {http: $side}}}
services: {echo: "http://127.0.0.1:$echo"}
plugins:
  count:
    source: |
      from crossway import Next, Request, Response, current, plugin

      @plugin
      async def count(request: Request, call_next: Next) -> Response:
          count = await current().store.add("count", 1, 60)
          response = await call_next(request)
          response.headers["x-count"] = str(count)
          return response
  lenient:
    source: |
      from crossway import Request, Response, current, plugin

      @plugin
      async def lenient(request: Request, response: Response) -> None:
          try:
              response.headers["x-count"] = str(await current().store.add("count", 0, 60))
          except ConnectionError:
              response.headers["x-count"] = "unknown"
routes:
  cached:
    gateways: [edge, side]
    matches: [{path: /cached/*}]
    to: echo
    policies: {cache: {lifetime: 1h, shared: true}}
  counted: {gateways: [edge, side], matches: [{path: /counted}], to: echo, policies: {plugins: [count]}}
  lenient: {gateways: [edge, side], matches: [{path: /lenient}], to: echo, policies: {plugins: [lenient]}}
  native: {gateways: [edge, side], matches: [{path: /native}], to: echo}
"""
PORTS = ("http", "side")


@dataclass
class World:
    """Two proxies, each with the same Redis."""

    control: Gateway
    redis: Redis
    echo: Echo

    def asked(self, path: str) -> int:
        """Return how often the backend was asked for *path*."""
        return sum(received.path == path for received in self.echo.received)

    async def both(self, path: str) -> list[Answer]:
        """Ask the one proxy, and then the other."""
        return [await self.control.get(path, at=port) for port in PORTS]

    async def cached(self, path: str, port: str) -> str:
        """Return what the cache of a proxy says that it did."""
        answer = await self.control.get(path, at=port)
        assert answer.status == 200
        return answer.headers["cache-status"].partition("; ")[2]

    async def is_shared(self, path: str) -> bool:
        """Return whether one proxy gives what the other one has fetched; *path* was never asked for before."""
        async with Client.from_url(self.redis.url) as client:
            keys = await client.dbsize()
            first = await self.cached(path, "http")
            if first != "fwd=uri-miss; stored":
                return False

            async def is_kept() -> bool:
                return await client.dbsize() == keys + 2  # the URL, and its answer

            await until(is_kept)
        return (await self.cached(path, "side")).startswith("hit")

    async def counts(self) -> bool:
        """Return whether plugins reach their store on both."""
        return [answer.status for answer in await self.both("/counted")] == [200, 200]

    async def purge(self, **said: object) -> None:
        """Purge, on both."""
        answer = await self.control.api("/v1/cache/purges", method="POST", body=said)
        assert (answer.json["live"], answer.json["proxies"]) == (2, 2)


@pytest.fixture(scope="module")
def world(background: Background, upstreams: Upstreams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as running:
        redis, echo = running.enter_context(background.entered(Redis())), upstreams.echo()
        address = f"127.0.0.1:{free_port()}"
        options = ("--role", "control", "--listen", address)
        control = Gateway(CONFIG, *options, address=address, echo=echo.port)
        running.enter_context(background.entered(control))
        credentials = control.issue(tmp_path_factory.mktemp("credentials"))
        for name in ("edge", "side"):
            proxy = control.joined_by(credentials, "--gateway", name, "--shared-store", redis.url)
            running.enter_context(background.entered(proxy))
        background.run(until(lambda: control.has_joined(2)))
        yield World(control, redis, echo)


async def test_what_one_proxy_has_fetched_is_given_by_the_other(world: World) -> None:
    assert await world.is_shared("/cached/a")
    assert await world.is_shared("/cached/b")
    assert [world.asked(path) for path in ("/cached/a", "/cached/b")] == [1, 1]


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("said", [{"prefix": "/cached"}, {"everything": True}], ids=str)
async def test_a_purge_reaches_both_and_what_redis_keeps(world: World, said: dict[str, object], port: str) -> None:
    path = f"/cached/purged-{'-'.join(said)}-{port}"
    assert await world.is_shared(path)
    await world.purge(**said)
    assert await world.cached(path, port) == "fwd=uri-miss; stored"


async def test_what_is_written_through_one_proxy_is_taken_back_by_the_other(world: World) -> None:
    assert await world.is_shared("/cached/written")
    assert (await world.control.get("/cached/written", method="POST", body="new")).status == 200

    async def is_forgotten() -> bool:
        return (await world.cached("/cached/written", "side")).startswith("fwd=")

    await until(is_forgotten)


async def test_plugins_count_together(world: World) -> None:
    counts = [int(answer.headers["x-count"]) for _ in range(3) for answer in await world.both("/counted")]
    assert counts == list(range(counts[0], counts[0] + 6))
    assert [answer.headers["x-count"] for answer in await world.both("/lenient")] == [f"{counts[-1]}"] * 2


@asynccontextmanager
async def killed(redis: Redis) -> AsyncIterator[None]:
    await redis.kill()
    yield
    await redis.start()


@asynccontextmanager
async def stunned(redis: Redis) -> AsyncIterator[None]:
    with redis.stunned():
        yield


@pytest.mark.parametrize("away", [killed, stunned])
async def test_while_redis_is_away_each_has_its_outcome_and_nothing_else_suffers(
    world: World, away: Callable[[Redis], AbstractAsyncContextManager[None]]
) -> None:
    old, new, back = (f"/cached/{when}-{away.__name__}" for when in ("before", "while", "after"))
    assert await world.is_shared(old)
    loads = [Load(world.control.port(port), "/native") for port in PORTS]
    async with loads[0].running(1), loads[1].running(1):
        async with away(world.redis):
            for port in PORTS:
                assert (await world.cached(old, port)).startswith("hit"), "it is in memory"
                assert await world.cached(new, port) == "fwd=bypass; detail=store; stored"
                assert (await world.cached(new, port)).startswith("hit")
            assert [answer.json["code"] for answer in await world.both("/counted")] == ["plugin.failed"] * 2
            answers = await world.both("/lenient")
            assert [(answer.status, answer.headers["x-count"]) for answer in answers] == [(200, "unknown")] * 2
        await until(world.counts)
        paths = (f"{back}-{number}" for number in count())
        await until(lambda: world.is_shared(next(paths)))
    assert [load.failed for load in loads] == [[], []]
