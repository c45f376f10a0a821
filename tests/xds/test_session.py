import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crossway.xds.protocol import CLUSTER, Acknowledged, Live, Refused
from crossway.xds.proxies import Proxy
from crossway.xds.session import Session, Warm
from crossway.xds.snapshot import EMPTY, Snapshot
from crossway.xds.subscription import Send
from crossway.xds.wire import Node, read_response
from xds.playbook import ack, ask, cluster

News = Acknowledged | Refused | Live
SNAPSHOT = Snapshot.of([cluster("a")])


class Wire:
    """What a session sent and reported, as it comes."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Send] = asyncio.Queue()
        self.news: asyncio.Queue[News] = asyncio.Queue()

    async def write(self, data: bytes) -> None:
        self.sent.put_nowait(read_response(data))

    def answered(self, proxy: Proxy, news: News) -> None:
        assert proxy.node.id == "n1"
        self.news.put_nowait(news)


@asynccontextmanager
async def session(wire: Wire, warm: Warm) -> AsyncIterator[Session]:
    proxy = Proxy(1, Node("n1"), "edge", "unix:", (), 0.0)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        session = Session(proxy, tasks, wire.write, wire.answered, warm, patience=5.0, grace=0.0)
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
