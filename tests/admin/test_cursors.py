from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.admin.cursors import cursor_of, read_cursor
from crossway.model import Ref


@given(st.builds(Ref, st.text(), st.text(), st.text()))
def test_a_cursor_is_read_back(ref):
    assert read_cursor(cursor_of(ref)) == ref


@given(st.text())
def test_nothing_else_is_a_cursor(text):
    with suppress(ValueError):
        assert isinstance(read_cursor(text), Ref)


@pytest.mark.parametrize("text", ["", "a", "e30", "W10", "W1tdXQ", "\xff", "WyJhIiwiYiJd"])
def test_what_is_no_cursor(text):
    with pytest.raises(ValueError, match="this is no cursor"):
        read_cursor(text)
