"""Counters in a real Redis: shared, forgotten in time, and away."""

import asyncio
import time

import pytest
from redis.asyncio import Redis as Client

from crossway.compile.limits import Limit
from crossway.errors import Unavailable, UserError
from crossway.exact.redis import CONNECTIONS, PATIENCE, RedisCounters
from crossway.model import Rate
from exact.limited import utc
from harness.redis import Redis, needed

pytestmark = needed

DAY = Limit("default/default", Rate.parse("10/day"), (("consumer", "alice"),))
SECOND = Limit("default/default", Rate.parse("10/second"), (("consumer", "alice"),))


async def taken(counters: RedisCounters, *limits: Limit) -> list[int]:
    return [count.used for count in await counters.take(limits or [DAY], 1, utc())]


async def test_two_control_planes_count_together(redis):
    one, other = RedisCounters(redis.url), RedisCounters(redis.url)
    assert [await taken(one), await taken(other), await taken(one)] == [[1], [2], [3]]
    await one.close()
    await other.close()


async def test_every_key_is_ours_and_ends_with_its_window(redis, clock):
    counters = RedisCounters(redis.url)
    await counters.take([DAY, SECOND], 1, clock())
    async with Client.from_url(redis.url, decode_responses=True) as client:
        ends = {key: await client.pexpiretime(key) for key in await client.keys()}
    midnight = 1000 * clock.now.replace(hour=0).timestamp() + 86_400_000
    second = 1000 * clock.now.timestamp() + 1000
    assert sorted(ends.values()) == [second, midnight, midnight]
    assert all(key.startswith("crossway:") for key in ends)
    await counters.close()


async def test_the_index_of_a_consumer_keeps_no_windows_that_are_over(redis, clock):
    counters = RedisCounters(redis.url)
    hour = Limit("default/default", Rate.parse("10/hour"), (("consumer", "alice"),))
    for _ in range(30):
        await counters.take([hour, SECOND], 1, clock())
        clock.pass_by(hours=1)
    async with Client.from_url(redis.url) as client:
        assert await client.zcard("crossway:consumer:alice") == 1
    await counters.close()


async def test_a_server_that_is_killed_is_said_at_once_and_taken_up_again(redis):
    counters = RedisCounters(redis.url)
    assert await taken(counters) == [1]
    await redis.kill()
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(Unavailable, match="Redis cannot be used: ConnectionError"):
            await taken(counters)
    with pytest.raises(Unavailable):
        await counters.usage("alice", utc())
    assert time.monotonic() - began < 1
    await redis.start()
    assert await taken(counters) == [1]
    await counters.close()


async def test_a_connection_that_outlived_a_restart_fails_nobody():
    async with Redis(durable=True) as redis:
        counters = RedisCounters(redis.url)
        assert await taken(counters) == [1]
        await redis.kill()
        await redis.start()
        assert await taken(counters) == [2]
        await counters.close()


async def test_a_server_that_does_not_answer_is_not_waited_for(redis):
    counters = RedisCounters(redis.url)
    await taken(counters)
    began = time.monotonic()
    with redis.stunned(), pytest.raises(Unavailable, match="TimeoutError"):
        await taken(counters)
    assert time.monotonic() - began < 2 * PATIENCE
    assert await taken(counters) >= [2]
    await counters.close()


async def test_requests_wait_for_a_connection_rather_than_pass_uncounted(redis):
    counters = RedisCounters(redis.url)
    many = Limit("a", Rate.parse("1000000/day"), ())
    await asyncio.gather(*(counters.take([many], 1, utc()) for _ in range(3 * CONNECTIONS)))
    assert await taken(counters, many) == [3 * CONNECTIONS + 1]
    await counters.close()


async def test_where_redis_keeps_them_numbers_outlive_it():
    async with Redis(durable=True) as redis:
        counters = RedisCounters(redis.url)
        for _ in range(3):
            await taken(counters)
        await redis.kill()
        await redis.start()
        (usage,) = await counters.usage("alice", utc())
        assert usage.used == 3
        await counters.close()


async def test_no_password_is_told(redis):
    counters = RedisCounters(redis.url.replace("://", "://user:hush@"))
    with pytest.raises(Unavailable) as refused:
        await taken(counters)
    assert "hush" not in str(refused.value)
    await counters.close()
    with pytest.raises(UserError, match="the URL of Redis cannot be read") as wrong:
        RedisCounters("redis://user:hush@host:port/0")
    assert "hush" not in str(wrong.value)
