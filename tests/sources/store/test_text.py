import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.errors import UserError
from crossway.sources.store.text import check, clean


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_what_can_be_kept_stays_as_it_is(text):
    assert clean(text) == text
    check("the name", text)


@pytest.mark.parametrize(("text", "cleaned"), [("a\0b", "a\ufffdb"), ("\udc80", "?")])
def test_what_cannot_be_kept(text, cleaned):
    assert clean(text) == cleaned
    with pytest.raises(UserError, match=r"^the name contains a character that cannot be kept"):
        check("the name", "fine", text)
