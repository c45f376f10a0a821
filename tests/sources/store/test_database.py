"""What both databases promise: whole or not at all, no word of the data in an error, and words to who listens."""

import asyncio
import logging
import traceback
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from crossway.errors import NotFound, Unavailable
from crossway.model import Ref
from crossway.model.revision import Report, RevisionState
from crossway.sources.store import Store
from sources.store.changing import OWNER, change, changeset, live, texts

PATIENCE = 15.0
SECRET = "password: hunter2"


@asynccontextmanager
async def listening(store: Store) -> AsyncIterator[AsyncGenerator[None, None]]:
    """What the store announces from now on."""
    async with aclosing(store.announcements()) as announcements:
        await heard(announcements)
        yield announcements


async def heard(announcements: AsyncGenerator[None, None]) -> None:
    async with asyncio.timeout(PATIENCE):
        await anext(announcements)


class TestFailure:
    @pytest.fixture
    async def broken(self, url, store, query):
        """A store that says one route, in a database that takes no new text any more."""
        await live(store, a="one")
        if url.startswith("postgresql:"):
            await query("ALTER TABLE crossway_content ADD CHECK (text = 'one')")
        else:
            await query(
                "CREATE TRIGGER broken BEFORE INSERT ON crossway_content WHEN NEW.text <> 'one' "
                "BEGIN SELECT RAISE(ABORT, 'it is broken'); END"
            )
        return store

    async def test_what_fails_half_way_has_changed_nothing(self, broken):
        with pytest.raises(Unavailable, match="the store cannot be used: "):
            await broken.propose(changeset(b="two"), OWNER)
        assert (await broken.pending(), await texts(broken)) == (None, {"a": "one"})
        assert (await live(broken, b="one")).number == 2

    async def test_an_error_tells_nothing_of_what_was_written(self, broken, caplog):
        caplog.set_level(logging.DEBUG)
        with pytest.raises(Unavailable) as raised:
            await broken.propose(changeset(b=SECRET), OWNER)
        told = "".join(traceback.format_exception(raised.value))
        assert SECRET not in told
        assert SECRET not in caplog.text

    async def test_the_log_tells_nothing_of_what_was_written(self, store, caplog):
        caplog.set_level(logging.DEBUG)
        await live(store, a=SECRET)
        await store.put_secret(Ref("secrets", "key"), SECRET.encode())
        assert SECRET in repr(await texts(store))
        assert SECRET not in repr(await store.rows()) + repr(await store.difference(0, 1)) + repr(await store.secrets())
        assert SECRET not in caplog.text

    async def test_what_a_block_raises_undoes_what_it_did(self, store):
        await live(store, a="one")
        with pytest.raises(NotFound):
            await store.report(7, Report("a", 1, 1))
        assert (await live(store, a="two")).number == 2

    async def test_who_is_cancelled_leaves_the_store_as_it_can_be_used(self, store):
        await live(store, a="one")
        for turn in range(0, 200, 5):
            task = asyncio.ensure_future(store.propose(changeset(a=f"turn {turn}"), OWNER))
            for _ in range(turn):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            await store.abandon(OWNER)
        assert await texts(store) == {"a": "one"}
        await live(store, a="two")
        assert await texts(store) == {"a": "two"}


class TestAnnouncements:
    async def test_who_listens_is_told_at_once(self, store):
        async with listening(store):
            pass

    async def test_every_step_of_a_revision_is_told_to_all(self, store, open_store):
        other = await open_store()
        async with listening(store) as here, listening(other) as there:
            made = await store.propose(changeset(a="one"), OWNER)
            await asyncio.gather(heard(here), heard(there))
            await other.report(made.number, Report("there", 1, 1, done=True))
            await asyncio.gather(heard(here), heard(there))
            await store.settle(made.number, RevisionState.LIVE)
            await asyncio.gather(heard(here), heard(there))
            await other.put_secret(Ref("secrets", "key"), b"x")
            await asyncio.gather(heard(here), heard(there))
            await other.delete_secret(Ref("secrets", "key"))
            await asyncio.gather(heard(here), heard(there))

    async def test_what_happens_while_somebody_is_busy_is_told_afterwards(self, store):
        async with listening(store) as announcements:
            for text in "abc":
                await live(store, a=text)
            await heard(announcements)
            assert await texts(store) == {"a": "c"}

    async def test_what_came_to_nothing_is_not_told(self, store):
        async with listening(store) as announcements:
            with pytest.raises(NotFound):
                await store.report(9, Report("a", 1, 1))
            await store.heartbeat("a", 1)
            waiting = asyncio.ensure_future(anext(announcements))
            for _ in range(3):
                await store.head()
            assert not waiting.done()
            await store.propose(changeset(change("a", "one")), OWNER)
            async with asyncio.timeout(PATIENCE):
                await waiting

    async def test_many_listen_to_one_store(self, store):
        async with listening(store) as one, listening(store) as another:
            await live(store, a="one")
            await asyncio.gather(heard(one), heard(another))
