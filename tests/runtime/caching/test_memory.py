"""The memory of a proxy: variants, room, and what is taken back."""

from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.program import Purge
from crossway.model.caching import Cache
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.memory import REMEMBERED, Memory
from crossway.runtime.caching.purge import KEPT
from crossway.runtime.caching.stored import OVERHEAD, Exchange, Stored, complete, keep

NOW = 1_800_000_000.0
SELECTOR = ("route",)


def stored(url="http://h/", body=b"made", requested=NOW, **headers) -> Stored:
    exchange = Exchange(Asked(authorized=False, cookies=False), url, "default/shop", requested, requested)
    kept = keep(Cache(), exchange, 200, [("cache-control", "max-age=60"), *headers.items()])
    assert isinstance(kept, Stored)
    return complete(kept, body)


def test_what_was_put_is_found_by_url_selector_and_vary():
    memory = Memory()
    one, two = stored(vary="a"), stored(vary="a")
    memory.put(SELECTOR, {"a": "1"}, one)
    memory.put(SELECTOR, {"a": "2"}, two)
    assert memory.find("http://h/", SELECTOR, {"a": "1"}) is one
    assert memory.find("http://h/", SELECTOR, {"a": "2"}) is two
    assert memory.find("http://h/", SELECTOR, {}) is None
    assert memory.find("http://h/", ("other",), {"a": "1"}) is None
    assert memory.find("http://h/b", SELECTOR, {"a": "1"}) is None
    assert memory.knows("http://h/")
    assert not memory.knows("http://h/b")


def test_of_answers_that_vary_in_different_ways_the_latest_is_found():
    memory = Memory()
    old, new = stored(vary="a"), stored(requested=NOW + 1)
    memory.put(SELECTOR, {"a": "1"}, old)
    memory.put(SELECTOR, {"a": "1"}, new)
    assert memory.find("http://h/", SELECTOR, {"a": "1"}) is new


def test_only_what_is_still_there_is_dropped():
    memory = Memory()
    old, new = stored(), stored()
    memory.put(SELECTOR, {}, old)
    memory.put(SELECTOR, {}, new)
    memory.drop(SELECTOR, {}, old)
    assert memory.find("http://h/", SELECTOR, {}) is new
    memory.drop(SELECTOR, {}, new)
    memory.drop(SELECTOR, {}, new)
    assert not memory.knows("http://h/")
    assert memory.used == 0


def test_what_was_used_longest_ago_goes_first():
    memory = Memory(4 * (OVERHEAD + 1000))
    for name in "abc":
        memory.put(SELECTOR, {}, stored(f"http://h/{name}", bytes(1000)))
    memory.find("http://h/a", SELECTOR, {})
    memory.put(SELECTOR, {}, stored("http://h/d", bytes(1000)))
    assert [name for name in "abcd" if memory.knows(f"http://h/{name}")] == ["a", "c", "d"]


def test_what_is_larger_than_everything_leaves_nothing_behind():
    memory = Memory(5000)
    memory.put(SELECTOR, {}, stored("http://h/a", bytes(9000)))
    assert (len(memory), memory.used) == (0, 0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "find", "drop", "forget", "purge"]),
            st.sampled_from("abcde"),
            st.sampled_from(["", "1", "2"]),
            st.integers(0, 3000),
        ),
        max_size=60,
    )
)
def test_it_never_takes_more_than_its_size_and_counts_what_it_holds(deeds):
    memory = Memory(12_000)
    for moment, (deed, name, accept, size) in enumerate(deeds):
        url, given_ = f"http://h/{name}", {"accept": accept}
        if deed == "put":
            vary = {"vary": "accept"} if accept else {}
            memory.put(SELECTOR, given_, stored(url, bytes(size), NOW + moment, **vary))
        elif deed == "forget":
            memory.forget(url, NOW + moment)
        elif deed == "purge":
            memory.purge([Purge(str(moment), NOW + moment, url=url)], NOW + moment)
        elif (found := memory.find(url, SELECTOR, given_)) is not None and deed == "drop":
            memory.drop(SELECTOR, given_, found)
        slots = list(memory._slots)
        assert memory.used == sum(slot.stored.weight for slot in slots) <= 12_000
        held = [slot for ways in memory._urls.values() for variants in ways.values() for slot in variants.values()]
        assert {*held} == {*slots}
        assert all(ways and all(ways.values()) for ways in memory._urls.values())


def test_what_was_asked_for_before_it_was_taken_back_is_not_kept():
    memory = Memory()
    memory.forget("http://h/", NOW + 1)
    assert not memory.put(SELECTOR, {}, stored(requested=NOW + 1))
    assert memory.put(SELECTOR, {}, stored(requested=NOW + 2))
    for number in range(REMEMBERED):
        memory.forget(f"http://h/{number}", NOW)
    assert len(memory._taken_back) == REMEMBERED


def test_purges_hold_until_the_program_names_them_no_more():
    memory = Memory()
    memory.put(SELECTOR, {}, stored())
    purge = Purge("p", NOW + 1, everything=True)
    memory.purge([purge], NOW + 1)
    assert memory.find("http://h/", SELECTOR, {}) is None
    assert len(memory) == 0
    assert not memory.put(SELECTOR, {}, stored())
    memory.purge([], NOW + 2)
    assert memory.put(SELECTOR, {}, stored())


def test_what_was_not_looked_for_while_a_purge_was_told_does_not_come_back():
    memory = Memory()
    for name in "abc":
        memory.put(SELECTOR, {}, stored(f"http://h/{name}"))
    memory.purge([Purge("p", NOW + 1, url="http://h/a")], NOW + 1)
    assert memory.find("http://h/b", SELECTOR, {})
    memory.purge([], NOW + 1 + KEPT)
    assert memory.find("http://h/a", SELECTOR, {}) is None
    assert memory.find("http://h/b", SELECTOR, {})
    assert memory.find("http://h/c", SELECTOR, {}) is None, "nobody knows any more"


def test_who_was_told_nothing_for_long_does_not_trust_its_memory():
    """A listener without a request takes no program over; what was purged meanwhile may be named no more."""
    memory = Memory()
    memory.put(SELECTOR, {}, stored())
    memory.purge([], NOW + 1)
    assert memory.find("http://h/", SELECTOR, {})
    memory.purge([], NOW + KEPT, NOW + 2)
    assert memory.find("http://h/", SELECTOR, {})
    memory.purge([], NOW + KEPT + 2, NOW + 2)
    assert memory.find("http://h/", SELECTOR, {}) is None


def test_a_soft_purge_ends_the_freshness():
    memory = Memory()
    kept = stored()
    memory.put(SELECTOR, {}, kept)
    memory.purge([Purge("p", NOW + 1, everything=True, soft=True)], NOW + 1)
    assert memory.find("http://h/", SELECTOR, {}) is kept
    assert kept.expires == NOW + 1


def test_requests_that_probably_get_one_answer_have_one_variant():
    memory = Memory()
    assert memory.variant("http://h/", SELECTOR, {"a": "1"}) == memory.variant("http://h/", SELECTOR, {"a": "2"})
    memory.put(SELECTOR, {"a": "1"}, stored(vary="a"))
    assert memory.variant("http://h/", SELECTOR, {"a": "1"}) != memory.variant("http://h/", SELECTOR, {"a": "2"})
