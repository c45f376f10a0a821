"""The law of the memo, held to random programs and random edits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.memo import Index, Memo, Read, Table

KEYS = range(4)
cells = Table[int, int]("cells")
knobs = Table[int, int]("knobs")


def residue(read: Read, key: int) -> frozenset[int]:
    value = read.input(cells, key) or 0
    modulus = read.input(knobs, value % 2) or 2
    return frozenset({value % modulus, 10 + value % 2} if value % 5 else ())


def crowd(read: Read, key: int) -> frozenset[int]:
    return frozenset(len(read.group(by_residue, group)) for group in read.groups(by_residue) if group <= key)


by_residue = Index(cells, residue, "by_residue")
by_crowd = Index(cells, crowd, "by_crowd")
INDEXES = (by_residue, by_crowd)


@dataclass(eq=False)
class Program:
    """Steps that each read tables or earlier steps, and a journal of what they read."""

    steps: tuple[tuple[str, int, int, int], ...]
    journal: list[tuple[int, list[tuple[Any, ...]], bool]] = field(default_factory=list)


def step(read: Read, program: Program, number: int) -> int:
    reads: list[tuple[Any, ...]] = []

    def seen(value: Any, *what: Any) -> Any:
        reads.append((value, *what))
        return value

    def earlier(distance: int) -> int:
        other = number - 1 - distance % 3
        return seen(read(step, program, other), step, other) if other >= 0 else 0

    kind, a, b, c = program.steps[number]
    finished = False
    try:
        match kind:
            case "input":
                value = seen(read.input(cells, a % 3), Read.input, cells, a % 3) or 0
            case "knob":
                value = seen(read.input(knobs, a % 2), Read.input, knobs, a % 2) or 0
            case "keys":
                value = sum(seen(read.keys(cells), Read.keys, cells))
            case "group":
                value = sum(seen(read.group(INDEXES[b % 2], a), Read.group, INDEXES[b % 2], a))
            case "groups":
                value = sum(seen(read.groups(INDEXES[b % 2]), Read.groups, INDEXES[b % 2]))
            case "sum":
                value = earlier(a) + earlier(b)
            case "quarter":
                value = earlier(a) // 4
            case "choose":
                value = earlier(b) if earlier(a) % 2 else earlier(c)
            case _:
                value = 60 // (earlier(a) % 4)
        finished = True
        return value
    finally:
        program.journal.append((number, reads, finished))


def seen_now(read: Read, way: Callable[..., Any], *args: Any) -> Any:
    return way(read, *args)


def of_copy(copy: Program, way: Callable[..., Any], what: list[Any]) -> list[Any]:
    return [copy, *what] if way is step else what


def outcome(memo: Memo, query: Callable[..., Any], *args: Any) -> Any:
    try:
        return memo.get(query, *args)
    except ZeroDivisionError as error:
        return str(error)


small = st.integers(0, 11)
kinds = ["input", "input", "knob", "keys", "group", "groups", "sum", "quarter", "quarter", "choose", "divide"]
programs = st.lists(st.tuples(st.sampled_from(kinds), small, small, small), min_size=3, max_size=12).map(tuple)
entries = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 9), max_size=6)
changes = st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 9), max_size=3)
edits = st.lists(
    st.tuples(st.just("update"), st.sampled_from([cells, cells, knobs]), changes)
    | st.tuples(st.just("replace"), st.sampled_from([cells, knobs]), entries)
    | st.tuples(st.just("sweep"), st.lists(small), st.none()),
    min_size=4,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(steps=programs, first=entries, edits=edits, asked=st.lists(st.lists(small, max_size=4), min_size=9, max_size=9))
def test_the_incremental_result_is_the_full_result_and_nothing_runs_without_need(steps, first, edits, asked):
    memo, program = Memo(INDEXES), Program(steps)
    tables: dict[Table[int, int], dict[int, int]] = {cells: {}, knobs: {}}
    last: dict[int, list[tuple[Any, ...]]] = {}
    """What each step read when it last ran and returned."""
    needed: set[int] = set()
    """The steps for which some of that was different, at any time since."""
    for (act, what, values), numbers in zip([("update", cells, first), *edits], asked, strict=False):
        if act == "sweep":
            memo.sweep([(step, (program, number)) for number in what])
            last.clear()
        elif act == "update":
            memo.update(what, values)
            tables[what] = {k: v for k, v in (tables[what] | values).items() if v is not None}
        else:
            memo.replace(what, values)
            tables[what] = dict(values)

        fresh, copy = Memo(INDEXES), Program(steps)
        for table, content in tables.items():
            fresh.update(table, content)
        # Something that changes and changes back between two gets is a change for those who read it.
        needed |= {
            number
            for number, reads in last.items()
            if any(before != outcome(fresh, seen_now, way, *of_copy(copy, way, what)) for before, way, *what in reads)
        }
        clean = set()
        for number in {len(steps) - 1, *(number % len(steps) for number in numbers)}:
            result = outcome(memo, step, program, number)
            assert result == outcome(fresh, step, copy, number)
            if isinstance(result, int):
                clean.add(number)

        for number, reads, finished in program.journal:
            assert number in needed or number not in last, f"step {number} ran without need"
            if finished:
                last[number] = reads
                needed.discard(number)
            else:
                last.pop(number, None)
        program.journal.clear()
        needed -= clean


@given(first=entries, edits=st.lists(changes, max_size=6), settled=st.lists(st.booleans(), min_size=6, max_size=6))
def test_groups_are_those_of_a_fresh_index(first, edits, settled):
    memo, content = Memo(INDEXES), dict(first)
    memo.update(cells, first)
    for change, settle in zip(edits, settled, strict=False):
        memo.update(cells, change)
        content = {k: v for k, v in (content | change).items() if v is not None}
        if settle:
            memo.get(seen_now, Read.groups, by_crowd)
    fresh = Memo(INDEXES)
    fresh.update(cells, content)
    for index in INDEXES:
        groups = memo.get(seen_now, Read.groups, index)
        assert groups == fresh.get(seen_now, Read.groups, index)
        for group in groups:
            assert memo.get(seen_now, Read.group, index, group) == fresh.get(seen_now, Read.group, index, group)
