"""The cache as a handler: coalescing, the shared tier, purges, and what happens when something is away."""

import asyncio
from contextlib import suppress

import pytest

from crossway.compile.program import Purge
from crossway.model.caching import Cache
from crossway.runtime.caching import Memory, cache
from crossway.runtime.caching.handler import LOOK_AGAIN
from crossway.runtime.handler import Tools
from crossway.runtime.stores import RedisStore
from crossway.sdk.http import Request, Response
from harness.redis import Redis, needed
from harness.waiting import until
from runtime.caching.world import World, did, pieces

FRESH = {"cache-control": "max-age=60"}


class Gate:
    """An origin that answers when it is told to."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.opened = asyncio.Event()
        self.asked = 0

    async def __call__(self, _):
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await self.opened.wait()
        if isinstance(answer, Exception):
            raise answer
        return Response(answer.status, answer.headers.items(), answer.body)


async def together(world, gate, number=5, **headers):
    """Send *number* requests at once, open the *gate*, and return what they get."""
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send(**headers)) for _ in range(number)]
    for _ in range(10):
        await asyncio.sleep(0)
    gate.opened.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_request_asks_and_the_others_wait():
    world, gate = World(), Gate(Response(200, FRESH, "made"))
    answers = await together(world, gate)
    assert gate.asked == 1
    assert [answer.body for answer in answers] == [b"made"] * 5
    assert sorted(map(did, answers)) == ["fwd=uri-miss; collapsed"] * 4 + ["fwd=uri-miss; stored"]


async def test_who_waits_gets_the_part_that_it_wants():
    world = World()
    world.says(Response(200, {"cache-control": "max-age=1", "etag": '"a"'}, "made"))
    await world.send()
    world.clock.pass_by(2)
    gate = Gate(Response(304, {**FRESH, "etag": '"a"'}))
    world.answer = gate
    first = asyncio.ensure_future(world.send())
    second = asyncio.ensure_future(world.send(if_none_match='"a"'))
    for _ in range(10):
        await asyncio.sleep(0)
    gate.opened.set()
    assert [(await first).status, (await second).status, gate.asked] == [200, 304, 1]
    assert did(await second) == "fwd=stale; collapsed"


async def test_who_wants_another_variant_asks_for_it():
    world = World()
    gate = Gate(Response(200, {**FRESH, "vary": "accept"}, "one"), Response(200, {**FRESH, "vary": "accept"}, "two"))
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send(accept=accept)) for accept in "abbab"]
    for _ in range(10):
        await asyncio.sleep(0)
    gate.opened.set()
    assert [(await task).body for task in tasks] == [b"one", b"two", b"two", b"one", b"two"]
    assert gate.asked == 2


async def test_what_is_for_nobody_else_is_asked_for_by_everybody_and_not_waited_for_again():
    world, gate = World(), Gate(Response(200, {"cache-control": "private"}))
    await together(world, gate)
    assert gate.asked == 5
    gate = Gate(Response(200, {"cache-control": "private"}))
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send()) for _ in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert gate.asked == 5, "nobody waits for another one"
    gate.opened.set()
    await asyncio.gather(*tasks)


async def test_once_it_is_for_everybody_again_the_others_wait_again():
    world = World()
    await together(world, Gate(Response(200, {"cache-control": "private"})))
    await together(world, Gate(Response(200, {"cache-control": "max-age=1"})), 1)
    world.clock.pass_by(2)
    gate = Gate(Response(200, FRESH))
    await together(world, gate)
    assert gate.asked == 1


async def test_what_has_to_be_validated_each_time_is_not_waited_for_twice():
    world = World()
    answer = Response(200, {"cache-control": "no-cache", "etag": '"a"'})
    gate = Gate(answer)
    await together(world, gate)
    assert gate.asked == 5
    gate = Gate(answer)
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send()) for _ in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert gate.asked == 5
    gate.opened.set()
    await asyncio.gather(*tasks)


async def test_who_waits_for_one_that_leaves_asks_in_its_place():
    world = World()
    gate = Gate(Response(200, FRESH, "made"))
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send()) for _ in range(4)]
    for _ in range(10):
        await asyncio.sleep(0)
    tasks[0].cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert gate.asked == 2
    gate.opened.set()
    assert [(await task).body for task in tasks[1:]] == [b"made"] * 3
    assert gate.asked == 2


async def test_who_waits_for_one_that_leaves_within_the_body_asks_in_its_place():
    world = World()
    going = asyncio.Event()

    async def slowly():
        yield b"a"
        await going.wait()
        yield b"b"

    async def origin(_):
        response = Response(200, FRESH)
        response.arriving(slowly())
        return response

    world.answer = origin
    tasks = [asyncio.ensure_future(world.send()) for _ in range(3)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(world.asked) == 1
    tasks[0].cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(world.asked) == 2
    going.set()
    assert [(await task).body for task in tasks[1:]] == [b"ab", b"ab"]


async def test_nobody_waits_longer_than_the_settings_say():
    world, gate = World({"coalesce_timeout": "20ms"}), Gate(Response(200, FRESH))
    world.answer = gate
    tasks = [asyncio.ensure_future(world.send()) for _ in range(3)]
    await until(lambda: gate.asked == 3, within=5)
    gate.opened.set()
    await asyncio.gather(*tasks)


async def test_a_flight_whose_answer_nobody_read_holds_nobody_up():
    world = World({"coalesce_timeout": "20ms"})

    async def origin(_):
        response = Response(200, FRESH)
        response.arriving(pieces(b"made"))
        return response

    request = Request("GET", "/", {"host": "shop.example"})
    unread = await world.handler(request, origin)
    async with asyncio.timeout(1):
        assert (await (await world.handler(request, origin)).read()) == b"made"
    assert not unread.is_read


async def test_without_coalescing_everybody_asks():
    world, gate = World({"coalesce": False}), Gate(Response(200, FRESH))
    await together(world, gate)
    assert gate.asked == 5


async def test_a_backend_that_is_away_is_asked_once_while_a_stale_answer_will_do():
    world = World({"stale_if_error": "1h"})
    world.says(Response(200, {"cache-control": "max-age=1"}, "old"))
    await world.send()
    world.clock.pass_by(2)
    gate = Gate(ConnectionError("away"))
    answers = await together(world, gate)
    assert gate.asked == 1
    assert [answer.body for answer in answers] == [b"old"] * 5


async def test_a_backend_that_is_away_is_said_to_everybody():
    world, gate = World(), Gate(ConnectionError("away"))
    answers = await together(world, gate)
    assert all(isinstance(answer, ConnectionError) for answer in answers)


async def test_a_backend_that_dies_within_the_body_leaves_nothing_behind():
    world = World()

    async def dying():
        yield b"ha"
        raise ConnectionError("reset")

    async def origin(_):
        response = Response(200, {**FRESH, "content-length": "4"})
        response.arriving(dying())
        return response

    world.answer = origin
    with pytest.raises(ConnectionError):
        await world.send()
    assert len(world.memory) == 0


async def test_a_body_that_is_shorter_than_it_says_is_not_kept():
    world = World()
    response = Response(200, {**FRESH, "content-length": "9"})
    response.arriving(pieces(b"short"))
    world.says(response)
    assert (await world.send()).body == b"short"
    assert len(world.memory) == 0


async def test_a_long_body_passes_through_piece_by_piece():
    world = World({"max_size": 10})
    sent = []

    async def endless():
        for number in range(1000):
            sent.append(number)
            yield b"piece"

    async def origin(_):
        response = Response(200, FRESH)
        response.arriving(endless())
        return response

    response = await world.handler(Request("GET", "/", {"host": "shop.example"}), origin)
    stream = response.stream()
    for _ in range(5):
        assert await anext(stream) == b"piece"
    assert len(sent) == 5
    await stream.aclose()
    assert len(world.memory) == 0


async def test_what_is_taken_back_while_it_is_under_way_is_not_kept():
    world, gate = World(), Gate(Response(200, FRESH, "old"))
    world.answer = gate
    slow = asyncio.ensure_future(world.send())
    for _ in range(5):
        await asyncio.sleep(0)
    world.clock.pass_by(1)
    world.answer = None
    await world.send(method="PUT")
    gate.opened.set()
    assert (await slow).body == b"old"
    world.clock.pass_by(1)
    assert not await world.hits()


async def test_two_routes_share_no_answer_and_take_each_others_back():
    one = World()
    other = World(about="default/other", memory=one.memory, clock=one.clock)
    await one.send()
    assert not await other.hits()
    assert await one.hits()
    one.clock.pass_by(1)
    await other.send(method="DELETE")
    assert not await one.hits()


async def test_other_settings_find_nothing_of_what_was_kept_before():
    one = World()
    await one.send()
    assert not await World({"set_cookie": "keep"}, memory=one.memory, clock=one.clock).hits()
    assert await World(memory=one.memory, clock=one.clock).hits()


# The shared tier


def proxies(number=2, settings=None):
    """Return proxies that share a store, a clock, and nothing else."""
    first = World({"shared": True, **(settings or {})})
    return [first, *(World(first.settings, clock=first.clock, store=first.store) for _ in range(number - 1))]


async def test_what_one_proxy_has_asked_for_another_one_finds():
    one, other = proxies()
    one.says(Response(200, {**FRESH, "etag": '"a"', "surrogate-key": "x"}, b"\x00made"))
    await one.send()
    await one.settle()
    one.clock.pass_by(5)
    answer = await other.send()
    assert (answer.body, did(answer), other.asked) == (b"\x00made", "hit; ttl=55", [])
    asked = other.store.asked
    assert await other.hits()
    assert other.store.asked == asked, "the second time it is in memory"


async def test_variants_and_consumers_are_shared_apart():
    one, other = proxies(settings={"by": "consumer"})
    answers = [Response(200, {**FRESH, "vary": "accept"}, body) for body in ("alice a", "alice b", "bob a")]
    one.says(*answers)
    requests = [("alice", "a"), ("alice", "b"), ("bob", "a")]
    for name, accept in requests:
        await one.send(x_consumer_username=name, accept=accept)
        await one.settle()
    for name, accept in requests:
        answer = await other.send(x_consumer_username=name, accept=accept)
        assert answer.text == f"{name} {accept}"
    assert other.asked == []
    assert not await other.hits(x_consumer_username="bob", accept="b")
    assert not await other.hits(accept="a")


async def test_what_one_proxy_takes_back_another_one_notices_within_a_second():
    one, other = proxies()
    await one.send()
    await one.settle()
    assert await other.hits()
    one.clock.pass_by(0.1)
    await one.send(method="POST")
    assert await other.hits(), "it has not looked yet"
    one.clock.pass_by(LOOK_AGAIN)
    assert not await other.hits()
    await other.settle()
    assert await other.hits()


async def test_an_answer_from_before_is_not_shared_after_it_was_taken_back():
    one, other = proxies()
    gate = Gate(Response(200, FRESH, "old"))
    one.answer = gate
    slow = asyncio.ensure_future(one.send())
    for _ in range(10):
        await asyncio.sleep(0)
    one.clock.pass_by(1)
    await other.send(method="POST")
    gate.opened.set()
    await slow
    await one.settle()
    assert not await other.hits()


async def test_a_store_that_is_away_sends_requests_to_the_backend():
    (world,) = proxies(1)
    world.store.away = True
    answer = await world.send()
    assert did(answer) == "fwd=bypass; detail=store; stored"
    await world.settle()
    assert did(await world.send(method="POST")) == "fwd=method"
    world.store.away = False
    world.clock.pass_by(1)
    assert did(await world.send()) == "fwd=uri-miss; stored"


async def test_what_is_in_memory_is_given_while_the_store_is_away():
    (world,) = proxies(1)
    await world.send()
    await world.settle()
    world.store.away = True
    assert await world.hits()
    world.clock.pass_by(LOOK_AGAIN)
    assert await world.hits()


async def test_strange_bytes_in_the_store_are_not_there():
    one, other = proxies()
    await one.send()
    await one.settle()
    for key in list(one.store.inner._items):
        await one.store.set(key, b"\xff\x00strange", 60)
    assert not await other.hits()


@needed
async def test_two_proxies_share_a_real_redis():
    async with Redis() as server:
        one, other = (World({"shared": True}) for _ in range(2))
        stores = [RedisStore(server.url, "crossway:") for _ in range(2)]
        for world, store in zip((one, other), stores, strict=True):
            world.tools = Tools(world.tools.call, store, world.clock, world.behind.append)
            world.handler = cache(world.rules, world.about, world.tools, world.memory)
        await one.send()
        await one.settle()
        assert await other.hits()
        await server.kill()
        other.clock.pass_by(LOOK_AGAIN)
        assert await other.hits()
        assert did(await other.send("/other")) == "fwd=bypass; detail=store; stored"
        with suppress(ConnectionError):
            await other.settle()
        for store in stores:
            await store.close()


# Purges


def purge(at, **what):
    return Purge("p1", at, **what)


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ({"url": "https://shop.example/a"}, {"/a?x=1", "/b"}),
        ({"url": "/a?x=1"}, {"/a", "/b"}),
        ({"prefix": "https://SHOP.example/a"}, {"/b"}),
        ({"tag": "t-a"}, {"/b"}),
        ({"tag": "t"}, {"/a", "/a?x=1", "/b"}),
        ({"host": "shop.example"}, set()),
        ({"host": "example"}, {"/a", "/a?x=1", "/b"}),
        ({"route": "default/shop"}, set()),
        ({"route": "default/other"}, {"/a", "/a?x=1", "/b"}),
        ({"everything": True}, set()),
    ],
)
async def test_a_purge_takes_back_what_it_means_on_every_proxy(what, left):
    one, other = proxies()
    targets = ["/a", "/a?x=1", "/b"]
    one.says(*(Response(200, {**FRESH, "surrogate-key": f"t-{target[1]} all"}) for target in targets))
    for target in targets:
        await one.send(target)
        await one.settle()
    one.clock.pass_by(1)
    for world in (one, other):
        world.memory.purge([purge(world.clock.now, **what)], world.clock.now)
    one.clock.pass_by(0.1)
    assert {target for target in targets if await one.hits(target)} == left
    assert {target for target in targets if await other.hits(target)} >= left


async def test_a_purge_holds_for_what_is_under_way_and_not_for_what_comes_later():
    world, gate = World(), Gate(Response(200, FRESH, "old"))
    world.answer = gate
    slow = asyncio.ensure_future(world.send())
    for _ in range(5):
        await asyncio.sleep(0)
    world.clock.pass_by(1)
    world.memory.purge([purge(world.clock.now, everything=True)], world.clock.now)
    gate.opened.set()
    assert did(await slow) == "fwd=uri-miss; detail=purged"
    world.clock.pass_by(1)
    assert not await world.hits()
    assert await world.hits()


async def test_a_soft_purge_leaves_a_stale_answer():
    world = World({"stale_if_error": "1h"})
    world.says(Response(200, {**FRESH, "etag": '"a"'}, "old"))
    await world.send()
    world.clock.pass_by(1)
    world.memory.purge([purge(world.clock.now, everything=True, soft=True)], world.clock.now)
    world.clock.pass_by(1)
    world.says(ConnectionError("away"), Response(304))
    assert did(await world.send()) == "fwd=stale; detail=stale-if-error"
    assert did(await world.send()) == "fwd=stale; fwd-status=304; stored"
    assert await world.hits()


async def test_an_unread_setting_of_the_program_is_read_as_it_was_written():
    settings = Cache.model_validate({"lifetime": "60s", "shared": True})
    read = Cache.model_validate_json(settings.model_dump_json(exclude_unset=True))
    world = World()
    handler = cache(read, "default/shop", world.tools, Memory())
    assert (await handler(Request("GET", "/", {"host": "a"}), world)).status == 200
