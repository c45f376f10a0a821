import asyncio

from crossway.xds.protocol import CLUSTER, Acknowledged, Live, Refused
from crossway.xds.proxies import Answered, Connected, Disconnected, Proxies, Proxy
from crossway.xds.wire import Node
from xds.playbook import cluster

BAD = Refused(CLUSTER, cluster("bad"), "no")


def proxy(stream: int, view: str = "edge") -> Proxy:
    return Proxy(stream, Node(f"node-{stream}"), view, "unix:", (), 0.0)


async def test_a_proxy_is_entered_and_struck_out() -> None:
    proxies = Proxies()
    assert proxies.connect(proxy(1)) == Connected(proxy(1))
    assert list(proxies) == [proxy(1)]
    assert proxies.disconnect(1) == Disconnected(proxy(1))
    assert len(proxies) == 0


async def test_the_outcome_tells_live_from_refused_from_waiting() -> None:
    proxies = Proxies()
    for stream in (1, 2, 3):
        proxies.connect(proxy(stream))
    proxies.connect(proxy(4, "mesh"))
    proxies.answer(1, Live("v1"))
    proxies.answer(2, BAD)
    proxies.answer(2, Live("v1", (cluster("bad"),)))
    outcome = proxies.outcome("edge", "v1")
    assert [p.stream for p in outcome.live] == [1]
    assert [(p.stream, p.refused) for p in outcome.refused] == [(2, (BAD,))]
    assert [p.stream for p in outcome.waiting] == [3]


async def test_a_refusal_is_over_when_the_resource_is_no_longer_wanted() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    proxies.answer(1, BAD)
    answered = proxies.answer(1, Live("v2"))
    assert isinstance(answered, Answered)
    assert answered.proxy.refused == ()


async def test_the_last_acknowledged_version_is_kept() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    assert proxies.answer(1, Acknowledged(CLUSTER, "v1")).proxy.acknowledged == "v1"


async def test_a_change_wakes_those_who_wait() -> None:
    proxies = Proxies()
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        waiting = tasks.create_task(proxies.change())
        await asyncio.sleep(0)
        proxies.connect(proxy(1))
        await waiting
