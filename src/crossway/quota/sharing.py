"""Limits that several control planes share, through Redis: each writes what its proxies did, and reads the others.

For each bucket there is a hash, with a field for each control plane: the demand there, the rate that it gives out, how
much was let through beyond that, how much of each limit is used in its eyes, and a beat. The others are members of the
bucket here as proxies are, and each control plane splits what is its own. One whose beat stops has gone, and its part
goes to the others.

While Redis is away, everybody keeps the part it has.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from crossway.errors import UserError
from crossway.quota.bucket import Standing
from crossway.quota.quotas import Decision, Identity, Quotas

BEAT: Final = 1.0
"""Seconds from one exchange to the next."""
GONE: Final = 15.0
"""Seconds after which a control plane that says nothing new is taken for gone."""
KEPT: Final = 3600
"""Seconds for which Redis keeps what nobody writes any more."""

_KEY: Final = "crossway:share:"


@dataclass(slots=True)
class Heard:
    """What was heard of another control plane and a bucket."""

    beat: int
    since: float
    """When the beat was new."""
    over: float
    """How much of what it let through beyond its rates is counted here."""


class Exchange:
    """What is said and heard, without the wire: what to write, and what the others' words mean here."""

    def __init__(self, quotas: Quotas, name: str) -> None:
        """Make the side of the control plane called *name*."""
        self.name = name
        self.gone: set[tuple[Identity, str]] = set()
        """What is written by control planes that have gone."""
        self._quotas = quotas
        self._beat = 0
        self._heard: dict[Identity, dict[str, Heard]] = {}
        """For each bucket, what was heard of each other one."""

    def say(self) -> dict[Identity, str]:
        """Return what to write, for each bucket."""
        self._beat += 1
        for dropped in self._heard.keys() - self._quotas.buckets.keys():
            del self._heard[dropped]
        return {identity: _write(self._beat, bucket.standing) for identity, bucket in self._quotas.buckets.items()}

    def hear(self, identity: Identity, fields: Mapping[str, str], now: float) -> Iterator[Decision]:
        """Yield what is decided because of all that is written of a bucket."""
        bucket = self._quotas.buckets.get(identity)
        if bucket is None:
            return
        said = {name: _read(text) for name, text in fields.items() if name != self.name}
        is_new = identity not in self._heard
        heard = self._heard.setdefault(identity, {})
        if is_new and said:
            # It was counted before anybody here did: all of them see nearly the same, and the most is the safest.
            bucket.adopt(max(standing.used for _, standing in said.values()))
        for name, (beat, standing) in said.items():
            one = heard.setdefault(name, Heard(0, now, standing.over if is_new else 0.0))
            if beat != one.beat:
                one.beat, one.since, more = beat, now, standing.over - one.over
                one.over = standing.over
                yield from self._quotas.hear(name, identity, standing, more, now)
            elif now - one.since > GONE:
                self.gone.add((identity, name))
                yield from self._quotas.lose(name, identity, now)


def _write(beat: int, standing: Standing) -> str:
    numbers = (standing.demand, standing.rate, standing.over, *standing.used)
    return json.dumps([beat, *(round(number, 6) for number in numbers)])


def _read(text: str) -> tuple[int, Standing]:
    beat, demand, rate, over, *used = json.loads(text)
    return beat, Standing(demand, rate, over, tuple(used))


class Sharing:
    """The exchange with the Redis at a URL."""

    def __init__(self, url: str, quotas: Quotas, name: str, clock: Callable[[], float]) -> None:
        """Make an exchange; `UserError` for a URL that cannot be read."""
        try:
            self._redis = Redis.from_url(url, decode_responses=True, socket_timeout=BEAT, socket_connect_timeout=BEAT)
        except ValueError:  # its text may have a part of the password
            raise UserError(
                "the URL of Redis cannot be read: redis://user:password@host:port/database is expected"
            ) from None
        self._exchange = Exchange(quotas, name)
        self._clock = clock

    async def run(self, tell: Callable[[list[Decision]], None]) -> None:
        """Exchange until cancelled; *tell* hears what is decided."""
        try:
            while True:
                with suppress(RedisError, OSError, TimeoutError):  # exact limits say aloud that Redis is away
                    tell(await self.exchange())
                await asyncio.sleep(BEAT)
        finally:
            await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def exchange(self) -> list[Decision]:
        """Write and read once, and return what is decided."""
        said = self._exchange.say()
        if not said:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for identity, text in said.items():
                key = _key(identity)
                pipeline.hset(key, self._exchange.name, text)
                pipeline.expire(key, KEPT)
                pipeline.hgetall(key)
            for identity, name in self._exchange.gone:
                pipeline.hdel(_key(identity), name)
            answers = await pipeline.execute()
        self._exchange.gone.clear()
        now = self._clock()
        return [
            decision
            for identity, fields in zip(said, answers[2 : 3 * len(said) : 3], strict=True)
            for decision in self._exchange.hear(identity, fields, now)
        ]


def _key(identity: Identity) -> str:
    return _KEY + json.dumps(identity, separators=(",", ":"))
