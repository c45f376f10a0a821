import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.admin.texts import DEEPEST, depth, settings_text, shown, text_around, text_of
from crossway.dialects.native.values import parse_yaml
from crossway.model import REDACTED, Origin, Ref
from crossway.model.revision import Row

TRICKY = [
    "on",
    "no",
    "~",
    "null",
    "0o17",
    "0x1f",
    "1e3",
    "1.",
    ".5",
    "017",
    "12:30",
    "1_000",
    "<<",
    "=",
    "- a",
    "a: b",
    "#",
    "",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS | st.sampled_from(TRICKY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(TRICKY), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_settings_are_read_back(value):
    assert parse_yaml(text_of("hello", value)) == [{"hello": value}]
    if value is not None:
        assert parse_yaml(text_around("hello", settings_text(value))) == [{"hello": value}]


@pytest.mark.parametrize("text", TRICKY)
def test_a_text_stays_a_text(text):
    assert parse_yaml(text_of("hello", {text: text})) == [{"hello": {text: text}}]


def test_a_document_keeps_its_comments():
    text = "# why\nto: orders  # who\n\nmatches:\n- path: /a\nbody: |\n  one\n\n  two\n"
    around = text_around("hello", text)
    assert around == (
        "hello:\n  # why\n  to: orders  # who\n\n  matches:\n  - path: /a\n  body: |\n    one\n\n    two\n"
    )
    assert parse_yaml(around) == [{"hello": parse_yaml(text)[0]}]


def test_what_is_secret_is_not_shown():
    plain = Row(Ref("routes", "a"), "a:  {to: x}  # as it is\n", Origin("x"))
    assert shown(plain, {"to": "x"}) == plain.text
    secret = Row(Ref("certificates", "a"), "a: {key: hidden}\n", Origin("x"))
    assert shown(secret, {"key": REDACTED}) == f"a:\n  key: '{REDACTED}'\n"
    assert shown(secret, [{"deep": [REDACTED]}]) == f"a:\n- deep:\n  - '{REDACTED}'\n"
    assert shown(secret, None) == f"a: {REDACTED}\n"
    assert settings_text(None) == f"{REDACTED}\n"


def test_how_deep_settings_are():
    assert [depth(value) for value in (1, "a", [], {}, [1], [[1], {"a": [2]}])] == [0, 0, 1, 1, 1, 3]
    endless: list[object] = []
    endless.append(endless)
    assert depth(endless) == DEEPEST + 1
