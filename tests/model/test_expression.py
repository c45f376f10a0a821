"""Expressions and texts with expressions, as they are written."""

import jmespath
import pytest
from hypothesis import given
from pydantic import ValidationError

from crossway.model import Part, problems
from crossway.model.expression import Reading, Record, Template, Tree, copies, parse_expression, parse_template
from model.expressions import TEXTS

each = pytest.mark.parametrize


class Holder(Part):
    """A part with expressions."""

    tree: Tree = None
    text: Template = ""


@each(
    ("text", "message"),
    [
        ("lenght(a)", "did you mean 'length'"),
        ("length(a, b)", "takes 1 and is given 2"),
        ("not_null()", "takes 1 or more"),
        ("a b", "'b' at character 3"),
        ("a.", "ends too early"),
        ("(" * 2000 + "a", "inside one another"),
        ("[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]", "more than 100 times"),
        ("to_string(to_string(to_string(to_string(@))))", "more than 100 times"),
        ("a" * 5000, "4096"),
    ],
)
def test_an_expression_that_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(ValidationError) as error:
        Holder(tree={"a": [text]})
    (finding,) = problems(error.value, Holder)
    assert finding.path == ("tree", "a", 0)
    assert message in f"{finding.message} {finding.hint}"


def test_braces_in_texts() -> None:
    assert parse_template("a{{b}}c") == ("a{b}c",)
    first, plain, second = parse_template("{a.{x: b}}-{'}' || \"}\"}")
    assert (first, plain) == (parse_expression("a.{x: b}"), "-")
    assert second == parse_expression("'}' || \"}\"")


@each("text", ["{a", "a}", "{}", "{a b}", "{a.{b: c}", "{'}"])
def test_a_text_whose_braces_are_wrong(text: str) -> None:
    with pytest.raises(ValidationError):
        Holder(text=text)


def test_a_tree_survives_as_it_was_written() -> None:
    there = Holder.model_validate({"tree": {"a": ["b", 1, 1.5, True, None, {"C": "d"}]}})
    assert Holder.model_validate_json(there.model_dump_json(exclude_unset=True)) == there


ROOT = Record((), {"a": Record(("a",), {"b": None, "c": None}, "a"), "d": None}, "here")


@each(
    ("text", "mentioned"),
    [
        ("a.b.x", ["a", "a.b"]),
        ("a", ["a", "a.b", "a.c"]),
        ("@", ["a", "a.b", "a.c", "d"]),
        ("d[?a.c]", ["d"]),
        ("[a.b, {x: d}]", ["a", "a.b", "d"]),
        ("a | b", ["a", "a.b"]),
        ("a.b || d", ["a", "a.b", "d"]),
        ("map(&a, d)", ["d"]),
        ("`1`", []),
    ],
)
def test_what_an_expression_mentions(text: str, mentioned: list[str]) -> None:
    reading = Reading(ROOT)
    reading.read(parse_expression(text))
    assert sorted(".".join(words) for words in reading.mentioned) == mentioned
    assert reading.mistakes == []


@given(TEXTS)
def test_an_expression_does_not_grow_beyond_its_copies(text: str) -> None:
    node = jmespath.compile(text).parsed
    steps = {"one": {"body": {"x": 1}, "status": 200}, "two": {"body": ["1"]}, "many": [{"body": 1, "item": "x"}] * 3}
    context = {"steps": steps, "query": {"x": "y"}, "body": "text"}
    try:
        value = jmespath.search(text, context)
    except (ValueError, TypeError):
        return
    size = len(str(context))
    assert len(str(value)) <= (copies(node) + 1) * size + 20 * len(text)
