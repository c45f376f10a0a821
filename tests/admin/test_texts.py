from hypothesis import given
from hypothesis import strategies as st

from crossway.admin.texts import settings_text, text_around
from crossway.dialects.native.values import parse_yaml
from crossway.model import REDACTED

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(VALUES.filter(lambda value: value is not None))
def test_settings_can_be_put_back(value):
    assert parse_yaml(text_around("hello", settings_text(value))) == [{"hello": value}]


def test_a_document_keeps_its_comments():
    text = "# why\nto: orders  # who\n\nmatches:\n- path: /a\nbody: |\n  one\n\n  two"
    around = text_around("hello", text)
    assert around == (
        "  hello:\n    # why\n    to: orders  # who\n\n"
        "    matches:\n    - path: /a\n    body: |\n      one\n\n      two\n"
    )
    assert parse_yaml(around) == [{"hello": parse_yaml(text + "\n")[0]}]


def test_what_cannot_be_read_is_not_shown():
    assert REDACTED in settings_text(None)
