"""What is particular about a store on a server: it can be away, and comes back."""

import asyncio
import traceback

import pytest

from crossway.errors import Unavailable, UserError
from crossway.model.revision import RevisionState
from crossway.sources.store import Store
from harness.ports import free_port
from harness.waiting import until
from sources.store.changing import OWNER, changeset, live, texts
from sources.store.test_database import heard, listening


@pytest.fixture
async def url(postgres) -> str:
    return await postgres.place()


async def test_while_the_server_is_away_nothing_is_lost_and_then_all_goes_on(store, postgres):
    await live(store, a="one")
    made = await store.propose(changeset(a="two"), OWNER)
    async with listening(store) as announcements:
        async with postgres.away():
            for asked in store.head(), store.settle(made.number, RevisionState.LIVE), store.heartbeat("a", 1):
                with pytest.raises(Unavailable, match="the store cannot be used: "):
                    await asked
        await heard(announcements)
        assert await store.pending() is not None
        await store.settle(made.number, RevisionState.LIVE)
        await heard(announcements)
    assert await texts(store) == {"a": "two"}


async def test_who_begins_to_listen_while_the_server_is_away_is_told_when_it_is_back(store, postgres):
    announcements = store.announcements()
    async with postgres.away():
        waiting = asyncio.ensure_future(anext(announcements))
        with pytest.raises(Unavailable):
            await store.head()
        assert not waiting.done()
    async with asyncio.timeout(15):
        await waiting
    await announcements.aclose()


async def test_a_connection_that_the_server_ends_is_made_again(store, query):
    async with listening(store) as announcements:
        await query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        await heard(announcements)
        await live(store, a="one")
        await heard(announcements)


async def test_one_who_stops_listening_leaves_no_connection(store, query):
    connected = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    async with listening(store):
        assert await query(connected) == [(1,)]

    async def is_gone() -> bool:
        return await query(connected) == [(0,)]

    await until(is_gone)


async def test_a_server_that_is_not_there(clock):
    with pytest.raises(Unavailable, match="the store cannot be used: "):
        await Store.open(f"postgresql://ada:hunter2@127.0.0.1:{free_port()}/crossway", clock)


async def test_a_store_that_begins_while_the_server_is_away_is_there_when_that_is_back(postgres, url, clock):
    store = Store.at(url, clock)
    try:
        async with postgres.away():
            with pytest.raises(Unavailable, match="the store cannot be used: "):
                await store.head()
        assert (await store.head()).number == 0
    finally:
        await store.close()


async def test_a_database_that_is_not_there(postgres, clock):
    with pytest.raises(UserError, match='the store cannot be opened: database "nowhere" does not exist'):
        await Store.open(postgres.url("nowhere"), clock)


async def test_an_account_that_is_not_there(url, clock):
    with pytest.raises(UserError, match='the store cannot be opened: role "somebody" does not exist'):
        await Store.open(url.replace("crossway@", "somebody:hunter2@"), clock)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hunter2/x@host/crossway",
        "postgresql://ada:hunter2@host:many/crossway",
        "postgresql://ada:hunter2@host/crossway?sslmode=perhaps",
    ],
)
async def test_a_url_that_cannot_be_read_keeps_its_password(clock, url):
    with pytest.raises(UserError, match="the URL of the store cannot be read") as raised:
        await Store.open(url, clock)
    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
