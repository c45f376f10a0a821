"""Who is connected, and in which groups."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from crossway.runtime.websocket_api.hub import MOST_GROUPS, PROXY, Hub, send


@dataclass(eq=False)
class Client:
    id: str
    api: str = "chat"
    groups: frozenset[str] = frozenset()
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_event_loop)
    taken: list[tuple[str | bytes, int]] = field(default_factory=list)
    some: asyncio.Event = field(default_factory=asyncio.Event)

    def push(self, message: str | bytes) -> None:
        self.taken.append((message, threading.get_ident()))
        self.some.set()

    def close(self, code: int, reason: str) -> None:
        """Nothing happens."""

    def told(self) -> dict[str, object]:
        return {}


async def test_clients_and_groups_are_found_until_they_leave():
    hub = Hub()
    one, other = Client(hub.new_id()), Client(hub.new_id(), "other")
    hub.come(one, ["a", "b"])
    hub.come(other, ["a"])
    assert one.id.startswith(PROXY)
    assert hub.find("chat", one.id) is one
    assert hub.find("chat", other.id) is None
    assert hub.members("chat", "a") == hub.members("chat", None) == [one]
    hub.part(one, "b")
    assert hub.members("chat", "b") == []
    hub.leave(one)
    assert hub.find("chat", one.id) is None
    assert hub.members("chat", "a") == []
    assert hub.members("other", "a") == [other]


async def test_nobody_is_in_too_many_groups():
    hub = Hub()
    client = Client(hub.new_id())
    hub.come(client, ())
    assert all(hub.join(client, f"g{number}") for number in range(MOST_GROUPS))
    assert not hub.join(client, "one more")
    assert hub.join(client, "g0")


async def test_who_has_left_joins_no_group():
    hub = Hub()
    client = Client(hub.new_id())
    hub.join(client, "a")
    assert hub.members("chat", "a") == []


@pytest.mark.parametrize(("most", "of_consumer", "full"), [(2, None, "proxy"), (9, 2, "consumer")])
async def test_room_is_given_back(most, of_consumer, full):
    hub = Hub()
    assert [hub.reserve("chat", "ada", most, of_consumer) for _ in range(3)] == [None, None, full]
    assert hub.reserve("other", "ada", most, of_consumer) is None
    hub.release("chat", "ada")
    assert hub.reserve("chat", "ada", most, of_consumer) is None


async def test_a_message_is_sent_in_the_loop_of_the_client():
    here = Client("here")
    there: Client | None = None
    started, over = threading.Event(), threading.Event()

    async def live() -> None:
        nonlocal there
        there = Client("there", loop=asyncio.get_running_loop())
        started.set()
        await there.some.wait()
        over.set()

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    await asyncio.to_thread(started.wait)
    assert there is not None
    send([here, there], "hello")
    await asyncio.to_thread(over.wait)
    thread.join()
    assert here.taken == [("hello", threading.get_ident())]
    assert there.taken == [("hello", thread.ident)]
    send([there], "its loop is over")
