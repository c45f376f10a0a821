"""Where steps keep bytes: in the memory of the proxy, or in a Redis that all proxies share.

Law: nothing waits for a store that is away. The first request that notices waits for `PATIENCE` at most, and for the
next `REST` nobody asks again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

PATIENCE: Final = 0.1
"""Seconds to wait for Redis: longer than it ever needs, shorter than a client notices."""
REST: Final = 1.0
"""Seconds in which a Redis that was away is not asked again."""
CONNECTIONS: Final = 64
"""At most, to one Redis. Who finds none free waits for one, as long as for Redis."""
OVERHEAD: Final = 200
"""What an item in memory takes beside its key and its value, in bytes."""


class _Item(NamedTuple):
    value: bytes
    ends: float


class MemoryStore:
    """Bytes in the memory of this proxy; of those beyond *max_size* bytes, what was used longest ago is forgotten.

    The loops of all listeners share it, each in a thread of its own.
    """

    def __init__(self, max_size: int, clock: Callable[[], float] = time.time) -> None:
        self._room = max_size
        self._clock = clock
        self._items: OrderedDict[str, _Item] = OrderedDict()
        self._lock = threading.Lock()

    async def get(self, key: str) -> bytes | None:
        """Return what was put under *key*; see `Store`."""
        with self._lock:
            item = self._live(key)
            return None if item is None else item.value

    async def set(self, key: str, value: bytes, lifetime: float) -> None:
        """Keep *value* for *lifetime* seconds; see `Store`. What is larger than the whole store is not kept."""
        with self._lock:
            self._put(key, value, self._clock() + lifetime)

    async def delete(self, *keys: str) -> int:
        """Forget *keys*; see `Store`."""
        with self._lock:
            return sum(self._live(key) is not None and self._drop(key) for key in keys)

    async def add(self, key: str, amount: int, lifetime: float) -> int:
        """Add to a number; see `Store`."""
        with self._lock:
            item = self._live(key)
            total = amount + (int(item.value) if item else 0)
            self._put(key, str(total).encode(), item.ends if item else self._clock() + lifetime)
            return total

    def _live(self, key: str) -> _Item | None:
        item = self._items.get(key)
        if item is None:
            return None
        if item.ends <= self._clock():
            self._drop(key)
            return None
        self._items.move_to_end(key)
        return item

    def _put(self, key: str, value: bytes, ends: float) -> None:
        if key in self._items:
            self._drop(key)
        self._items[key] = _Item(value, ends)
        self._room -= _weight(key, value)
        while self._room < 0:
            self._drop(next(iter(self._items)))

    def _drop(self, key: str) -> bool:
        self._room += _weight(key, self._items.pop(key).value)
        return True


def _weight(key: str, value: bytes) -> int:
    return len(key) + len(value) + OVERHEAD


class RedisStore:
    """Bytes in one Redis, under keys that begin with *prefix*."""

    def __init__(self, url: str, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Make the store at ``redis://user:password@host:port/database``, which may be away for now.

        ``rediss://`` speaks TLS, ``unix:///path`` to a socket. `ValueError` for a URL that cannot be read. *clock*
        gives seconds since any moment.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=PATIENCE,
                socket_timeout=PATIENCE,
                socket_connect_timeout=PATIENCE,
                # Once, for a connection that was left over from before a restart of Redis.
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
        except ValueError:  # its text may have a part of the password
            raise ValueError("the URL of a Redis is expected: redis://user:password@host:port/database") from None
        self._redis = Redis.from_pool(pool)
        self._prefix = prefix
        self._clock = clock
        self._rests_until = float("-inf")

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def get(self, key: str) -> bytes | None:
        """Return what was put under *key*; see `Store`."""
        with self._reachable():
            value = await self._redis.get(self._prefix + key)
        assert not isinstance(value, str), "nobody asked for text"
        return value

    async def set(self, key: str, value: bytes, lifetime: float) -> None:
        """Keep *value* for *lifetime* seconds; see `Store`."""
        with self._reachable():
            await self._redis.set(self._prefix + key, value, px=_milliseconds(lifetime))

    async def delete(self, *keys: str) -> int:
        """Forget *keys*; see `Store`."""
        if not keys:
            return 0
        with self._reachable():
            return int(await self._redis.delete(*(self._prefix + key for key in keys)))

    async def add(self, key: str, amount: int, lifetime: float) -> int:
        """Add to a number; see `Store`."""
        with self._reachable():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(self._prefix + key, 0, px=_milliseconds(lifetime), nx=True)
                pipeline.incrby(self._prefix + key, amount)
                _, total = await pipeline.execute()
        return int(total)

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        """Turn what Redis and its client raise into `ConnectionError`, without a word of keys and passwords."""
        if self._clock() < self._rests_until:
            raise ConnectionError("Redis was away a moment ago")
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError, OSError, TimeoutError) as error:
            self._rests_until = self._clock() + REST
            raise ConnectionError(f"Redis is away: {type(error).__name__}") from None
        except RedisError as error:
            raise ConnectionError(f"Redis refuses: {type(error).__name__}") from None


def _milliseconds(lifetime: float) -> int:
    return max(1, round(lifetime * 1000))
