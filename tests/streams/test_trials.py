"""Trials: a snapshot that is not proven reaches the proxies that were there, and only if it holds all the others."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from crossway.compile.envoy.resource import Resource
from crossway.protos import from_dict
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.xds.client import Client, everything
from crossway.xds.protocol import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from crossway.xds.proxies import Outcome, Proxy
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node
from harness.waiting import until
from streams.test_delta import becomes, free_port, get
from xds.samples import answer, cluster, endpoints, listener, rds, routes, running_envoy

ALL = everything([CLUSTER, ENDPOINTS, LISTENER, ROUTES])
Judge = Callable[[Resource], str | None]
"""Why a resource is refused, or `None`."""


def snapshot(text: str, *more: Resource, port: int = 2) -> Snapshot:
    return Snapshot.of([listener("l", port, **rds("r")), routes("r", answer("/", text)), *more])


PROVEN, TRIED = snapshot("proven"), snapshot("tried")


def accept(_resource: Resource) -> str | None:
    return None


def refuse_tried(resource: Resource) -> str | None:
    return "not that" if resource.version == TRIED.of_type(ROUTES)["r"].version else None


class Fleet:
    """A control plane, and proxies that come and go."""

    def __init__(self, address: str, tasks: asyncio.TaskGroup) -> None:
        self.cold: set[str] = set()
        """The clusters that do not get warm."""
        self.server = Server(lambda _node, _identities: "edge", time.monotonic, warm=self._warm, grace=0.02)
        self.server.listen(address)
        self.clients: dict[str, Client] = {}
        self.received: dict[str, list[tuple[str, ...]]] = {}
        """The names in each update that a proxy was given."""
        self._address = address
        self._tasks = tasks
        self._running: dict[str, list[asyncio.Task[None]]] = {}

    async def _warm(self, _node_id: str, clusters: frozenset[str]) -> None:
        await until(lambda: not clusters & self.cold)

    async def join(self, name: str, judge: Judge = accept, known: Snapshot | None = None) -> None:
        client = Client(self._address, Node(name), ALL, lambda _: 0.01, known=known or Snapshot())
        self.clients[name], self.received[name] = client, []
        self._running[name] = [
            self._tasks.create_task(client.run()),
            self._tasks.create_task(self._follow(name, judge)),
        ]
        await until(lambda: any(proxy.node.id == name for proxy in self.server.proxies))

    async def _follow(self, name: str, judge: Judge) -> None:
        async for update in self.clients[name].updates():
            reasons: dict[str, str] = {}
            for kind in update.types:
                sent = update.snapshot.of_type(kind)
                held = self.clients[name].accepted.of_type(kind)
                changed = [resource for resource in sent.values() if held.get(resource.name) is not resource]
                self.received[name].append(tuple(resource.name for resource in changed))
                if why := next(filter(None, map(judge, changed)), None):
                    reasons[kind] = why
            update.refuse(reasons)

    async def leave(self, name: str) -> None:
        for task in self._running.pop(name):
            task.cancel()
        await until(lambda: all(proxy.node.id != name for proxy in self.server.proxies))

    async def settled(self, version: str) -> Outcome:
        outcome = await self.server.live("edge", version, within=10)
        assert not outcome.waiting
        return outcome

    def served(self, name: str) -> str:
        """The version of the routes that a proxy has."""
        return self.clients[name].accepted.of_type(ROUTES)["r"].version

    def close(self) -> None:
        for tasks in self._running.values():
            for task in tasks:
                task.cancel()


def names(proxies: tuple[Proxy, ...]) -> list[str]:
    return sorted(proxy.node.id for proxy in proxies)


def version(snapshot: Snapshot) -> str:
    return snapshot.of_type(ROUTES)["r"].version


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    """Three proxies that have what is published."""
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        fleet = Fleet(f"unix:{tmp_path}/ads.sock", tasks)
        async with fleet.server:
            fleet.server.publish("edge", PROVEN)
            for name in "abc":
                await fleet.join(name)
            assert names((await fleet.settled(PROVEN.version)).live) == ["a", "b", "c"]
            yield fleet
            fleet.close()


async def test_a_trial_that_holds_is_published_and_nothing_is_sent_again(fleet: Fleet) -> None:
    fleet.server.trial("edge", TRIED)
    assert fleet.server.snapshots["edge"] is PROVEN
    assert names((await fleet.settled(TRIED.version)).live) == ["a", "b", "c"]
    sent = {name: list(received) for name, received in fleet.received.items()}
    fleet.server.publish("edge", TRIED)
    fleet.server.publish("edge", snapshot("tried"))
    assert names((await fleet.settled(TRIED.version)).live) == ["a", "b", "c"]
    await fleet.join("d")
    assert names((await fleet.settled(TRIED.version)).live) == ["a", "b", "c", "d"]
    assert {name: fleet.received[name] for name in "abc"} == sent


async def test_who_comes_in_the_middle_of_a_trial_gets_what_is_proven(fleet: Fleet) -> None:
    fleet.cold = {"x"}
    tried = snapshot("tried", cluster("x"), endpoints("x", 1))
    fleet.server.trial("edge", tried)
    await fleet.join("d")
    await until(lambda: [p for p in fleet.server.proxies if p.node.id == "d" and p.live == PROVEN.version])
    assert fleet.served("d") == version(PROVEN)
    fleet.cold.clear()
    assert names((await fleet.settled(tried.version)).live) == ["a", "b", "c"]
    fleet.server.publish("edge", tried)
    assert names((await fleet.settled(tried.version)).live) == ["a", "b", "c", "d"]
    assert fleet.served("d") == version(tried)


async def test_who_refuses_and_what_is_told_and_a_trial_is_taken_back(fleet: Fleet) -> None:
    await fleet.join("x", refuse_tried)
    await fleet.settled(PROVEN.version)
    fleet.server.trial("edge", TRIED)
    outcome = await fleet.settled(TRIED.version)
    assert names(outcome.live) == ["a", "b", "c"]
    (refusing,) = outcome.refused
    assert [(r.resource.name, r.message) for r in refusing.refused if r.resource] == [("r", "not that")]
    assert fleet.served("a") == version(TRIED)
    fleet.server.publish("edge", PROVEN)
    back = await fleet.settled(PROVEN.version)
    assert names(back.live) == ["a", "b", "c", "x"]
    assert {fleet.served(name) for name in "abcx"} == {version(PROVEN)}
    assert len(fleet.received["x"]) == len(fleet.received["a"]) - 1, "who never had it is not sent it back"


async def test_a_trial_that_is_refused_again_is_refused_again(fleet: Fleet) -> None:
    await fleet.join("x", refuse_tried)
    for _ in range(2):
        fleet.server.trial("edge", TRIED)
        assert names((await fleet.settled(TRIED.version)).refused) == ["x"]
        fleet.server.publish("edge", PROVEN)
        assert not (await fleet.settled(PROVEN.version)).refused


async def test_a_trial_waits_for_a_cold_cluster_and_can_be_taken_back_from_there(fleet: Fleet) -> None:
    fleet.cold = {"x"}
    tried = snapshot("tried", cluster("x"), endpoints("x", 1))
    fleet.server.trial("edge", tried)
    await until(lambda: all(proxy.progress.cold for proxy in fleet.server.proxies))
    outcome = await fleet.server.live("edge", tried.version, within=0.05)
    assert [proxy.warming for proxy in outcome.waiting] == [("x",)] * 3
    fleet.server.publish("edge", PROVEN)
    assert names((await fleet.settled(PROVEN.version)).live) == ["a", "b", "c"]
    assert fleet.served("a") == version(PROVEN)
    await until(lambda: not fleet.clients["a"].accepted.of_type(CLUSTER))


async def test_who_goes_in_the_middle_is_gone_and_comes_back_to_what_is_proven(fleet: Fleet) -> None:
    fleet.cold = {"x"}
    tried = snapshot("tried", cluster("x"), endpoints("x", 1))
    fleet.server.trial("edge", tried)
    await until(lambda: all(proxy.progress.cold for proxy in fleet.server.proxies))
    await fleet.leave("b")
    held = snapshot("tried", cluster("x"), endpoints("x", 1))
    await fleet.join("b", known=held)
    fleet.cold.clear()
    outcome = await fleet.settled(tried.version)
    assert names(outcome.live) == ["a", "c"]
    assert names(outcome.gone) == ["b"]
    await until(lambda: fleet.served("b") == version(PROVEN))
    await until(lambda: not fleet.clients["b"].accepted.of_type(CLUSTER))


async def test_a_trial_takes_over_from_a_trial_and_waiting_for_the_first_one_ends(fleet: Fleet) -> None:
    fleet.cold = {"x"}
    tried = snapshot("tried", cluster("x"), endpoints("x", 1))
    fleet.server.trial("edge", tried)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(fleet.server.live("edge", tried.version, within=20))
        await until(lambda: all(proxy.progress.cold for proxy in fleet.server.proxies))
        fleet.server.trial("edge", TRIED)
    assert names(waiting.result().waiting) == ["a", "b", "c"]
    assert names((await fleet.settled(TRIED.version)).live) == ["a", "b", "c"]


@pytest.mark.journey
async def test_a_real_envoy_takes_back_and_replaces_what_it_refused(tmp_path: Path) -> None:
    port = free_port()
    bad = Resource.of("bad", from_dict({"name": "bad", "type": "EDS"}, cluster_v3.Cluster))
    hosts = [{"name": name, "domains": ["*"]} for name in ("one", "another")]
    twice = Resource.of("r", from_dict({"name": "r", "virtual_hosts": hosts}, route_v3.RouteConfiguration))
    changed = (cluster("c", "2s"), endpoints("c", 1))
    server = Server(lambda _node, _identities: "edge", time.monotonic, grace=0.05)
    server.listen(f"unix:{tmp_path}/ads.sock")

    async def refused(tried: Snapshot) -> set[str]:
        server.trial("edge", tried)
        outcome = await server.live("edge", tried.version, 20)
        (proxy,) = outcome.refused
        assert all(refusal.message for refusal in proxy.refused)
        return {refusal.resource.name for refusal in proxy.refused if refusal.resource}

    async def live(tried: Snapshot) -> bool:
        return bool((await server.live("edge", tried.version, 20)).live)

    first = snapshot("first", cluster("c"), endpoints("c", 1), port=port)
    server.publish("edge", first)
    async with server, running_envoy(tmp_path):
        await until(lambda: server.proxies)
        assert await live(first)
        await becomes((200, "first"), lambda: get(port, "/"))

        broken = Snapshot.of([listener("l", port, **rds("r")), twice, *changed, bad])
        assert await refused(broken) == {"r", "bad"}
        assert await get(port, "/") == (200, "first")

        last_good = Snapshot.of([*broken.of_type(LISTENER).values(), *first.of_type(ROUTES).values(), *changed])
        server.trial("edge", last_good)
        assert await live(last_good)
        assert await get(port, "/") == (200, "first")

        assert await refused(broken) == {"r", "bad"}
        mended = snapshot("mended", *changed, port=port)
        server.trial("edge", mended)
        assert await live(mended)
        assert await get(port, "/") == (200, "mended")

        server.publish("edge", first)
        assert await live(first)
        await becomes((200, "first"), lambda: get(port, "/"))
