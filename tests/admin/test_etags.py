from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.admin.etags import Tags, parse, quoted


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        ([], None),
        ([""], None),
        (["*"], Tags(any=True)),
        ([" * "], Tags(any=True)),
        (['"a"'], Tags(False, frozenset({"a"}))),
        (['""'], Tags(False, frozenset({""}))),
        (['"a", "b" ,W/"c"'], Tags(False, frozenset({"a", "b"}), frozenset({"c"}))),
        (['"a"', '"b"'], Tags(False, frozenset({"a", "b"}))),
        ([', ,"a,b",'], Tags(False, frozenset({"a,b"}))),
    ],
)
def test_what_a_condition_names(lines, tags):
    assert parse(lines) == tags


@pytest.mark.parametrize("line", ["a", '"a', 'a"', "w/a", 'w/"a"', '"a" "b"', '*, "a"', '"a\x7f"', '"a b"', "**"])
def test_what_is_no_condition(line):
    with pytest.raises(ValueError, match="a list of versions looks like"):
        parse([line])


@given(st.text(max_size=40))
def test_any_text_is_tags_or_a_mistake(text):
    with suppress(ValueError):
        parse([text])


@given(st.lists(st.from_regex(r"[\x21\x23-\x7e]{0,8}", fullmatch=True), min_size=1))
def test_tags_are_read_back(tags):
    assert parse([",".join(map(quoted, tags))]) == Tags(False, frozenset(tags))


def test_a_weak_tag_matches_only_weakly():
    tags = parse(['W/"a", "b"'])
    assert (tags.match("a"), tags.match_weakly("a")) == (False, True)
    assert (tags.match("b"), tags.match_weakly("b")) == (True, True)
    assert (Tags(any=True).match(None), tags.match(None), tags.match_weakly(None)) == (False, False, False)
