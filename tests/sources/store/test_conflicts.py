"""Optimistic locking, in either database: who comes second is told what happened."""

from contextlib import AsyncExitStack

import pytest

from crossway.errors import Conflict, NotFound
from crossway.model import Ref
from crossway.sources.store import Store
from sources.store.changing import OWNER, change, changeset, live, texts


@pytest.fixture
async def store(store):
    """A store with two routes."""
    await live(store, a="one", b="one", author="grace")
    return store


async def test_an_etag_that_holds(store):
    row = (await store.rows())[0]
    assert (await live(store, change("a", "two", if_match=row.etag))).number == 2


async def test_an_etag_that_does_not_hold_any_more(store):
    row = (await store.rows())[0]
    await live(store, a="two", author="grace")
    sentence = r"the change does not fit what is there: routes\.a was written by grace in revision 2$"
    with pytest.raises(Conflict, match=sentence):
        await store.propose(changeset(change("a", "three", if_match=row.etag), b="three"), OWNER)
    assert await store.pending() is None
    assert await texts(store) == {"a": "two", "b": "one"}


async def test_an_etag_of_what_was_removed(store):
    row = (await store.rows())[0]
    await live(store, a=None, author="alan")
    with pytest.raises(Conflict, match=r"routes\.a was removed by alan in revision 2"):
        await store.propose(changeset(change("a", "three", if_match=row.etag)), OWNER)


async def test_any_version(store):
    await live(store, change("a", "two", if_match="*"))
    with pytest.raises(Conflict, match=r"routes\.c does not exist"):
        await store.propose(changeset(change("c", "two", if_match="*")), OWNER)


async def test_no_version(store):
    await live(store, change("c", "two", if_match=""))
    with pytest.raises(Conflict, match=r"routes\.a was written by grace in revision 1"):
        await store.propose(changeset(change("a", "two", if_match="")), OWNER)


async def test_a_base_after_which_others_changed_something_else(store):
    await live(store, b="two")
    assert (await store.propose(changeset(a="two", base=1), OWNER)).number == 3


async def test_a_base_after_which_others_changed_the_same(store):
    await live(store, b="two", author="alan")
    with pytest.raises(Conflict, match=r"since revision 1, routes\.b was written by alan in revision 2"):
        await store.propose(changeset(a="three", b="three", base=1), OWNER)


async def test_a_base_after_which_others_removed_the_same_or_made_it(store):
    await live(store, b=None, c="two", author="alan")
    with pytest.raises(Conflict) as raised:
        await store.propose(changeset(b="three", c="three", base=1), OWNER)
    assert str(raised.value) == (
        "since revision 1, routes.b was removed by alan in revision 2, routes.c was written by alan in revision 2"
    )


async def test_the_sentence_stays_short(store):
    names = {f"r{number}": "x" for number in range(20)}
    await live(store, **names)
    with pytest.raises(Conflict, match="and 17 more do not fit"):
        await store.propose(changeset(**dict.fromkeys(names, "y"), base=1), OWNER)


async def test_a_base_that_never_was_a_state(store):
    with pytest.raises(NotFound, match="there is no revision 9"):
        await store.propose(changeset(a="two", base=9), OWNER)


class Reversed:
    """Keeps texts in a way that anybody can read who knows it."""

    def seal(self, ref: Ref, text: str) -> str:  # noqa: ARG002
        return text[::-1]

    def open(self, ref: Ref, kept: str) -> str:  # noqa: ARG002
        return kept[::-1]


async def test_an_etag_is_of_what_was_written_and_not_of_what_is_kept(url, clock):
    async with AsyncExitStack() as stack:
        sealed = await Store.open(url, clock, Reversed())
        stack.push_async_callback(sealed.close)
        await live(sealed, a="one")
        (row,) = await sealed.rows()
        assert row.text == "one"
        await live(sealed, change("a", "two", if_match=row.etag))
        with pytest.raises(Conflict, match=r"routes\.a was written by ada in revision 2"):
            await sealed.propose(changeset(change("a", "three", if_match=row.etag)), OWNER)
