"""From a changeset to a revision, in either database."""

import asyncio

import pytest

from crossway.errors import Busy, Conflict, NotFound, UserError
from crossway.model import Origin
from crossway.model.revision import Changeset, RevisionState
from crossway.sources.store.planes import ALIVE
from sources.store.changing import OWNER, change, changeset, live, texts


class TestPropose:
    async def test_what_is_pending_is_not_what_the_store_says(self, store):
        await live(store, a="one")
        made = await store.propose(changeset(a="two", b="new"), OWNER)
        assert (made.number, made.parent, made.state, made.changed) == (2, 1, RevisionState.PENDING, 2)
        assert (await store.head()).number == 1
        assert await texts(store) == {"a": "one"}

    async def test_what_is_pending_can_be_read_by_all_control_planes(self, store, open_store):
        await live(store, a="one", c="one")
        made = await store.propose(changeset(change("b", "two", line=5), a=None, c="one", d=None), OWNER)
        other = await open_store()
        asked = Changeset((change("a", None), change("b", "two", line=5)), "ada", "by ada", base=1)
        assert await other.pending() == (made, OWNER, asked)

    async def test_nothing_is_pending_at_first_and_once_it_is_settled(self, store):
        assert await store.pending() is None
        await live(store, a="one")
        assert await store.pending() is None

    async def test_it_is_read_whole_while_others_settle_it(self, store, open_store):
        other = await open_store()
        making = asyncio.ensure_future(asyncio.wait_for(_make(store, 20), 60))
        seen = set()
        while not making.done():
            found = await other.pending()
            seen.add(len(found[2].changes) if found else 0)
        await making
        assert seen <= {0, 2}

    async def test_one_is_pending_at_a_time(self, store, open_store):
        await store.propose(changeset(a="one"), OWNER)
        for other in store, await open_store():
            with pytest.raises(Busy, match="revision 1, by ada, is being proven"):
                await other.propose(changeset(b="one"), "there")

    async def test_of_many_that_propose_at_once_one_wins(self, open_store):
        stores = [await open_store() for _ in range(4)]
        proposed = await asyncio.gather(
            *(stores[turn % 4].propose(changeset(a=str(turn), base=0), f"plane {turn}") for turn in range(8)),
            return_exceptions=True,
        )
        winners = [each for each in proposed if not isinstance(each, Busy)]
        assert [each.number for each in winners] == [1]

    async def test_numbers_have_no_gaps(self, store):
        for turn in range(3):
            made = await store.propose(changeset(a=str(turn)), OWNER)
            await store.settle(made.number, RevisionState.REFUSED)
            with pytest.raises(Conflict):
                await store.propose(changeset(change("b", "x", if_match="*")), OWNER)
        assert [each.number for each in await store.history(None, 9)] == [3, 2, 1]
        assert (await live(store, a="x")).parent == 0

    async def test_a_text_that_stays_is_no_change(self, store):
        await live(store, a="one", b="two")
        made = await live(store, a="one", b="new", c=None)
        assert made.changed == 1
        assert [row.revision for row in await store.rows()] == [1, 2]

    async def test_a_text_that_only_moved_is_found_at_its_new_place(self, store):
        await live(store, change("a", "one", line=3))
        before = await store.head()
        made = await live(store, change("a", "one", line=9))
        assert (made.changed, made.digest) == (0, before.digest)
        (row,) = await store.rows()
        assert (row.origin, row.revision) == (Origin("gateway.yaml", 9), 1)
        assert await store.difference(1, 2) == ()

    async def test_a_changeset_without_changes(self, store):
        await live(store, a="one")
        made = await live(store)
        assert (made.number, made.changed) == (2, 0)
        assert await texts(store, 2) == {"a": "one"}

    async def test_one_resource_cannot_be_changed_twice(self, store):
        with pytest.raises(UserError, match=r"routes\.a is changed twice"):
            await store.propose(changeset(change("a", "1"), change("a", "2")), OWNER)
        assert await store.pending() is None

    async def test_texts_of_many_scripts_come_back_as_they_were(self, store):
        text = "Grüße, 你好, 🙂\r\n\ttab \\ ' \" % $1 :name ?"
        await live(store, a=text)
        assert await texts(store) == {"a": text}

    @pytest.mark.parametrize("bad", ["a\0b", "a\ud800b"])
    async def test_what_no_database_can_keep_is_refused(self, store, bad):
        for wrong in (
            changeset(change("a", bad)),
            changeset(change(bad, "a")),
            Changeset((), author=bad),
            Changeset((), "ada", message=bad),
        ):
            with pytest.raises(UserError, match="a character that cannot be kept"):
                await store.propose(wrong, OWNER)

    async def test_a_thousand_changes_are_one_changeset(self, store):
        names = {f"r{number}": f"text {number % 10}" for number in range(1000)}
        await live(store, **names)
        assert await texts(store) == names


