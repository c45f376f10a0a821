"""What can be read of revisions, in either database."""

import pytest

from crossway.errors import NotFound
from crossway.model import Origin
from crossway.model.revision import EMPTY_DIGEST, Difference, RevisionState, Row, combine
from sources.store.changing import OWNER, change, changeset, live, ref, texts


async def test_a_new_store_is_empty(store):
    head = await store.head()
    assert (head.number, head.digest, head.state) == (0, EMPTY_DIGEST, RevisionState.LIVE)
    assert await store.revision(0) == head
    assert await store.rows() == await store.rows(0) == ()
    assert await store.history(None, 10) == ()


async def test_a_row_has_its_text_its_place_and_the_revision_that_wrote_it(store):
    await live(store, change("a", "one", line=7))
    await live(store, b="two")
    assert await store.rows() == (
        Row(ref("a"), "one", Origin("gateway.yaml", 7), 1),
        Row(ref("b"), "two", Origin("gateway.yaml", 1), 2),
    )


async def test_rows_are_in_the_order_of_their_names_in_every_database(store):
    names = ["b", "B", "a-1", "a.1", "a_1", "ä", "A"]
    await live(store, **dict.fromkeys(names, "x"))
    assert [row.ref.name for row in await store.rows()] == sorted(names)


async def test_names_that_differ_in_case_alone_are_two(store):
    await live(store, a="small", A="large")
    assert await texts(store) == {"a": "small", "A": "large"}


async def test_every_live_revision_can_be_read_for_ever(store):
    await live(store, a="one")
    await live(store, a="two", b="two")
    await live(store, a=None)
    await live(store, a="one")
    states = [await texts(store, number) for number in range(5)]
    assert states == [{}, {"a": "one"}, {"a": "two", "b": "two"}, {"b": "two"}, {"a": "one", "b": "two"}]


async def test_a_revision_has_its_author_message_time_and_parent(store, clock):
    made = await live(store, a="one", b="two", author="grace")
    assert (made.number, made.parent, made.author, made.message) == (1, 0, "grace", "by grace")
    assert (made.state, made.changed, made.reason) == (RevisionState.LIVE, 2, "")
    assert made.time == clock.now
    assert made.time.tzinfo is not None
    assert await store.revision(1) == await store.head() == made


async def test_a_revision_is_named_by_its_content(store):
    await live(store, a="one", b="two")
    rows = await store.rows()
    first = await store.head()
    await live(store, a="other")
    second = await live(store, a="one")
    assert first.digest == second.digest == combine(EMPTY_DIGEST, (), rows)
    assert (await store.revision(2)).digest != first.digest
    assert (await live(store, a=None, b=None)).digest == EMPTY_DIGEST


async def test_only_what_was_live_is_a_state_of_the_store(store):
    refused = await store.propose(changeset(a="bad"), OWNER)
    await store.settle(refused.number, RevisionState.REFUSED, "Envoy said no")
    await store.propose(changeset(a="good"), OWNER)
    for number, state in (1, "refused"), (2, "pending"):
        with pytest.raises(NotFound, match=f"revision {number} is {state}"):
            await store.rows(number)
        with pytest.raises(NotFound, match=f"revision {number} is {state}"):
            await store.difference(0, number)


@pytest.mark.parametrize("number", [-1, 1, 2**63 - 1, 2**63, 10**40])
async def test_a_revision_that_is_not_there(store, number):
    for asked in store.revision(number), store.rows(number), store.difference(0, number):
        with pytest.raises(NotFound, match=f"there is no revision {number}"):
            await asked


async def test_the_history_is_read_in_pages_the_newest_first(store):
    for text in "abcde":
        await live(store, a=text)
    refused = await store.propose(changeset(a="f"), OWNER)
    await store.settle(refused.number, RevisionState.REFUSED, "no")
    first = await store.history(None, 2)
    assert [(each.number, each.state.value) for each in first] == [(6, "refused"), (5, "live")]
    assert [each.number for each in await store.history(5, 3)] == [4, 3, 2]
    assert [each.number for each in await store.history(2, 3)] == [1]
    assert [each.number for each in await store.history(10**40, 1)] == [6]
    assert await store.history(1, 3) == await store.history(-5, 3) == ()


class TestDifference:
    async def test_it_tells_what_was_added_changed_and_removed(self, store):
        await live(store, a="1", b="1", c="1")
        await live(store, b="2", c=None, d="2")
        forth = await store.difference(1, 2)
        assert [(each.ref.name, _text(each.before), _text(each.after)) for each in forth] == [
            ("b", "1", "2"),
            ("c", "1", None),
            ("d", None, "2"),
        ]
        assert await store.difference(2, 1) == tuple(Difference(each.ref, each.after, each.before) for each in forth)

    async def test_what_came_back_is_no_difference(self, store):
        await live(store, a="1", b="1")
        await live(store, a="2", b=None)
        await live(store, a="1", b="1")
        assert await store.difference(1, 3) == await store.difference(3, 1) == ()
        assert len(await store.difference(2, 3)) == 2

    async def test_what_was_there_only_meanwhile_is_no_difference(self, store):
        await live(store, a="1")
        await live(store, b="2")
        await live(store, b=None)
        assert await store.difference(1, 3) == ()

    async def test_there_is_none_between_a_revision_and_itself(self, store):
        await live(store, a="1")
        assert await store.difference(1, 1) == ()


def _text(row: Row | None) -> str | None:
    return row.text if row else None
