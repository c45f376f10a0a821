"""The audit log cannot be changed without being seen to be."""

import asyncio

import pytest

from crossway.model.access import GENESIS
from crossway.sources.store import audit

WHO = {"author": "token:ci", "address": "127.0.0.1", "action": "resource.put"}


@pytest.fixture
async def written(store, clock, monkeypatch):
    """A store with seven entries, which are checked three at a time."""
    monkeypatch.setattr(audit, "PAGE", 3)
    for number in range(7):
        await store.audit(**WHO, target=f"routes.r{number}", outcome="revision 1")
        clock.pass_by(seconds=1)
    return store


async def test_entries_are_chained(store, clock):
    first = await store.audit(**WHO, target="routes.a", outcome="412")
    second = await store.audit(**WHO, target="routes.a", outcome="revision 1")
    assert (first.number, first.previous, first.time) == (1, GENESIS, clock.now)
    assert (second.number, second.previous) == (2, first.hash)
    assert await store.audit_log(None, 10) == (second, first)
    assert await store.verify_audit() is None


async def test_an_empty_log_is_whole(store):
    assert await store.verify_audit() is None
    assert await store.audit_log(None, 10) == ()


async def test_it_is_read_in_pages_the_newest_first(written):
    assert [entry.number for entry in await written.audit_log(None, 3)] == [7, 6, 5]
    assert [entry.number for entry in await written.audit_log(5, 3)] == [4, 3, 2]
    assert [entry.number for entry in await written.audit_log(10**40, 1)] == [7]


async def test_a_whole_log(written):
    assert await written.verify_audit() is None


@pytest.mark.parametrize("number", [1, 4, 7])
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE crossway_audit SET author = 'somebody' WHERE number = {0}",
        "UPDATE crossway_audit SET time = time + 1 WHERE number = {0}",
        "UPDATE crossway_audit SET hash = '{1}' WHERE number = {0}",
        "UPDATE crossway_audit SET previous = '{1}' WHERE number = {0}",
        "UPDATE crossway_audit SET number = 100 + number WHERE number = {0}",
    ],
)
async def test_a_changed_entry_is_found(written, query, tampering, number):
    await query(tampering.format(number, "f" * 64))
    assert await written.verify_audit() == number


@pytest.mark.parametrize("number", [1, 4])
async def test_a_missing_entry_is_found(written, query, number):
    await query(f"DELETE FROM crossway_audit WHERE number = {number}")
    assert await written.verify_audit() == number


async def test_several_control_planes_write_one_chain(open_store):
    stores = [await open_store() for _ in range(3)]
    await asyncio.gather(*(stores[turn % 3].audit(**WHO, target=str(turn), outcome="") for turn in range(12)))
    entries = await stores[0].audit_log(None, 20)
    assert [entry.number for entry in entries] == list(range(12, 0, -1))
    assert {entry.target for entry in entries} == set(map(str, range(12)))
    assert await stores[0].verify_audit() is None


async def test_it_takes_whatever_was_tried(store):
    entry = await store.audit(**WHO, target="routes.a\0b\ud800", outcome="400")
    assert entry.target == "routes.a\ufffdb?"
    assert await store.audit_log(None, 1) == (entry,)
    assert await store.verify_audit() is None
