import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.errors import Bug
from crossway.xds.client import Client, everything
from crossway.xds.protocol import CLUSTER, ENDPOINTS, LISTENER, ROUTES
from crossway.xds.proxies import Answered, Event
from crossway.xds.server import Server
from crossway.xds.session import Session
from crossway.xds.snapshot import EMPTY, Snapshot
from crossway.xds.subscription import Request
from crossway.xds.wire import Node
from xds.samples import answer, cluster, endpoints, listener, rds, routes

ALL = everything([CLUSTER, ENDPOINTS, LISTENER, ROUTES])
FIRST = Snapshot.of([cluster("c"), endpoints("c", 1), listener("l", 2, **rds("r")), routes("r", answer("/", "1"))])
SECOND = Snapshot.of([cluster("c"), endpoints("c", 1), listener("l", 2, **rds("r")), routes("r", answer("/", "2"))])


@asynccontextmanager
async def serving(address: str, snapshot: Snapshot) -> AsyncIterator[Server]:
    server = Server(lambda _node, _identities: "edge", time.monotonic, grace=0.0)
    server.listen(address)
    server.publish("edge", snapshot)
    async with server:
        yield server


@asynccontextmanager
async def following(address: str, known: Snapshot = EMPTY) -> AsyncIterator[Client]:
    client = Client(address, Node("relay"), ALL, lambda _: 0.01, known=known)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        yield client
        running.cancel()


async def reach(client: Client, version: str) -> list[Snapshot]:
    """Accept until *version* is reached, and return the states on the way."""
    states = []
    async for update in client.updates():
        states.append(update.snapshot)
        update.accept()
        if update.snapshot.version == version:
            break
    return states


async def test_everything_of_a_view_arrives_in_the_order_of_the_pushes(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with serving(address, FIRST), following(address) as client:
        for state in await reach(client, FIRST.version):
            assert not state.of_type(LISTENER) or state.of_type(CLUSTER)
            assert not state.of_type(ROUTES) or state.of_type(LISTENER)
        assert client.accepted.resources == FIRST.resources
        assert client.trouble is None


async def test_a_removal_arrives(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with serving(address, FIRST) as server, following(address) as client:
        await reach(client, FIRST.version)
        less = Snapshot.of([cluster("c"), endpoints("c", 1)])
        server.publish("edge", less)
        await reach(client, less.version)


async def test_what_is_refused_is_not_taken_over_and_the_control_plane_hears_why(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with serving(address, FIRST) as server, following(address) as client:
        await reach(client, FIRST.version)
        server.publish("edge", SECOND)
        async for update in client.updates():
            assert update.types == {ROUTES}
            update.refuse({ROUTES: "our Envoy does not like it"})
            break
        outcome = await server.live("edge", SECOND.version, 5)
        assert [r.message for proxy in outcome.refused for r in proxy.refused] == ["our Envoy does not like it"]
        assert client.accepted.version == FIRST.version


async def test_after_a_break_only_what_changed_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with following(address) as client:
        async with serving(address, FIRST):
            await reach(client, FIRST.version)
        asked = _record_requests(monkeypatch)
        async with serving(address, SECOND):
            async for update in client.updates():
                assert update.types == {ROUTES}
                assert update.snapshot.version == SECOND.version
                update.accept()
                break
    assert asked[0].initial_versions == {"c": cluster("c").version}


def _record_requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    asked: list[Request] = []
    receive = Session.receive

    def recording(session: Session, request: Request) -> None:
        asked.append(request)
        receive(session, request)

    monkeypatch.setattr(Session, "receive", recording)
    return asked


async def test_what_was_archived_is_not_sent_again(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    events: list[Event] = []
    server = Server(lambda _node, _identities: "edge", time.monotonic, report=events.append)
    server.listen(address)
    server.publish("edge", FIRST)
    async with server, following(address, known=FIRST):
        while not server.proxies.outcome("edge", FIRST.version).live:
            await server.proxies.change()
    assert [type(event.news).__name__ for event in events if isinstance(event, Answered)] == ["Live"]


async def test_an_answer_after_a_break_counts_for_the_state_only(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with following(address) as client:
        async with serving(address, Snapshot.of([cluster("c")])):
            update = await anext(client.updates())
        update.accept()
        async with serving(address, FIRST):
            await reach(client, FIRST.version)


async def test_an_update_must_be_answered(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/ads.sock"
    async with serving(address, FIRST), following(address) as client:
        with pytest.raises(Bug, match="neither accepted nor refused"):
            async for _ in client.updates():
                pass


async def test_while_nobody_answers_it_tries_again_and_says_why(tmp_path: Path) -> None:
    attempts: asyncio.Queue[int] = asyncio.Queue()

    def delay(attempt: int) -> float:
        attempts.put_nowait(attempt)
        return 0.0

    client = Client(f"unix:{tmp_path}/absent.sock", Node("relay"), ALL, delay)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(client.run())
        assert [await attempts.get() for _ in range(3)] == [1, 2, 3]
        assert client.trouble
        running.cancel()
