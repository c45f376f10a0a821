import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from crossway.errors import RemoteError
from crossway.xds.protocol import CLUSTER, DONE, Acknowledged, Live, Progress
from crossway.xds.proxies import News, Proxy
from crossway.xds.session import Session, Warm
from crossway.xds.snapshot import EMPTY, Snapshot
from crossway.xds.subscription import Send
from crossway.xds.wire import Node
from harness.waiting import until
from xds.playbook import ack, ask, cluster

SNAPSHOT = Snapshot.of([cluster("a")])


class Wire:
    """What a session sent and reported, as it comes."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Send] = asyncio.Queue()
        self.news: asyncio.Queue[News] = asyncio.Queue()
        self.last = DONE

    async def write(self, response: Send) -> None:
        self.sent.put_nowait(response)

    def heard(self, stream: int, progress: Progress, news: Sequence[News]) -> None:
        assert stream == 1
        self.last = progress
        for item in news:
            self.news.put_nowait(item)


@asynccontextmanager
async def session(wire: Wire, warm: Warm) -> AsyncIterator[Session]:
    proxy = Proxy(1, Node("n1"), "edge", "unix:", (), 0.0)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        session = Session(proxy, tasks, wire.write, wire.heard, warm, patience=0.05, grace=0.0)
        yield session
        session.end()


async def test_a_cluster_is_live_when_the_probe_says_so() -> None:
    wire, warmed = Wire(), asyncio.Event()

    async def warm(node_id: str, clusters: frozenset[str]) -> None:
        assert (node_id, clusters) == ("n1", frozenset("a"))
        await warmed.wait()

    async with session(wire, warm) as proxy:
        proxy.receive(ask(CLUSTER))
        proxy.offer(SNAPSHOT)
        assert (await wire.sent.get()).nonce == "1"
        proxy.receive(ack(CLUSTER, 1))
        assert await wire.news.get() == Acknowledged(CLUSTER, SNAPSHOT.version)
        assert wire.news.empty()
        warmed.set()
        assert await wire.news.get() == Live(SNAPSHOT.version)


async def test_a_cluster_that_is_late_is_gone_on_without_and_asked_about_until_it_is_warm() -> None:
    wire, warmed = Wire(), asyncio.Event()
    answers = iter([RemoteError("Not yet."), RemoteError("Not yet."), None])

    async def warm(_node_id: str, _clusters: frozenset[str]) -> None:
        if answer := next(answers):
            raise answer
        await warmed.wait()

    async with session(wire, warm) as proxy:
        proxy.receive(ask(CLUSTER))
        proxy.offer(SNAPSHOT)
        await wire.sent.get()
        proxy.receive(ack(CLUSTER, 1))
        assert await wire.news.get() == Acknowledged(CLUSTER, SNAPSHOT.version)
        assert await wire.news.get() == Live(SNAPSHOT.version)
        assert wire.last.cold == (cluster("a"),)
        warmed.set()
        await until(lambda: wire.last == DONE)


async def test_a_cluster_is_removed_after_the_grace() -> None:
    wire = Wire()

    async def warm(_node_id: str, _clusters: frozenset[str]) -> None:
        return None

    async with session(wire, warm) as proxy:
        proxy.receive(ask(CLUSTER, a="1"))
        proxy.offer(EMPTY)
        assert (await wire.sent.get()).removed == ("a",)


async def test_nothing_goes_on_after_the_end() -> None:
    wire, asked, ended = Wire(), asyncio.Event(), asyncio.Event()

    async def warm(_node_id: str, _clusters: frozenset[str]) -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with session(wire, warm) as proxy:
        proxy.offer(SNAPSHOT)
        proxy.receive(ask(CLUSTER))
        await wire.sent.get()
        proxy.receive(ack(CLUSTER, 1))
        await asked.wait()
    assert ended.is_set()
