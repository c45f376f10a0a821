import gc
import sys

import pytest
from msgspec import Raw, json

from crossway.compile.program import Code, Entry, PluginStep, Program, Purge, Step, digest, encode
from crossway.errors import RemoteError
from crossway.runtime.generations import MOST, NAMED, Generations


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def generations(clock, monkeypatch):
    before = gc.get_threshold()
    monkeypatch.setattr(gc, "collect", lambda: 0)  # of all that the tests have imported, once for each program
    yield Generations(clock)
    gc.unfreeze()
    gc.set_threshold(*before)


def text(name: str, *purges: Purge) -> str:
    entry = Entry(f"routes.{name}", (), "inner", name)
    return encode(Program({digest(entry): entry}, {}, purges))


def names(generations: Generations) -> list[str]:
    return [entry.route for one in generations.all for entry in one.program.entries.values()]


def test_a_program_stays_for_a_while_after_another_one_has_come(generations, clock):
    for name in "abc":
        generations.take_in(text(name))
        clock.now += 10
    assert names(generations) == ["a", "b", "c"]
    generations.forget()
    assert names(generations) == ["a", "b", "c"]
    clock.now += NAMED - 20
    generations.forget()
    assert names(generations) == ["b", "c"]
    clock.now += 3600
    generations.forget()
    assert names(generations) == ["c"]


def test_the_next_program_is_a_reason_to_forget_too(generations, clock):
    for name in "ab":
        generations.take_in(text(name))
    clock.now += NAMED
    generations.take_in(text("c"))
    assert names(generations) == ["b", "c"]


def test_of_many_in_a_row_the_oldest_go(generations):
    for number in range(MOST + 3):
        generations.take_in(text(f"{number}"))
    assert names(generations) == [f"{number}" for number in range(3, MOST + 3)]


def test_a_purge_takes_the_place_of_a_program_and_no_time_from_those_before(generations, clock):
    generations.take_in(text("a"))
    clock.now += 5
    for at in range(5):
        clock.now += 1
        generations.take_in(text("b", Purge("p", float(at), tag="a")))
    assert names(generations) == ["a", "b"]
    assert generations.all[0].until == 1006.0
    assert generations.all[1].since == clock.now
    (purge,) = generations.all[1].program.purges
    assert purge.at == 4


def test_what_changes_is_another_tuple_and_what_does_not_is_the_same(generations, clock):
    generations.take_in(text("a"))
    before = generations.all
    clock.now += 3600
    generations.forget()
    generations.take_in(text("a"))
    assert generations.all is before


def test_what_programs_have_in_common_is_there_once(generations):
    one, other = Entry("routes.a", (), "inner", "a"), Entry("routes.b", (), "inner", "b")
    generations.take_in(encode(Program({"a": one})))
    generations.take_in(encode(Program({"a": one, "b": other})))
    first, second = (found.program.entries for found in generations.all)
    assert first["a"] is second["a"]


def test_without_the_last_filter_that_brought_it_no_program_is_left(generations):
    first, second = generations.take_in(text("a")), generations.take_in(text("b"))
    assert generations.take_in(text("b")) is second, "a filter that was made anew"
    generations.let_go(first)
    generations.let_go(second)
    assert names(generations) == ["a", "b"]
    generations.let_go(second)
    assert names(generations) == []
    generations.take_in(text("b"))
    assert names(generations) == ["b"]


def test_what_no_program_has_any_more_takes_no_memory(generations):
    code = Code("good.py", "x = 1")
    step = Step("plugin", Raw(json.encode(PluginStep("it", digest(code), "it"))))
    entry = Entry("routes.a", (step,), "inner", "a")
    taken = generations.take_in(encode(Program({digest(entry): entry}, {digest(code): code})))
    assert f"crossway_code_{digest(code)}" in sys.modules
    generations.let_go(taken)
    assert f"crossway_code_{digest(code)}" not in sys.modules


def test_a_program_that_is_refused_changes_nothing(generations, clock):
    generations.take_in(text("a"))
    entry = Entry("routes.b", (Step("newer", Raw(b"{}")),), "inner", "b")
    with pytest.raises(RemoteError, match="'newer'"):
        generations.take_in(encode(Program({digest(entry): entry})))
    clock.now += NAMED
    generations.forget()
    assert names(generations) == ["a"]
