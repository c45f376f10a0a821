"""Purges: kept, told to every proxy, and waited for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crossway.admin.desk import State
from crossway.compile.envoy import names, python
from crossway.compile.program import Program, Purge
from crossway.daemon.purging import Purging
from crossway.protos import type_url
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.xds.snapshot import Snapshot
from harness.plane import Plane, plane
from harness.pretender import Pretender, pretending
from harness.waiting import until

CACHED = """
gateways: {edge: {listeners: {http: 8080}}}
services: {shop: "http://127.0.0.1:1"}
routes: {shop: {to: shop, policies: {cache: 60s}}}
"""
PLAIN = CACHED.replace("{cache: 60s}", "{}")
PROGRAM = names.http_filter(python.PROGRAM)
EXTENSION = type_url(core_v3.TypedExtensionConfig)
TAGGED = Purge("", 0.0, tag="a")


def program(snapshot: Snapshot) -> Program:
    """Return the program that a proxy is given."""
    return python.program_of(snapshot.of_type(EXTENSION)[PROGRAM])


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Plane]:
    async with plane(tmp_path, envoy=False) as made:
        made.control.server.listen(f"unix:{tmp_path}/xds.sock")
        async with made.control.server:
            assert (await made.apply(CACHED)).state is State.LIVE
            yield made


@pytest.fixture
async def one(here: Plane, tmp_path: Path) -> AsyncIterator[Pretender]:
    async with pretending(here.control.server, f"unix:{tmp_path}/xds.sock", "one") as proxy:
        yield proxy


@pytest.fixture
async def two(here: Plane, tmp_path: Path) -> AsyncIterator[Pretender]:
    async with pretending(here.control.server, f"unix:{tmp_path}/xds.sock", "two", "edge") as proxy:
        await until(lambda: proxy.has.of_type(EXTENSION))
        yield proxy


async def test_a_purge_is_live_when_every_proxy_has_it(here: Plane, one: Pretender, two: Pretender) -> None:
    made = await here.purging.make(TAGGED)
    assert (made.live, made.proxies) == (2, 2)
    assert program(one.has).purges == program(two.has).purges == (made.purge,)
    assert abs(made.purge.at - datetime.now(UTC).timestamp()) < 10
    later = await here.purging.make(Purge("", 0.0, everything=True))
    assert program(one.has).purges == await here.purging.purges() == (later.purge,)


async def test_many_at_once(here: Plane, one: Pretender) -> None:
    made = await asyncio.gather(*(here.purging.make(Purge("", 0.0, tag=f"t{number % 7}")) for number in range(30)))
    assert {(each.live, each.proxies) for each in made} == {(1, 1)}
    assert len(program(one.has).purges) == 7


@pytest.mark.usefixtures("one")
async def test_a_proxy_that_says_nothing_is_not_waited_for_longer_than_so(here: Plane, two: Pretender) -> None:
    two.answers.clear()
    purging = Purging(here.control, here.stored.store, lambda: datetime.now(UTC), within=0.2)
    made = await purging.make(TAGGED)
    assert (made.live, made.proxies) == (1, 2)
    two.answers.set()
    await until(lambda: program(two.has).purges == (made.purge,))
    assert (await purging.make(TAGGED)).live == 2


async def test_a_purge_during_a_change_waits_for_its_turn(here: Plane, one: Pretender) -> None:
    purging = Purging(here.control, here.stored.store, lambda: datetime.now(UTC), within=0.2)
    async with here.control.changing:
        made = await purging.make(TAGGED)
        assert (made.live, made.proxies) == (0, 1)
    await until(lambda: program(one.has).purges == (made.purge,))


async def test_a_proxy_without_python_has_nothing_to_obey(here: Plane, one: Pretender) -> None:
    assert (await here.apply(PLAIN)).state is State.LIVE
    made = await here.purging.make(TAGGED)
    assert (made.live, made.proxies) == (1, 1)
    assert (await here.apply(CACHED)).state is State.LIVE
    assert program(one.has).purges == (made.purge,)


async def test_a_proxy_that_refuses_its_program_obeys_with_the_one_from_before(here: Plane, one: Pretender) -> None:
    before = await here.purging.make(Purge("", 0.0, tag="before"))
    (entry,) = program(one.has).entries.values()
    one.dislikes = lambda given: given.name == PROGRAM and entry not in python.program_of(given).entries.values()
    assert (await here.apply(CACHED.replace("60s", "61s"))).state is State.LIVE
    assert [finding.code for finding in here.control.state.findings] == ["proxy.refused"]
    made = await here.purging.make(TAGGED)
    assert (made.live, made.proxies) == (1, 1)
    assert list(program(one.has).entries.values()) == [entry]
    assert program(one.has).purges == (before.purge, made.purge)


async def test_purges_are_there_after_a_restart_and_with_other_control_planes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    async with (
        plane(tmp_path / "first", url=url, name="first", envoy=False) as first,
        plane(tmp_path / "second", url=url, name="second", envoy=False) as second,
    ):
        made = await first.purging.make(TAGGED)
        await until(lambda: second.control.views.purges == (made.purge,))
    async with plane(tmp_path / "first", url=url, name="first", envoy=False) as again:
        await again.purging.load()
        assert again.control.views.purges == (made.purge,)
