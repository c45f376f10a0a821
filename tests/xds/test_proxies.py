import asyncio

from crossway.xds.protocol import CLUSTER, DONE, Acknowledged, Live, Progress, Refused
from crossway.xds.proxies import Answered, Connected, Disconnected, Proxies, Proxy
from crossway.xds.wire import Node
from xds.playbook import cluster, routes, send

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
    proxies.connect(proxy(5))
    proxies.connect(proxy(6))
    for stream in (1, 2, 3, 4, 6):
        proxies.offer(stream, "v1")
    proxies.hear(6, Progress((), (cluster("cold"),)), [Live("v1")])
    proxies.hear(1, DONE, [Live("v1")])
    proxies.hear(2, DONE, [BAD])
    proxies.hear(2, DONE, [Live("v1", (cluster("bad"),))])
    outcome = proxies.outcome("edge", "v1")
    assert [p.stream for p in outcome.live] == [1]
    assert [(p.stream, p.refused) for p in outcome.refused] == [(2, (BAD,))]
    assert [p.stream for p in outcome.waiting] == [3, 6]
    assert outcome.waiting[1].warming == ("cold",)


async def test_who_goes_in_the_middle_of_a_trial_is_remembered_until_it_ends() -> None:
    proxies = Proxies()
    for stream in (1, 2, 3):
        proxies.connect(proxy(stream))
    proxies.disconnect(3)
    proxies.begin_trial("edge")
    for stream in (1, 2):
        proxies.offer(stream, "v2")
    proxies.connect(proxy(4))
    proxies.offer(4, "v1")
    proxies.disconnect(4)
    proxies.disconnect(2)
    outcome = proxies.outcome("edge", "v2")
    assert [p.stream for p in outcome.waiting] == [1]
    assert [p.stream for p in outcome.gone] == [2]
    proxies.end_trial("edge")
    assert proxies.outcome("edge", "v2").gone == ()


async def test_having_been_live_before_is_not_being_live_again() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    proxies.offer(1, "v2")
    proxies.hear(1, DONE, [Live("v2")])
    proxies.offer(1, "v1")
    proxies.offer(1, "v2")
    assert proxies.outcome("edge", "v2").waiting
    proxies.hear(1, DONE, [Live("v2")])
    proxies.offer(1, "v2")
    assert proxies.outcome("edge", "v2").live


async def test_clusters_that_are_sent_or_cold_are_warming() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    unanswered = (send(1, cluster("b"), cluster("a")), send(2, routes("r")))
    proxies.hear(1, Progress(unanswered, (cluster("c"), cluster("a", "0"))), [])
    (record,) = proxies
    assert record.warming == ("a", "b", "c")


async def test_the_newest_refusal_of_a_resource_stands() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    other = Refused(CLUSTER, cluster("other"), "no")
    newest = Refused(CLUSTER, cluster("bad", "2"), "never")
    proxies.hear(1, DONE, [BAD, other, newest])
    (record,) = proxies
    assert record.refused == (other, newest)


async def test_a_refusal_is_over_when_the_resource_is_no_longer_wanted() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    proxies.hear(1, DONE, [BAD])
    (answered,) = proxies.hear(1, DONE, [Live("v2")])
    assert isinstance(answered, Answered)
    assert answered.proxy.refused == ()


async def test_the_last_acknowledged_version_is_kept() -> None:
    proxies = Proxies()
    proxies.connect(proxy(1))
    assert proxies.hear(1, DONE, [Acknowledged(CLUSTER, "v1")])[0].proxy.acknowledged == "v1"


async def test_a_change_wakes_those_who_wait() -> None:
    proxies = Proxies()
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
        waiting = tasks.create_task(proxies.change())
        await asyncio.sleep(0)
        proxies.connect(proxy(1))
        await waiting
