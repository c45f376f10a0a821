"""Counters in Redis: for several control planes, each of which may restart. They last as long as Redis keeps them.

One script judges and counts a request, so nobody comes in between; Redis forgets each number by itself when its window
is over. The keys of one request are spread over all slots, so a Redis Cluster is not for this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from crossway.compile.limits import Limit
from crossway.errors import Unavailable, UserError
from crossway.exact.counters import Count, judged, tallies
from crossway.model import Unit
from crossway.model.usage import Tally, Usage

PATIENCE: Final = 0.2
"""Seconds to wait for Redis: less than a proxy waits for us."""
CONNECTIONS: Final = 64
"""At most. A request that finds none free waits for one, as long as for Redis."""

_TALLY: Final = "crossway:tally:"
_CONSUMER: Final = "crossway:consumer:"

# KEYS are numbers, and behind each, if its consumer is to find it again, the index of the consumer. ARGV are the hits,
# the time, and for each number the most that it may be, the end of its window, and whether an index follows.
_TAKE: Final = """
local hits, now = tonumber(ARGV[1]), ARGV[2]
local used, items, full, key = {}, {}, false, 1
for argument = 3, #ARGV, 3 do
    local item = {number = KEYS[key], ends = ARGV[argument + 1]}
    key = key + 1
    if ARGV[argument + 2] == '1' then
        item.index = KEYS[key]
        key = key + 1
    end
    local known = redis.call('GET', item.number)
    item.new = not known
    used[#used + 1] = tonumber(known or 0)
    items[#items + 1] = item
    full = full or used[#used] + hits > tonumber(ARGV[argument])
end
if not full then
    for _, item in ipairs(items) do
        redis.call('INCRBY', item.number, hits)
        if item.new then
            redis.call('PEXPIREAT', item.number, item.ends)
            if item.index then
                redis.call('ZREMRANGEBYSCORE', item.index, '-inf', now)
                redis.call('ZADD', item.index, item.ends, item.number)
                local last = redis.call('ZRANGE', item.index, -1, -1, 'WITHSCORES')
                redis.call('PEXPIREAT', item.index, last[2])
            end
        end
    end
end
return used
"""


class RedisCounters:
    """Numbers in one Redis."""

    def __init__(self, url: str) -> None:
        """Make the counters at ``redis://user:password@host:port/database``, which may be away for now.

        ``rediss://`` speaks TLS, ``unix:///path`` to a socket. `UserError` for a URL that cannot be read.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=PATIENCE,
                decode_responses=True,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                # Once, for a connection that was left over from before a restart of Redis; what took too long may have
                # been counted.
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
        except ValueError:  # its text may have a part of the password
            raise UserError(
                "the URL of Redis cannot be read: redis://user:password@host:port/database is expected"
            ) from None
        self._redis = Redis.from_pool(pool)
        self._take = self._redis.register_script(_TAKE)

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def take(self, limits: Sequence[Limit], hits: int, now: datetime) -> Sequence[Count]:
        """Count a request; see `Counters`."""
        wanted = tallies(limits, now)
        keys: list[str] = []
        arguments: list[int] = [hits, _milliseconds(now)]
        for limit, tally in zip(limits, wanted, strict=True):
            keys.append(_key(tally))
            indexed = tally.lasts and tally.consumer is not None
            if indexed:
                keys.append(f"{_CONSUMER}{tally.consumer}")
            arguments += [limit.rate.requests, _milliseconds(tally.until), int(indexed)]
        with _reachable():
            used = await self._take(keys=keys, args=arguments)
        return judged(limits, wanted, used, hits)

    async def usage(self, consumer: str, now: datetime) -> Sequence[Usage]:
        """Return what a consumer has used; see `Counters`."""
        index = f"{_CONSUMER}{consumer}"
        with _reachable():
            keys = [str(key) for key in await self._redis.zrangebyscore(index, f"({_milliseconds(now)}", "+inf")]
            numbers = await self._redis.mget(keys) if keys else []
        found = zip(keys, numbers, strict=True)
        return sorted(Usage(_tally(key), int(number)) for key, number in found if number is not None)


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what Redis and its client raise into `Unavailable`, without a word of keys and passwords."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise Unavailable(f"Redis cannot be used: {type(error).__name__}") from None


def _key(tally: Tally) -> str:
    since = int(tally.since.timestamp())
    return _TALLY + json.dumps([tally.counter, tally.per, since, tally.by], separators=(",", ":"))


def _tally(key: str) -> Tally:
    counter, per, since, by = json.loads(key.removeprefix(_TALLY))
    return Tally(counter, Unit(per), datetime.fromtimestamp(since, UTC), tuple((name, value) for name, value in by))


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)
