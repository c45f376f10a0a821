"""Which counters there are, by their URL."""

import pytest

from crossway.compile.limits import Limit
from crossway.errors import Unavailable, UserError
from crossway.exact.kept import Kept
from crossway.exact.memory import Memory
from crossway.exact.place import counting
from crossway.exact.redis import RedisCounters
from crossway.model import Rate
from crossway.sources.store import Store
from harness.ports import free_port

ALICE = Limit("default/default", Rate.parse("10/day"), (("consumer", "alice"),))


@pytest.fixture
async def store(tmp_path, clock):
    opened = await Store.open(f"sqlite:///{tmp_path}/store.db", clock)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [("", Kept), ("memory", Memory), ("redis://127.0.0.1/7", RedisCounters), ("unix:///x", RedisCounters)],
)
async def test_the_url_says_which(url, kind, store):
    async with counting(url, store, print) as counters:
        assert isinstance(counters, kind)


async def test_what_is_kept_is_entered_at_the_end(store, clock):
    async with counting("", store, print) as counters:
        await counters.take([ALICE], 1, clock())
    assert [usage.used for usage in await store.usage("alice")] == [1]


async def test_a_redis_that_is_away_may_come(store, clock):
    async with counting(f"redis://127.0.0.1:{free_port()}", store, print) as counters:
        with pytest.raises(Unavailable):
            await counters.take([ALICE], 1, clock())


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://127.0.0.1:port", "x"])
async def test_a_url_that_cannot_be_read_is_said_at_once(url, store):
    with pytest.raises(UserError, match="the URL of Redis cannot be read"):
        async with counting(url, store, print):
            pass
