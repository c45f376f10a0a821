"""TOML: one document of plain values, or the first thing that is wrong and where."""

import pytest

from crossway.dialects.native.toml import read_toml
from crossway.dialects.native.values import DEEPEST, TextError
from crossway.model import Finding


def wrong(text: str) -> Finding:
    with pytest.raises(TextError) as told:
        read_toml(text)
    return told.value.finding


def test_a_text_is_one_document_of_plain_values() -> None:
    text = "n = 1_000\n[routes.\"a.b\"]\nto = 'on'\n[[routes.\"a.b\".matches]]\npath = '/'\n"
    assert read_toml(text) == ([{"n": 1000, "routes": {"a.b": {"to": "on", "matches": [{"path": "/"}]}}}], [])
    assert read_toml("") == ([{}], [])


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    assert read_toml("\ufeffa = 1\n") == ([{"a": 1}], [])


@pytest.mark.parametrize(
    ("text", "place"),
    [("[routes.a\n", (1, 10)), ("a = 1\na = 2\n", (2, 6)), ("a = 1\n\nb =", (3, 4))],
    ids=["a header that stays open", "a key that stands twice", "no value"],
)
def test_a_mistake_is_told_with_its_place_and_without_it_in_the_sentence(text: str, place: tuple[int, int]) -> None:
    finding = wrong(text)
    assert finding.code == "toml.syntax"
    assert finding.origin is not None
    assert (finding.origin.line, finding.origin.column) == place
    assert "line" not in finding.message
    assert finding.message[0].islower()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a = ", "}")], ids=["arrays", "tables"])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    def nested(depth: int) -> str:
        return "a = " + opening * depth + "1" + closing * depth

    read_toml(nested(DEEPEST - 1))  # the document itself is one
    assert wrong(nested(DEEPEST)).code == "document.too_deep"


def test_no_depth_brings_the_reader_down() -> None:
    assert wrong("a = " + "[" * 100_000).code == "document.too_deep"
