"""Stores, in memory and in a real Redis: one contract, and what each does when there is no room or no server."""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis.asyncio import Redis as Client

from crossway.runtime.stores import OVERHEAD, REST, MemoryStore, RedisStore
from harness.redis import Redis, needed


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def redis():
    async with Redis() as server:
        yield server


@pytest.fixture(params=["memory", pytest.param("redis", marks=needed)])
async def store(request):
    if request.param == "memory":
        yield MemoryStore(10_000)
        return
    async with Redis() as server:
        store = RedisStore(server.url, "test:")
        yield store
        await store.close()


async def test_what_was_put_is_found_until_it_is_deleted(store):
    assert await store.get("a") is None
    await store.set("a", b"\x00one", 60)
    await store.set("a", b"two", 60)
    await store.set("b", b"", 60)
    assert [await store.get("a"), await store.get("b")] == [b"two", b""]
    assert await store.delete("a", "b", "c") == 2
    assert await store.delete() == 0
    assert await store.get("a") is None


async def test_numbers_add_up(store):
    assert [await store.add("n", 2, 60), await store.add("n", -1, 60), await store.add("m", 5, 60)] == [2, 1, 5]
    assert await store.get("n") == b"1"


async def test_in_memory_everything_ends_in_time(clock):
    store = MemoryStore(10_000, clock)
    await store.set("a", b"one", 5)
    await store.add("n", 1, 5)
    clock.now += 4.9
    assert await store.get("a") == b"one"
    assert await store.add("n", 1, 5) == 2  # it still ends when it was to end at first
    clock.now += 0.1
    assert await store.get("a") is None
    assert await store.delete("a") == 0
    assert await store.add("n", 1, 5) == 1


async def test_memory_forgets_what_was_used_longest_ago():
    store = MemoryStore(3 * (OVERHEAD + 101))
    for key in "abc":
        await store.set(key, bytes(100), 60)
    assert await store.get("a")
    await store.set("d", bytes(100), 60)
    assert [key for key in "abcd" if await store.get(key)] == ["a", "c", "d"]


def test_memory_is_shared_by_the_loops_of_all_threads():
    store = MemoryStore(7 * (OVERHEAD + 101))  # nothing has to go, so that every sum stays

    async def use() -> None:
        for number in range(2000):
            await store.add("n", 1, 60)
            await store.set("abcdef"[number % 6], bytes(number % 100), 60)
            await store.delete("abcdef"[number % 5])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(asyncio.run, use()) for _ in range(4)]:
                done.result()
    finally:
        sys.setswitchinterval(before)
    assert asyncio.run(store.get("n")) == b"8000"
    assert store._room == 7 * (OVERHEAD + 101) - sum(
        OVERHEAD + len(key) + len(item.value) for key, item in store._items.items()
    )


async def test_memory_keeps_nothing_larger_than_itself():
    store = MemoryStore(1000)
    await store.set("small", b"x", 60)
    await store.set("large", bytes(1001), 60)
    assert await store.get("large") is None
    await store.set("small", b"x", 60)
    assert await store.get("small") == b"x"


@needed
async def test_keys_in_redis_have_the_prefix_and_end(redis):
    store = RedisStore(redis.url, "cw:")
    await store.set("a", b"one", 5)
    await store.add("n", 1, 5)
    await store.add("n", 1, 500)
    async with Client.from_url(redis.url) as client:
        ends = {key: await client.pttl(key) for key in await client.keys()}
    assert set(ends) == {b"cw:a", b"cw:n"}
    assert all(4000 < end <= 5000 for end in ends.values())
    await store.close()


@needed
async def test_a_redis_that_is_away_is_noticed_at_once_and_left_alone_for_a_second(redis, clock):
    store = RedisStore(redis.url, "", clock)
    await store.set("a", b"one", 60)
    await redis.kill()
    for call in (store.get("a"), store.set("a", b"", 1), store.delete("a"), store.add("n", 1, 1)):
        with pytest.raises(ConnectionError):
            await call
    await redis.start()
    with pytest.raises(ConnectionError, match="a moment ago"):
        await store.get("a")
    clock.now += REST
    assert await store.get("a") is None
    await store.close()


@needed
async def test_a_redis_that_hangs_holds_one_request_up_for_a_tenth_of_a_second(redis, clock):
    store = RedisStore(redis.url, "", clock)
    await store.set("a", b"one", 60)
    with redis.stunned():
        began = time.monotonic()
        for _ in range(100):
            with pytest.raises(ConnectionError):
                await store.get("a")
        assert time.monotonic() - began < 0.5
    clock.now += REST
    assert await store.get("a") == b"one"
    await store.close()


@needed
async def test_what_redis_refuses_is_no_reason_to_rest(redis):
    store = RedisStore(redis.url, "")
    await store.set("a", b"no number", 60)
    with pytest.raises(ConnectionError, match="refuses"):
        await store.add("a", 1, 60)
    assert await store.get("a") == b"no number"
    await store.close()


def test_a_url_that_cannot_be_read_is_told_without_its_password():
    with pytest.raises(ValueError) as told:
        RedisStore("redsi://user:geheim@host", "")
    assert "geheim" not in str(told.value)
