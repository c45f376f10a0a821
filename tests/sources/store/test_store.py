"""A store as a whole: it is opened, it is killed at every step, and it behaves like a list of dictionaries."""

import asyncio
import os
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crossway.errors import Busy, Conflict, UserError
from crossway.model.revision import EMPTY_DIGEST, RevisionState, combine, etag
from crossway.sources.store import Store
from sources.store import crashing
from sources.store.changing import OWNER, change, changeset, live, texts
from sources.store.conftest import Clock

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "url",
    ["", "store.db", "sqlite:store.db", "sqlite://", "sqlite:///", "sqlite://host/x.db", "mysql://ada:hunter2@host/x"],
)
async def test_a_url_that_leads_nowhere(clock, url):
    with pytest.raises(UserError, match="the URL of the store cannot be read") as raised:
        await Store.open(url, clock)
    assert "hunter2" not in str(raised.value)


async def test_a_store_that_is_closed_is_opened_again(url, clock):
    store = await Store.open(url, clock)
    made = await live(store, a="one")
    await store.close()
    again = await Store.open(url, clock)
    assert await again.head() == made
    await again.close()


async def test_a_process_that_is_killed_at_any_step_leaves_the_store_whole(url, store, open_store, query):
    await live(store, changed="first", removed="first")
    await store.close()
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", crashing.__name__, url),
        env={**os.environ, "PYTHONPATH": path},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    interrupted = 0
    for number in count(1):
        process.stdin.write(f"{number}\n".encode())
        outcome = int(await process.stdout.readline())
        store = await open_store()
        left = await store.abandon(crashing.OWNER)
        rows = await store.rows()
        head = await store.head()
        assert head.digest == combine(EMPTY_DIGEST, (), rows)
        assert await store.pending() is None
        kept = {row.text for revision in range(head.number + 1) for row in await _rows(store, revision)}
        assert {text for (text,) in await query("SELECT text FROM crossway_content")} == kept
        if outcome == 0:
            break
        assert {row.ref.name: row.text for row in rows} == {"changed": "first", "removed": "first"}
        interrupted += left is not None
        await store.close()
    assert {row.ref.name: row.text for row in rows} == {"changed": f"text {number}", "added": f"text {number}"}
    assert number > interrupted > 5
    assert [each.number for each in await store.history(None, 99)] == list(range(interrupted + 2, 0, -1))
    process.stdin.close()
    await process.wait()


async def _rows(store, number):
    revision = await store.revision(number)
    return await store.rows(number) if revision.state is RevisionState.LIVE else ()


NAMES = st.sampled_from("abcd")
CHANGES = st.dictionaries(NAMES, st.sampled_from([None, "one", "two", "three"]), max_size=4)


class Revisions(RuleBasedStateMachine):
    """A store, and beside it a dictionary for each of its live revisions."""

    folder: Path

    @initialize()
    def begin(self):
        self.states: dict[int, dict[str, str]] = {0: {}}
        self.proposed: tuple[int, dict[str, str | None]] | None = None
        self.last = 0
        self.runner = asyncio.Runner()
        url = f"sqlite:///{tempfile.mkdtemp(dir=self.folder)}/store.db"
        self.store = self.runner.run(Store.open(url, Clock()))

    def teardown(self):
        self.runner.run(self.store.close())
        self.runner.close()

    @property
    def state(self) -> dict[str, str]:
        return self.states[max(self.states)]

    @rule(changes=CHANGES)
    def propose(self, changes):
        self._propose(changes, changeset(**changes))

    @rule(changes=CHANGES, base=st.integers(0, 20))
    def propose_on_a_base(self, changes, base):
        base = max(number for number in self.states if number <= base)
        fits = all(self._since(base, name) for name in changes)
        self._propose(changes, changeset(**changes, base=base), fits=fits)

    @rule(changes=CHANGES, seen=st.sampled_from(["", "*", etag("one"), etag("two")]))
    def propose_on_a_condition(self, changes, seen):
        fits = all(_fits(seen, self.state.get(name)) for name in changes)
        asked = changeset(*(change(name, text, if_match=seen) for name, text in changes.items()))
        self._propose(changes, asked, fits=fits)

    @rule(back=st.integers(0, 20))
    def roll_back(self, back):
        back = max(number for number in self.states if number <= back)
        differences = self.runner.run(self.store.difference(max(self.states), back))
        changes = {each.ref.name: each.after.text if each.after else None for each in differences}
        self._propose(changes, changeset(**changes))
        if self.proposed is not None and self.proposed[1] == changes:
            self.settle(live=True)
            assert self.state == self.states[back]
            head, then = (self.runner.run(self.store.revision(number)) for number in (max(self.states), back))
            assert head.digest == then.digest

    def _propose(self, changes, asked, fits=True):
        if self.proposed is not None:
            with pytest.raises(Busy):
                self.runner.run(self.store.propose(asked, OWNER))
        elif not fits:
            with pytest.raises(Conflict):
                self.runner.run(self.store.propose(asked, OWNER))
        else:
            made = self.runner.run(self.store.propose(asked, OWNER))
            self.last += 1
            assert (made.number, made.parent) == (self.last, max(self.states))
            assert made.changed == sum(self.state.get(name) != text for name, text in changes.items())
            self.proposed = made.number, changes

    @precondition(lambda self: self.proposed is not None)
    @rule(live=st.booleans())
    def settle(self, live):
        number, changes = self.proposed
        self.runner.run(self.store.settle(number, RevisionState.LIVE if live else RevisionState.REFUSED))
        if live:
            after = self.state | changes
            self.states[number] = {name: text for name, text in after.items() if text is not None}
        self.proposed = None

    @rule()
    def abandon(self):
        left = self.runner.run(self.store.abandon(OWNER))
        assert (left and left.number) == (self.proposed and self.proposed[0])
        self.proposed = None

    @invariant()
    def says_the_same(self):
        rows = self.runner.run(self.store.rows())
        assert {row.ref.name: row.text for row in rows} == self.state
        head = self.runner.run(self.store.head())
        assert (head.number, head.digest) == (max(self.states), combine(EMPTY_DIGEST, (), rows))

    @rule(one=st.integers(0, 20), other=st.integers(0, 20))
    def compare(self, one, other):
        old, new = (max(number for number in self.states if number <= bound) for bound in (one, other))
        before, after = self.states[old], self.states[new]
        found = self.runner.run(self.store.difference(old, new))
        expected = {name: (before.get(name), after.get(name)) for name in before.keys() | after.keys()}
        assert {each.ref.name: (_text(each.before), _text(each.after)) for each in found} == {
            name: sides for name, sides in expected.items() if sides[0] != sides[1]
        }
        assert self.runner.run(texts(self.store, new)) == after

    def _since(self, base, name) -> bool:
        """Return whether nobody wrote or removed *name* after *base*, not even to put it back."""
        later = [state for number, state in sorted(self.states.items()) if number >= base]
        return all(state.get(name) == self.states[base].get(name) for state in later)


def _fits(seen: str, text: str | None) -> bool:
    return text is not None if seen == "*" else seen == (etag(text) if text is not None else "")


def _text(row) -> str | None:
    return row.text if row else None


def test_it_behaves_like_a_list_of_dictionaries(tmp_path, monkeypatch):
    monkeypatch.setattr(Revisions, "folder", tmp_path, raising=False)
    run_state_machine_as_test(Revisions, settings=settings(max_examples=20, stateful_step_count=20, deadline=None))
