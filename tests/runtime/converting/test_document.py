import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.converting.document import (
    check_depth,
    guess,
    place,
    read_json,
    remove,
    steps_of,
    text_of,
    write_json,
)
from crossway.runtime.converting.refusal import Refusal

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def code(data: bytes, max_depth: int = 64) -> str:
    with pytest.raises(Refusal) as caught:
        read_json(data, max_depth)
    return caught.value.code


@given(VALUES)
def test_what_is_written_is_read_again(value):
    assert read_json(write_json(value), 64) == value
    assert json.loads(write_json(value)) == value


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{'a': 1}", b"[1,]", b"NaN", b"1 2", b'"\xff"', b'"\\ud800"', b"1e999", b"1" * 5000, b"\x00", b"01"],
)
def test_what_is_no_json_is_refused(data):
    assert code(data) == "transform.malformed"


@pytest.mark.parametrize("data", [b"[" * 65 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 1_000_000])
def test_what_is_nested_too_deeply_is_refused(data):
    assert code(data) == "transform.too_deep"


def test_depth_counts_what_is_nested_and_nothing_else():
    assert read_json(b"[" * 64 + b"]" * 64, 64)
    assert read_json(b"[" + b"[]," * 1000 + b'"[[[["]', 2)
    assert code(b"[[[]]]", 2) == "transform.too_deep"
    check_depth({"a": [1]}, 2)


def test_a_byte_order_mark_is_no_part_of_it():
    assert read_json(b"\xef\xbb\xbf{}", 64) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("-0.5", -0.5),
        ("true", True),
        ("false", False),
        ("007", "007"),
        ("1e5", "1e5"),
        ("", ""),
        ("null", "null"),
        ("12345678901234567", "12345678901234567"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("+1", "+1"),
        ("1 ", "1 "),
        (".5", ".5"),
        ("1.", "1."),
        ("\u0661", "\u0661"),
        ("True", "True"),
        ("NaN", "NaN"),
    ],
)
def test_what_looks_like_something_else_becomes_it(text, expected):
    assert guess(text) == expected
    assert type(guess(text)) is type(expected)


@given(st.text("0123456789.-", max_size=20))
def test_a_number_that_is_guessed_is_the_same_number(text):
    from decimal import Decimal

    found = guess(text)
    if not isinstance(found, str):
        assert Decimal(text) == Decimal(repr(found))


def test_values_as_text():
    assert [text_of(value) for value in ("a", None, True, 1.5, [1], {"a": "é"})] == [
        "a", "", "true", "1.5", "[1]", '{"a":"é"}'
    ]  # fmt: skip


def test_pointers():
    assert steps_of("/a~1b/c~0d//0") == ("a/b", "c~d", "", "0")
    document = {"a": [{"b": 1}], "n": None}
    place(document, ("a", "0", "b"), 2)
    place(document, ("a", "-"), 3)
    place(document, ("n", "m", "o"), 4)
    assert document == {"a": [{"b": 2}, 3], "n": {"m": {"o": 4}}}
    remove(document, ("a", "0", "b"))
    remove(document, ("a", "1"))
    remove(document, ("n", "m"))
    for nothing in (("x",), ("a", "9"), ("a", "x", "y"), ("a", "0", "b"), ("n", "x", "y")):
        remove(document, nothing)
    assert document == {"a": [{}], "n": {}}


@pytest.mark.parametrize(
    ("document", "steps"),
    [
        ("text", ("a",)),
        ({"a": 1}, ("a", "b")),
        ([], ("0",)),
        ([1], ("x",)),
        ([1], ("5", "a")),
        ([], ("-", "a")),
        (None, ("a",)),
    ],
)
def test_a_place_that_cannot_be_is_refused(document, steps):
    with pytest.raises(Refusal):
        place(document, steps, 1)
