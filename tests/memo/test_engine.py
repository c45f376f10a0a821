import gc
import weakref

import pytest

from crossway.errors import Bug
from crossway.memo import Index, Memo, Read, Table

words = Table[str, str]("words")
numbers = Table[str, int]("numbers")


class Text:
    """A value that is told from another by identity, though both are equal."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def word(read: Read, key: str) -> str | None:
    return read.input(words, key)


def initial(read: Read, key: str) -> Text:
    return Text((read(word, key) or "-")[0])


def initials(read: Read) -> str:
    return "".join(read(initial, key).text for key in read.keys(words))


def count(read: Read) -> int:
    return len(read.keys(words))


def either(read: Read) -> str | None:
    return read(word, "a") if read(word, "switch") == "on" else read(word, "b")


def initials_of_word(read: Read, key: str) -> frozenset[str]:
    return frozenset(read.input(words, key) or "")


by_letter = Index(words, initials_of_word, "by_letter")


def with_letter(read: Read, letter: str) -> tuple[str, ...]:
    return read.group(by_letter, letter)


def letters(read: Read) -> str:
    return "".join(read.groups(by_letter))


def memo_of(*indexes: Index[str, str], **entries: str) -> Memo:
    memo = Memo(indexes)
    memo.update(words, entries)
    return memo


def ran(memo: Memo) -> dict[str, int]:
    counts = dict(memo.evaluations)
    memo.evaluations.clear()
    return counts


def test_a_value_is_computed_once():
    memo = memo_of(a="ape", b="bee")
    assert memo.get(initials) == "ab"
    assert ran(memo) == {"initials": 1, "initial": 2, "word": 2}
    assert memo.get(initials) == "ab"
    assert ran(memo) == {}


def test_a_change_reaches_what_read_it_and_nothing_else():
    memo = memo_of(a="ape", b="bee")
    memo.get(initials)
    memo.get(count)
    ran(memo)
    memo.update(words, {"b": "cow"})
    assert memo.get(initials) == "ac"
    assert memo.get(count) == 2
    assert ran(memo) == {"initials": 1, "initial": 1, "word": 1}


def test_an_equal_value_keeps_the_old_object_and_stops_the_change():
    memo = memo_of(a="ape")
    memo.get(initials)
    before = memo.get(initial, "a")
    ran(memo)
    memo.update(words, {"a": "ant"})
    assert memo.get(initials) == "a"
    assert memo.get(initial, "a") is before
    assert ran(memo) == {"word": 1, "initial": 1}


def test_an_equal_input_is_no_change():
    texts = Table[str, Text]("texts")

    def text(read: Read) -> Text | None:
        return read.input(texts, "a")

    memo = Memo()
    first = Text("x")
    memo.update(texts, {"a": first})
    memo.get(text)
    memo.update(texts, {"a": Text("x")})
    memo.replace(texts, {"a": Text("x")})
    assert memo.get(text) is first
    assert ran(memo) == {"text": 1}


def test_an_absent_entry_is_a_dependency_too():
    memo = Memo()
    assert memo.get(word, "a") is None
    memo.update(words, {"a": "ape"})
    assert memo.get(word, "a") == "ape"
    memo.update(words, {"a": None})
    assert memo.get(word, "a") is None


def test_dependencies_are_those_of_the_last_run():
    memo = memo_of(switch="on", a="1", b="2")
    assert memo.get(either) == "1"
    memo.update(words, {"switch": "off"})
    assert memo.get(either) == "2"
    ran(memo)
    memo.update(words, {"a": "3"})
    assert memo.get(either) == "2"
    assert ran(memo) == {}
    memo.update(words, {"b": "4"})
    assert memo.get(either) == "4"


def test_what_was_read_is_checked_in_the_order_of_reading():
    def divisible(read: Read) -> bool:
        return read.input(numbers, "x") != 0

    def guarded(read: Read) -> int:
        return read(ratio) if read(divisible) else -1

    memo = Memo()
    memo.update(numbers, {"x": 5})
    assert memo.get(guarded) == 20
    memo.update(numbers, {"x": 0})
    assert memo.get(guarded) == -1
    assert ran(memo) == {"guarded": 2, "divisible": 2, "ratio": 1}


def test_keys_are_sorted_and_change_only_when_keys_come_or_go():
    memo = memo_of(c="", a="", b="")

    def keys(read: Read) -> tuple[str, ...]:
        return read.keys(words)

    assert memo.get(keys) == ("a", "b", "c")
    memo.update(words, {"a": "x"})
    memo.get(keys)
    assert ran(memo) == {"keys": 1}
    memo.update(words, {"aa": "", "b": None})
    assert memo.get(keys) == ("a", "aa", "c")
    many = {f"k{number:03}": "" for number in reversed(range(200))}
    memo.replace(words, many)
    assert memo.get(keys) == tuple(sorted(many))


def test_replace_applies_the_difference():
    memo = memo_of(a="ape", b="bee", c="cow")
    assert [memo.get(word, key) for key in "abcd"] == ["ape", "bee", "cow", None]
    ran(memo)
    memo.replace(words, {"a": "ape", "b": "bat", "d": "dog"})
    assert [memo.get(word, key) for key in "abcd"] == ["ape", "bat", None, "dog"]
    assert ran(memo) == {"word": 3}


def test_a_group_changes_when_its_members_do():
    memo = memo_of(by_letter, one="ab", two="b")
    assert memo.get(with_letter, "a") == ("one",)
    assert memo.get(with_letter, "b") == ("one", "two")
    assert memo.get(with_letter, "z") == ()
    assert memo.get(letters) == "ab"
    ran(memo)
    memo.update(words, {"two": "az"})
    assert memo.get(with_letter, "a") == ("one", "two")
    assert memo.get(with_letter, "b") == ("one",)
    assert memo.get(with_letter, "z") == ("two",)
    assert memo.get(letters) == "abz"
    assert ran(memo) == {"initials_of_word": 1, "with_letter": 3, "letters": 1}


def test_other_groups_and_the_list_of_groups_are_left_alone():
    memo = memo_of(by_letter, one="ab", two="b")
    memo.get(with_letter, "b")
    memo.get(letters)
    ran(memo)
    memo.update(words, {"three": "a", "one": "ba"})
    assert memo.get(with_letter, "b") == ("one", "two")
    assert memo.get(letters) == "ab"
    assert ran(memo) == {"initials_of_word": 2}


def test_groups_that_swap_their_only_members_are_the_same_groups():
    memo = memo_of(by_letter, one="a", two="b")
    memo.get(letters)
    ran(memo)
    memo.update(words, {"one": "b", "two": "a"})
    assert memo.get(letters) == "ab"
    assert memo.get(with_letter, "a") == ("two",)
    assert "letters" not in ran(memo)


def test_a_key_that_leaves_the_table_leaves_its_groups():
    memo = memo_of(by_letter, one="ab", two="b")
    memo.update(words, {"one": None})
    assert memo.get(letters) == "b"
    memo.update(words, {"one": "a"})
    memo.update(words, {"one": None})
    memo.update(words, {"one": "c"})
    assert memo.get(letters) == "bc"


def test_nothing_is_kept_of_a_key_that_left():
    made: list[weakref.ref[frozenset[str]]] = []

    def initial_group(read: Read, key: str) -> frozenset[str]:
        group = frozenset((read.input(words, key) or "-")[0])
        made.append(weakref.ref(group))
        return group

    index = Index(words, initial_group, "initial")

    def groups(read: Read) -> tuple[str, ...]:
        return read.groups(index)

    memo = memo_of(index, one="a", two="b")
    assert memo.get(groups) == ("a", "b")
    memo.update(words, {"one": None})
    assert memo.get(groups) == ("b",)
    gc.collect()
    assert [group() for group in made] == [None, frozenset("b")]


def size_of_group(read: Read, key: str) -> frozenset[int]:
    return frozenset(len(read.group(by_letter, letter)) for letter in read.input(words, key) or "")


by_size = Index(words, size_of_group, "by_size")


def with_size(read: Read, size: int) -> tuple[str, ...]:
    return read.group(by_size, size)


def test_an_index_may_read_one_before_it():
    memo = Memo([by_letter, by_size])
    memo.update(words, {"one": "a", "two": "ab"})
    assert memo.get(with_size, 2) == ("one", "two")
    memo.update(words, {"two": "b"})
    assert memo.get(with_size, 2) == ()
    assert memo.get(with_size, 1) == ("one", "two")


def test_an_index_may_not_read_one_after_it():
    memo = Memo([by_size, by_letter])
    memo.update(words, {"one": "a"})
    for _ in range(2):
        with pytest.raises(Bug, match="index by_letter is read by its own query, or by the query of an index before"):
            memo.get(with_size, 1)


def test_an_index_that_lags_behind_one_after_it_is_found():
    def through(read: Read, key: str) -> frozenset[str]:
        return frozenset(read(with_letter, key))

    early = Index(words, through, "early")
    memo = Memo([early, by_letter])
    assert memo.get(with_letter, "a") == ()
    memo.update(words, {"a": "a"})
    with pytest.raises(Bug, match="index early depends on an index that the memo was given after it"):
        memo.get(with_letter, "b")


def test_an_unknown_index_is_a_bug():
    with pytest.raises(Bug, match="index by_letter is read, but"):
        Memo().get(letters)


def test_a_failing_index_query_fails_every_get_until_it_is_mended():
    def parse(read: Read, key: str) -> frozenset[int]:
        return frozenset({int(read.input(words, key) or "")})

    by_number = Index(words, parse, "by_number")

    def ones(read: Read) -> tuple[str, ...]:
        return read.group(by_number, 1)

    memo = Memo([by_number])
    memo.update(words, {"a": "1", "b": "x", "c": "1"})
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            memo.get(ones)
    memo.update(words, {"b": "1"})
    assert memo.get(ones) == ("a", "b", "c")
    memo.update(words, {"b": "y", "c": "2"})
    with pytest.raises(ValueError, match="invalid literal"):
        memo.get(ones)
    memo.update(words, {"b": None})
    assert memo.get(ones) == ("a",)


def ratio(read: Read) -> int:
    return 100 // (read.input(numbers, "x") or 0)


def twice(read: Read) -> int:
    return 2 * read(ratio)


def test_an_exception_is_raised_again_and_is_over_when_its_cause_is():
    memo = Memo()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            memo.get(twice)
    assert ran(memo) == {"twice": 2, "ratio": 2}
    memo.update(numbers, {"x": 5})
    assert memo.get(twice) == 40
    memo.update(numbers, {"x": 0})
    with pytest.raises(ZeroDivisionError):
        memo.get(twice)
    ran(memo)
    memo.update(numbers, {"x": 5})
    assert memo.get(twice) == 40
    assert ran(memo) == {"ratio": 1}


def test_a_query_that_swallows_an_exception_is_a_bug():
    def careless(read: Read) -> int:
        try:
            return read(twice)
        except ZeroDivisionError:
            return 0

    with pytest.raises(Bug, match=r"careless\(\) caught what a query that it reads raised"):
        Memo().get(careless)


def round_and(read: Read, name: str) -> int:
    if read.input(numbers, name) == 1:
        return read(round_about, name)
    return 0


def round_about(read: Read, name: str) -> int:
    return read(relay, name) + 1


def relay(read: Read, name: str) -> int:
    return read(round_and, name) + 1


def test_a_circle_is_named_and_can_be_opened():
    memo = Memo()
    memo.update(numbers, {"x": 1})
    circle = r"circle: relay\(x\) -> round_and\(x\) -> round_about\(x\) -> relay\(x\)$"
    for _ in range(2):
        with pytest.raises(Bug, match=circle):
            memo.get(relay, "x")
    memo.update(numbers, {"x": 0})
    assert memo.get(relay, "x") == 1
    assert memo.get(round_about, "x") == 2


def test_a_circle_that_closes_later_is_named_in_full():
    memo = Memo()
    assert memo.get(round_about, "x") == 2
    memo.update(numbers, {"x": 1})
    circle = r"circle: round_and\(x\) -> round_about\(x\) -> relay\(x\) -> round_and\(x\)$"
    with pytest.raises(Bug, match=circle):
        memo.get(round_and, "x")
    memo.update(numbers, {"x": 2})
    assert memo.get(round_about, "x") == 2


def test_a_circle_is_named_though_its_first_query_hears_of_a_change_as_it_runs():
    def number(read: Read) -> int:
        return read.input(numbers, "x") or 0

    def there(read: Read) -> int:
        return read(back) if read.input(numbers, "x") == read(number) == 1 else 0

    def back(read: Read) -> int:
        return read(there)

    memo = Memo()
    assert memo.get(there) == 0
    memo.update(numbers, {"x": 1})
    with pytest.raises(Bug, match=r"circle: \S*there\(\) -> \S*back\(\) -> \S*there\(\)$"):
        memo.get(there)


def test_a_read_is_over_when_its_query_is():
    kept: list[Read] = []

    def keeps(read: Read) -> int:
        kept.append(read)
        return 1

    memo = Memo()
    memo.get(keeps)
    with pytest.raises(Bug, match=r"keeps\(\) reads after it returned"):
        kept[0].keys(words)


def test_a_query_has_only_its_read():
    memo = Memo()

    def gets(read: Read) -> int:  # noqa: ARG001
        return memo.get(count)

    def updates(read: Read) -> None:  # noqa: ARG001
        memo.update(words, {"a": "a"})

    with pytest.raises(Bug, match=r"gets\(\) calls get instead of read"):
        memo.get(gets)
    with pytest.raises(Bug, match=r"updates\(\) updates a table while it runs"):
        memo.get(updates)
    assert memo.get(count) == 0


def test_many_readers_of_one_entry_come_and_go():
    memo = memo_of(switch="on", a="1")

    def reader(read: Read, number: int) -> str:
        return f"{read(either)}{number}"

    assert [memo.get(reader, number) for number in range(50)] == [f"1{number}" for number in range(50)]
    memo.update(words, {"a": "2"})
    assert memo.get(reader, 7) == "27"
    memo.sweep([(reader, (7,)), (reader, (8,))])
    memo.update(words, {"a": "3"})
    ran(memo)
    assert (memo.get(reader, 8), memo.get(reader, 7)) == ("38", "37")
    assert ran(memo) == {"word": 1, "either": 1, "reader": 2}


def test_sweep_forgets_what_no_root_reaches():
    memo = memo_of(by_letter, a="ape", b="bee")
    memo.get(initials)
    memo.get(with_letter, "a")
    memo.get(count)
    assert memo.size == 7
    forgotten = weakref.ref(memo.get(initial, "b"))
    assert memo.sweep([(initials, ()), (with_letter, ("never",))]) == 2
    ran(memo)
    assert memo.get(initials) == "ab"
    assert ran(memo) == {}
    assert memo.sweep([]) == 5
    assert memo.size == 0
    gc.collect()
    assert forgotten() is None
    assert memo.get(initials) == "ab"
    memo.update(words, {"b": "cow"})
    assert memo.get(initials) == "ac"
    assert memo.get(with_letter, "c") == ("b",)


def test_sweep_keeps_what_an_index_reads():
    def through_a_query(read: Read, key: str) -> frozenset[str]:
        return frozenset(read(word, key) or "")

    index = Index(words, through_a_query, "through")

    def groups(read: Read) -> tuple[str, ...]:
        return read.groups(index)

    memo = memo_of(index, one="a")
    assert memo.get(groups) == ("a",)
    assert memo.sweep([]) == 1
    memo.update(words, {"one": "b"})
    assert memo.get(groups) == ("b",)


def test_two_memos_share_nothing():
    one, two = memo_of(a="ape"), memo_of(a="bee")
    assert (one.get(initials), two.get(initials)) == ("a", "b")
