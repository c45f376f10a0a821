"""What caches must not give any more, in both databases."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crossway.compile.program import Purge
from crossway.errors import UserError
from crossway.runtime.caching.purge import KEPT as SHARED
from crossway.runtime.caching.purge import Purges
from crossway.sources.store.purges import KEPT, MOST, fewer

EARLY = datetime(1970, 1, 1, tzinfo=UTC)
MEANT = [
    {"url": "https://shop.example/a?b=☃"},
    {"prefix": "/a"},
    {"tag": "one"},
    {"host": "shop.example"},
    {"route": "routes.shop"},
    {"everything": True},
]


def purge(clock, id: str, /, **said: object) -> Purge:  # noqa: A002 - its name
    return Purge(id, clock().timestamp(), **said)


async def test_purges_come_back_as_they_were_made_the_oldest_first(store, open_store, clock):
    assert await store.purges() == ()
    made = []
    for number, said in enumerate([*MEANT[-1:], *MEANT[:-1]]):
        clock.pass_by(seconds=0.000001)
        made.append(purge(clock, f"p{number}", soft=bool(number % 2), **said))
        await store.add_purge(made[-1])
    assert await store.purges() == await (await open_store()).purges() == tuple(made)


async def test_a_purge_is_announced(store, open_store, clock):
    words = (await open_store()).announcements()
    await anext(words)
    await store.add_purge(purge(clock, "a", tag="one"))
    async with asyncio.timeout(10):
        await anext(words)
    await words.aclose()


async def test_several_control_planes_purge_at_once(store, open_store, clock):
    stores = [store, *(await asyncio.gather(*(open_store() for _ in range(3))))]
    made = [purge(clock, f"p{number:02}", tag=f"t{number % 10}") for number in range(40)]
    await asyncio.gather(*(stores[number % 4].add_purge(one) for number, one in enumerate(made)))
    held = await store.purges()
    assert {one.tag for one in held} == {f"t{number}" for number in range(10)}
    assert len(held) == 10


async def test_old_purges_become_one_of_everything_when_another_one_comes(store, clock):
    soft = purge(clock, "a", tag="one", soft=True)
    await store.add_purge(soft)
    clock.pass_by(hours=1)
    await store.add_purge(hard := purge(clock, "b", tag="two"))
    clock.now += KEPT
    assert await store.purges() == (soft, hard)
    await store.add_purge(last := purge(clock, "c", tag="three"))
    assert await store.purges() == (soft, hard, last)
    clock.pass_by(seconds=1)
    await store.add_purge(later := purge(clock, "d", tag="four"))
    assert await store.purges() == (Purge("b", hard.at, everything=True), last, later)


def test_a_purge_says_what_it_means_for_longer_than_what_proxies_share_is_kept():
    assert KEPT.total_seconds() > SHARED


async def test_what_cannot_be_kept_is_refused(store, clock):
    with pytest.raises(UserError, match="what is purged contains"):
        await store.add_purge(purge(clock, "a", tag="a\0b"))
    assert await store.purges() == ()


@pytest.mark.parametrize("more", [1, 3])
async def test_there_are_never_more_than_so_many(store, clock, query, more):
    rows = ", ".join(f"('{number:04}', {number}, false, 'tag', '{number}')" for number in range(1, MOST + 1))
    clock.now = clock.now.replace(year=1970, month=1, day=1)
    await query(f"INSERT INTO crossway_purge VALUES {rows}")
    for number in range(more):
        await store.add_purge(purge(clock, f"new{number}", host=f"h{number}"))
    held = await store.purges()
    assert len(held) == MOST
    assert held[0] == Purge(f"{more + 1:04}", (more + 1) / 1e6, everything=True)
    assert held[1].tag == str(more + 2)
    assert {one.host for one in held[-more:]} == {f"h{number}" for number in range(more)}


@pytest.mark.parametrize("said", MEANT)
def test_a_later_purge_of_the_same_takes_the_place_of_one(said):
    hard, soft = Purge("a", 1, **said), Purge("b", 2, soft=True, **said)
    again, later = replace(hard, id="c", at=3.0), replace(soft, id="d", at=4.0)
    assert fewer([hard, again], EARLY) == (again,)
    assert fewer([soft, again], EARLY) == (again,)
    assert fewer([soft, later], EARLY) == (later,)
    assert fewer([hard, later], EARLY) == (hard, later)  # what is gone does not come back as stale
    assert fewer([again, hard], EARLY) == fewer([again, soft], EARLY) == (again,)


def test_a_purge_of_everything_takes_the_place_of_all():
    some = [Purge(str(at), at, soft=at % 2 == 0, **said) for at, said in enumerate(MEANT)]
    everything = Purge("z", 9, everything=True)
    assert fewer([*some, everything], EARLY) == (everything,)
    left = fewer([*some, replace(everything, soft=True)], EARLY)
    assert [one.soft for one in left] == [False, False, False, True]


@dataclass
class Answer:
    requested: float
    url: str = "https://shop.example/a/b"
    route: str = "routes.shop"
    tags: tuple[str, ...] = ("one",)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from([*MEANT, {"tag": "two"}, {"url": "/a/b"}]))),
    st.integers(0, 10),
    st.integers(0, 8),
)
def test_nothing_that_was_purged_comes_back(made, requested, old):
    every = [Purge(f"{number:02}", at, soft=soft, **said) for number, (at, soft, said) in enumerate(made)]
    held: tuple[Purge, ...] = ()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crossway.sources.store.purges.MOST", 4)
        for one in every:
            held = fewer([*held, one], datetime.fromtimestamp(old, UTC) + KEPT)
    assert len(held) <= 4
    answer = Answer(requested)
    said, kept = Purges(every).verdict(answer), Purges(held).verdict(answer)
    if said is not None:
        assert kept is not None
        assert not kept.soft or said.soft
