"""Purges, asked of the running product: what was purged is given by no proxy any more, and nothing else is lost."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.gateway import COMMAND, Gateway
from harness.ports import free_port
from harness.scripted import Exchange, Script, Scripted
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}, side: {listeners: {http: $side}}}
services: {backend: "http://127.0.0.1:$backend"}
routes:
  shop: {gateways: [edge, side], matches: [{path: /shop/*}], to: backend, policies: {cache: 1h}}
  docs: {gateways: [edge, side], matches: [{path: /docs/*}], to: backend, policies: {cache: 1h}}
"""
PATHS = ("/shop/a?x=1", "/shop/b", "/docs/a")
ALL, A, B = frozenset(PATHS), frozenset(PATHS[:1]), frozenset(PATHS[1:2])


def counting(tags: str) -> Script:
    """Answer how often the backend was asked."""
    count = 0

    async def script(exchange: Exchange) -> None:
        nonlocal count
        count += 1
        body = f"{count}".encode()
        await exchange.say(
            b"HTTP/1.1 200 OK\r\ncache-control: max-age=3600, stale-while-revalidate=3600\r\n"
            b"surrogate-key: %b\r\ncontent-length: %d\r\n\r\n%b" % (tags.encode(), len(body), body)
        )

    return script


@dataclass
class World:
    gateway: Gateway
    backend: Scripted

    async def warm(self, *ports: str) -> None:
        """Have every path in the caches."""
        for path, tags in zip(PATHS, ("one two", "two", "three"), strict=True):
            self.backend.scripts[path] = counting(tags)
        for port in ports or ("http",):
            assert await self.forgotten(port) == ALL
            assert await self.forgotten(port) == frozenset()

    async def forgotten(self, at: str = "http") -> frozenset[str]:
        """Return the paths that are not in the cache; they are afterwards."""
        answers = {path: await self.gateway.get(path, at=at) for path in PATHS}
        return frozenset(path for path, answer in answers.items() if "hit" not in answer.headers["cache-status"])

    async def purge(self, **said: object) -> tuple[int, int]:
        """Purge, and return on how many of how many proxies that is live."""
        answer = await self.gateway.api("/v1/cache/purges", method="POST", body=said)
        return answer.json["live"], answer.json["proxies"]


@pytest.fixture
async def backend() -> AsyncIterator[Scripted]:
    async with Scripted() as running:
        yield running


@pytest.fixture
async def world(backend: Scripted) -> AsyncIterator[World]:
    async with Gateway(CONFIG, backend=backend.port) as running:
        yield World(running, backend)


async def crossway(gateway: Gateway, *words: str) -> tuple[int | None, str]:
    """Run the command line, and return its exit status and what it answers."""
    state = gateway.directory / "state"
    process = await asyncio.create_subprocess_exec(
        COMMAND, *words, "--state", state, stdout=asyncio.subprocess.PIPE, env=os.environ | {"NO_COLOR": "1"}
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_what_is_purged_is_forgotten_and_nothing_else(world: World) -> None:
    await world.warm()
    for said, gone in (
        ({"url": "http://test/shop/a?x=1"}, A),
        ({"url": "/shop/a?x=1"}, A),
        ({"url": "/shop/a"}, frozenset()),
        ({"prefix": "https://test/shop"}, A | B),
        ({"prefix": "/"}, ALL),
        ({"tag": "two"}, A | B),
        ({"tag": "one"}, A),
        ({"host": "test"}, ALL),
        ({"host": "other.test"}, frozenset()),
        ({"route": "docs"}, ALL - A - B),
        ({"everything": True}, ALL),
    ):
        assert await world.purge(**said) == (1, 1)
        assert (said, await world.forgotten()) == (said, gone)
        assert await world.forgotten() == frozenset()


async def test_what_is_purged_softly_is_given_while_it_is_fetched(world: World) -> None:
    await world.warm()
    assert await world.purge(tag="three", soft=True) == (1, 1)
    stale = await world.gateway.get("/docs/a")
    assert (stale.text, "stale-while-revalidate" in stale.headers["cache-status"]) == ("1", True)

    async def is_new() -> bool:
        return (await world.gateway.get("/docs/a")).text == "2"

    await until(is_new)
    assert len(world.backend.at("/docs/a")) == 2


async def test_the_command_line_and_a_restart(world: World) -> None:
    await world.warm()
    assert await crossway(world.gateway, "purge", "--tag", "two") == (0, "live on 1/1 proxies\n")
    assert await world.forgotten() == A | B
    assert (await crossway(world.gateway, "purge", "--route", "nothing"))[0] == 2
    before = (await world.gateway.api("/v1/cache/purges")).json["items"]
    assert [one["tag"] for one in before] == ["two"]
    await world.gateway.stop()
    await world.gateway.start()
    assert (await world.gateway.api("/v1/cache/purges")).json["items"] == before
    assert await world.purge(everything=True) == (1, 1)


async def test_no_request_fails_while_much_is_purged(world: World) -> None:
    await world.warm()
    statuses: list[int] = []
    going = True

    async def asking(path: str) -> None:
        while going:
            statuses.append((await world.gateway.get(path)).status)

    async with asyncio.TaskGroup() as tasks:
        for path in PATHS:
            tasks.create_task(asking(path))
        for number in range(30):
            assert await world.purge(tag=f"t{number}", url=None) == (1, 1)
        going = False
    assert len(statuses) > 30
    assert set(statuses) == {200}


async def test_every_proxy_that_joined_obeys(backend: Scripted, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    options = ("--role", "control", "--listen", address)
    async with Gateway(CONFIG, *options, address=address, backend=backend.port) as control:
        credentials = control.issue(tmp_path / "credentials")
        world = World(control, backend)
        edge, side = (control.joined_by(credentials, "--gateway", name) for name in ("edge", "side"))
        async with edge, side:
            await until(lambda: control.has_joined(2))
            await world.warm("http", "side")
            assert await world.purge(tag="two") == (2, 2)
            assert await world.forgotten() == await world.forgotten("side") == A | B
            with side.stunned():
                assert (await crossway(control, "purge", "--everything"))[:2] == (1, "live on 1/2 proxies\n")
                assert await world.forgotten() == ALL
            await until(control.is_settled)
            assert await world.forgotten("side") == ALL