class TestSettle:
    async def test_refused_it_leaves_everything_as_it_was(self, store):
        await live(store, a="one")
        before = await store.rows()
        made = await store.propose(changeset(a="two", b="new"), OWNER)
        settled = await store.settle(made.number, RevisionState.REFUSED, "Envoy said no")
        assert (settled.state, settled.reason) == (RevisionState.REFUSED, "Envoy said no")
        assert await store.rows() == before
        assert await store.head() == await store.revision(1)
        assert await store.revision(2) == settled

    @pytest.mark.parametrize("state", [RevisionState.LIVE, RevisionState.REFUSED])
    async def test_twice_is_as_once(self, store, state):
        made = await store.propose(changeset(a="one"), OWNER)
        once = await store.settle(made.number, state, "because")
        rows = await store.rows()
        assert await store.settle(made.number, state, "another reason") == once
        assert await store.rows() == rows

    async def test_what_was_refused_cannot_become_live(self, store):
        made = await store.propose(changeset(a="one"), OWNER)
        await store.settle(made.number, RevisionState.REFUSED, "interrupted")
        with pytest.raises(Conflict, match="revision 1 is refused already: interrupted"):
            await store.settle(made.number, RevisionState.LIVE)

    async def test_what_was_live_cannot_be_refused(self, store):
        await live(store, a="one")
        with pytest.raises(Conflict, match=r"revision 1 is live already$"):
            await store.settle(1, RevisionState.REFUSED)

    async def test_a_revision_that_is_not_there(self, store):
        with pytest.raises(NotFound):
            await store.settle(4, RevisionState.LIVE)

    async def test_a_refused_text_is_not_kept(self, store, query):
        await live(store, a="kept")
        made = await store.propose(changeset(a="password: hunter2", b="kept"), OWNER)
        await store.settle(made.number, RevisionState.REFUSED)
        assert await query("SELECT text FROM crossway_content") == [("kept",)]

    async def test_a_state_that_comes_back_stores_no_text_twice(self, store, query):
        for text in "one", "two", "one", "two":
            await live(store, a=text, b=text)
        assert sorted(await query("SELECT text FROM crossway_content")) == [("one",), ("two",)]


class TestAbandon:
    async def test_an_owner_that_starts_again_gives_up_what_it_left(self, store):
        await store.propose(changeset(a="one"), OWNER)
        left = await store.abandon(OWNER)
        assert left is not None
        assert (left.number, left.state, left.reason) == (1, RevisionState.REFUSED, "interrupted")
        assert await store.pending() is None
        assert await store.abandon(OWNER) is None

    async def test_another_one_that_lives_keeps_what_is_its_own(self, store):
        made = await store.propose(changeset(a="one"), "there")
        assert await store.abandon(OWNER) is None
        assert (await store.settle(made.number, RevisionState.LIVE)).state is RevisionState.LIVE

    async def test_another_one_that_is_gone_does_not(self, store, clock):
        await store.propose(changeset(a="one"), "there")
        clock.pass_by(seconds=ALIVE.total_seconds() + 1)
        left = await store.abandon(OWNER)
        assert left is not None
        assert left.reason == "interrupted"

    async def test_a_heartbeat_keeps_it_alive(self, store, clock):
        await store.propose(changeset(a="one"), "there")
        for _ in range(3):
            clock.pass_by(seconds=ALIVE.total_seconds() - 1)
            await store.heartbeat("there", 1)
        assert await store.abandon(OWNER) is None
        with pytest.raises(Busy):
            await store.propose(changeset(b="one"), OWNER)

    async def test_who_proposes_next_takes_the_place_of_one_that_is_gone(self, store, clock):
        await store.propose(changeset(a="one"), "there")
        clock.pass_by(seconds=ALIVE.total_seconds() + 1)
        made = await store.propose(changeset(a="two"), OWNER)
        assert made.number == 2
        assert (await store.revision(1)).reason == "interrupted"
        with pytest.raises(Conflict, match="refused already: interrupted"):
            await store.settle(1, RevisionState.LIVE)
        await store.settle(2, RevisionState.LIVE)
        assert await texts(store) == {"a": "two"}


async def _make(store, revisions: int) -> None:
    for number in range(revisions):
        await live(store, a=str(number), b=str(number))
