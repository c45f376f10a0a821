"""Places to count in: an empty one of each kind, for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crossway.exact.counters import Counters
from crossway.exact.kept import Kept
from crossway.exact.memory import Memory
from crossway.exact.redis import RedisCounters
from crossway.sources.store import Store
from harness.redis import Redis, needed


class Clock:
    """A time that passes when a test says so. It begins now, at noon: what Redis keeps has to end in the future."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    async with Redis() as running:
        yield running


@asynccontextmanager
async def kept(directory: Path, clock: Clock) -> AsyncIterator[Kept]:
    """Give counters that are kept in a store in *directory*."""
    store = await Store.open(f"sqlite:///{directory}/store.db", clock)
    try:
        counters = Kept(store)
        async with counters.running(print):
            yield counters
    finally:
        await store.close()


@pytest.fixture(params=["memory", "kept", pytest.param("redis", marks=needed)])
async def counters(request, tmp_path, clock) -> AsyncIterator[Counters]:
    """A place to count in, of each kind."""
    match request.param:
        case "memory":
            yield Memory()
        case "kept":
            async with kept(tmp_path, clock) as found:
                yield found
        case _:
            async with Redis() as server:
                found = RedisCounters(server.url)
                yield found
                await found.close()
