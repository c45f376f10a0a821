"""What every source promises. A source's test class inherits from `SourceContract` and says where it puts things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Protocol

import pytest

from crossway.model.document import Document
from crossway.sources import Reading, Source

DEADLINE = 10.0


class Place(Protocol):
    """The world outside the source: a directory, a table, a cluster."""

    def source(self) -> Source: ...
    def put(self, name: str, text: str) -> None: ...
    def remove(self, name: str) -> None: ...


async def following(changes: AsyncIterator[Reading]) -> Reading:
    async with asyncio.timeout(DEADLINE):
        return await anext(changes)


async def arriving(changes: AsyncIterator[Reading], texts: set[str]) -> Reading:
    """Return the first reading with exactly these texts; a place with many steps may show some on the way."""
    async with asyncio.timeout(DEADLINE):
        async for reading in changes:
            if {document.text for document in reading[0]} == texts:
                return reading
    raise AssertionError("the source came to an end")


def texts(reading: Reading) -> list[str]:
    return [document.text for document in reading[0]]


def document(reading: Reading, beginning: str) -> Document:
    (found,) = [document for document in reading[0] if document.text.startswith(beginning)]
    return found


class SourceContract:
    @pytest.fixture
    def place(self) -> Place:
        raise NotImplementedError

    def test_what_was_put_is_read_in_a_stable_order(self, place):
        for name in ("b", "c", "a"):
            place.put(name, f"{name}: 1\n")
        reading = place.source().read()
        assert texts(reading) == ["a: 1\n", "b: 1\n", "c: 1\n"]
        assert reading[1] == ()

    def test_an_empty_place_is_a_finding(self, place):
        documents, findings = place.source().read()
        assert documents == ()
        assert len(findings) == 1

    def test_reading_twice_gives_the_same_objects(self, place):
        place.put("a", "a: 1\n")
        source = place.source()
        assert source.read() == source.read()

    def test_no_text_in_repr(self, place):
        place.put("a", "password: hunter2\n")
        assert "hunter2" not in repr(place.source().read())

    async def test_a_change_is_yielded_and_the_others_stay_the_same_objects(self, place):
        place.put("a", "a: 1\n")
        place.put("b", "b: 1\n")
        source = place.source()
        before = source.read()
        async with aclosing(source.changes()) as changes:
            place.put("a", "a: 2\n")
            after = await following(changes)
        assert texts(after) == ["a: 2\n", "b: 1\n"]
        assert document(after, "b") is document(before, "b")

    async def test_a_change_between_reading_and_watching_is_not_lost(self, place):
        place.put("a", "a: 1\n")
        source = place.source()
        source.read()
        place.put("a", "a: 2\n")
        async with aclosing(source.changes()) as changes:
            assert texts(await following(changes)) == ["a: 2\n"]

    async def test_who_did_not_read_is_given_everything_first(self, place):
        place.put("a", "a: 1\n")
        async with aclosing(place.source().changes()) as changes:
            assert texts(await following(changes)) == ["a: 1\n"]

    async def test_the_same_text_again_is_no_change(self, place):
        place.put("a", "a: 1\n")
        async with aclosing(place.source().changes()) as changes:
            await following(changes)
            place.put("a", "a: 1\n")
            waiting = asyncio.ensure_future(following(changes))
            done, _ = await asyncio.wait({waiting}, timeout=0.3)
            assert not done
            place.put("a", "a: 2\n")
            assert texts(await waiting) == ["a: 2\n"]

    async def test_appearing_and_disappearing(self, place):
        place.put("a", "a: 1\n")
        async with aclosing(place.source().changes()) as changes:
            await following(changes)
            place.put("b", "b: 1\n")
            await arriving(changes, {"a: 1\n", "b: 1\n"})
            place.remove("a")
            await arriving(changes, {"b: 1\n"})

    async def test_a_burst_ends_in_its_last_state(self, place):
        place.put("a", "a: 0\n")
        async with aclosing(place.source().changes()) as changes:
            await following(changes)
            for number in range(50):
                place.put("a", f"a: {number}\n")
                place.put(f"n{number}", f"n: {number}\n")
            await arriving(changes, {"a: 49\n"} | {f"n: {number}\n" for number in range(50)})

    async def test_a_watch_that_is_cancelled_leaves_nothing_behind(self, place):
        place.put("a", "a: 1\n")
        async with aclosing(place.source().changes()) as changes:
            await following(changes)
            waiting = asyncio.ensure_future(following(changes))
            await asyncio.wait({waiting}, timeout=0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        place.put("a", "a: 2\n")
        async with aclosing(place.source().changes()) as changes:
            assert texts(await following(changes)) == ["a: 2\n"]
