"""From a text to a stream: what an edit of the configuration sends over delta ADS, and in which order."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crossway.compile.envoy.names import RUNTIME
from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, Ref
from crossway.xds.client import Client, everything
from crossway.xds.protocol import CLUSTER, ENDPOINTS, EXTENSION, LISTENER, ROUTES
from crossway.xds.server import Server
from crossway.xds.snapshot import Snapshot, difference
from crossway.xds.wire import Node
from harness.waiting import until

SHORT = {CLUSTER: "cluster", ENDPOINTS: "endpoints", LISTENER: "listener", EXTENSION: "filter", ROUTES: "routes"}
ONE = """
gateways:
  edge: {listeners: {http: 8080}}
  other: {listeners: {http: 8081}}
services:
  orders: {endpoints: ["127.0.0.1:9001"]}
  users: {endpoints: ["127.0.0.1:9002"]}
routes:
  orders: {gateways: [edge], matches: [{path: /orders/*}], to: orders}
  users: {gateways: [edge, other], matches: [{path: /users/*}], to: users}
"""

Step = set[tuple[str, str]]
"""What changed in one update: pairs of a kind and a name; a name that is gone has a minus before it."""


class Plane:
    """A control plane with one proxy that accepts everything."""

    def __init__(self, socket: Path, view: View) -> None:
        self.pipeline = Pipeline(load_policies())
        self.view = view
        self.server = Server(lambda _node, _identities: "view", time.monotonic, grace=0.05)
        self.server.listen(f"unix:{socket}")
        self.client = Client(f"unix:{socket}", Node("proxy"), everything(SHORT), lambda _: 0.01)
        self._steps: list[Step] = []

    async def edit(self, text: str) -> list[Step]:
        """Publish what *text* says, and return the steps in which it got to the proxy."""
        loaded = self.pipeline.read([Document("gateway.yaml", text)])
        assert not loaded.refused
        self.pipeline.adopt(loaded)
        snapshot = Snapshot.of(self.pipeline.resources(self.view))
        self._steps.clear()
        self.server.publish("view", snapshot)
        await until(lambda: self.server.proxies.outcome("view", snapshot.version).live)
        # What nobody uses any more is taken away later.
        await until(lambda: self.client.accepted.version == snapshot.version)
        return self._steps

    async def follow(self) -> None:
        """Be the proxy."""
        async for update in self.client.updates():
            change = difference(self.client.accepted, update.snapshot)
            step = {(SHORT[kind], name) for kind, names in change.upserted.items() for name in names}
            step |= {(SHORT[kind], f"-{name}") for kind, names in change.removed.items() for name in names}
            if step:
                self._steps.append(step)
            update.accept()


async def running(plane: Plane) -> AsyncIterator[Plane]:
    async with plane.server, asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(plane.client.run()), tasks.create_task(plane.follow())]
        await until(lambda: plane.server.proxies)
        yield plane
        for task in working:
            task.cancel()


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[Plane]:
    async for started in running(Plane(tmp_path / "ads.sock", View())):
        await started.edit(ONE)
        yield started


EDGE, OTHER = ("routes", "edge/0.0.0.0:8080"), ("routes", "other/0.0.0.0:8081")


async def test_an_edit_of_a_route_sends_its_table_only(plane: Plane) -> None:
    assert await plane.edit(ONE.replace("/orders/*", "/orders/v2/*")) == [{EDGE}]


async def test_a_route_on_two_gateways_is_two_tables(plane: Plane) -> None:
    assert await plane.edit(ONE.replace("/users/*", "/people/*")) == [{EDGE, OTHER}]


async def test_an_edit_of_an_endpoint_sends_endpoints_only(plane: Plane) -> None:
    assert await plane.edit(ONE.replace("127.0.0.1:9001", "127.0.0.1:9009")) == [{("endpoints", "orders")}]


async def test_an_edit_of_how_a_service_is_spoken_to_sends_its_cluster_only(plane: Plane) -> None:
    edited = ONE.replace('["127.0.0.1:9001"]', '["127.0.0.1:9001"], proxy_protocol: v2')
    assert await plane.edit(edited) == [{("cluster", "orders")}]


async def test_a_policy_of_a_route_leaves_listeners_alone(plane: Plane) -> None:
    edited = ONE.replace("to: orders}", "to: orders, policies: {timeout: 1s, error_pages: {503: Sorry.}}}")
    assert await plane.edit(edited) == [{EDGE}]


async def test_a_policy_of_a_listener_sends_this_listener_only(plane: Plane) -> None:
    edited = ONE.replace("{http: 8080}", "{http: {port: 8080, policies: {limits: {header_count: 50}}}}")
    assert await plane.edit(edited) == [{("listener", "edge/0.0.0.0:8080/tcp")}]


async def test_an_edit_that_changes_no_meaning_sends_nothing(plane: Plane) -> None:
    assert await plane.edit("# a comment\n" + ONE.replace("orders: {endpoints", "orders:  {endpoints")) == []


async def test_a_broken_policy_sends_the_closed_route_only(plane: Plane) -> None:
    assert await plane.edit(ONE.replace("to: orders}", "to: orders, policies: {timeout: 5}}")) == [{EDGE}]


async def test_a_new_service_is_there_before_the_route_that_names_it(plane: Plane) -> None:
    edited = ONE.replace("routes:", '  items: {endpoints: ["127.0.0.1:9003"]}\nroutes:').replace(
        "to: orders}", "to: items}"
    )
    steps = await plane.edit(edited)
    order = [(number, *change) for number, step in enumerate(steps) for change in step]
    (switched,) = [number for number, kind, _ in order if kind == "routes"]
    assert max(number for number, _, name in order if name == "items") < switched
    assert min(number for number, _, name in order if name == "-orders") > switched


async def test_a_listener_that_goes_away_takes_its_table_along(plane: Plane) -> None:
    edited = ONE.replace("  other: {listeners: {http: 8081}}\n", "").replace("[edge, other]", "[edge]")
    steps = await plane.edit(edited)
    assert ("listener", "-other/0.0.0.0:8081/tcp") in set().union(*steps)
    assert ("routes", "-other/0.0.0.0:8081") in set().union(*steps)
    assert EDGE not in set().union(*steps)


async def test_going_back_sends_what_was_before(plane: Plane) -> None:
    before = plane.client.accepted.version
    await plane.edit(ONE.replace("/orders/*", "/orders/v2/*").replace("9001", "9009"))
    assert plane.client.accepted.version != before
    await plane.edit(ONE)
    assert plane.client.accepted.version == before


async def test_a_proxy_sees_its_own_gateway_only(tmp_path: Path) -> None:
    view = View(frozenset({Ref("gateways", "other")}))
    async for plane in running(Plane(tmp_path / "ads.sock", view)):
        steps = await plane.edit(ONE)
        seen = {name for step in steps for kind, name in step if kind != "filter"}
        assert seen - {RUNTIME} == {"users", "other/0.0.0.0:8081/tcp", "other/0.0.0.0:8081"}
        assert await plane.edit(ONE.replace("/orders/*", "/orders/v2/*")) == []
