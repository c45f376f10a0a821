"""Expressions mean what JMESPath says."""

from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.runtime.composing.expressions import Interpreter, UnfitError, as_text, expression, is_true

EXPRESSIONS = [
    "a",
    "a.b",
    "a.b.c",
    '"a"."b"',
    "{x: a, y: a.b, z: {w: b}}",
    "[a, b.c]",
    "a[0]",
    "a[-1].b",
    "a[::2]",
    "a[].b",
    "a[*].b",
    "a[][]",
    "a.*",
    "a.*.b",
    "a[?b]",
    "a[?b == `1`].c",
    "a[?b > `1`]",
    "a || b",
    "a && b",
    "!a",
    "a | b",
    "@",
    "@.a",
    "a.{x: b, y: c}",
    "a[].{x: b, y: c}",
    "`[1, 2]`",
    "'text'",
    "type(a)",
    "not_null(a, b)",
    "to_array(a)",
    "to_string(a)",
    "length(to_array(a))",
    "map(&b, to_array(a))",
    "a == b",
    "a < b",
]
WORDS = st.sampled_from(["a", "b", "c"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(EXPRESSIONS), st.dictionaries(WORDS, JSON, max_size=3))
@settings(max_examples=500)
def test_it_gives_what_the_reference_gives(text: str, context: dict[str, Any]) -> None:
    try:
        expected = jmespath.search(text, context)
    except (ValueError, TypeError) as error:
        expected = error
    try:
        given_here = expression(text)(context, Interpreter())
    except UnfitError:
        assert isinstance(expected, Exception)
    else:
        assert given_here == expected


def test_reading_is_bounded_for_all_expressions_together() -> None:
    interpreter = Interpreter()
    count = expression("length(a[?@ > `1`])")
    context: dict[str, object] = {"a": [2] * 60_000}
    assert count(context, interpreter) == 60_000
    with pytest.raises(UnfitError, match="values"):
        count(context, interpreter)


def test_an_error_does_not_tell_the_value() -> None:
    with pytest.raises(UnfitError) as error:
        expression("length(a)")({"a": 12345}, Interpreter())
    assert "12345" not in str(error.value)
    assert "length()" in str(error.value)


@pytest.mark.parametrize(("value", "true"), [(0, True), (False, False), (None, False), ([], False), ("", False)])
def test_truth(value: object, true: bool) -> None:
    assert is_true(value) is true


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1.0"), (True, "true"), (2**70, str(2**70)), ("x", "x"), (None, None)]
)
def test_text(value: object, text: str | None) -> None:
    assert as_text(value) == text
