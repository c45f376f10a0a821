"""Reading headers: what cannot be read never makes an answer fresher."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.runtime.caching import fields
from crossway.runtime.caching.fields import FOREVER


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("max-age=60, no-store", {"max-age": "60", "no-store": None}),
        ('no-cache="a, b", MAX-AGE="7"', {"no-cache": "a, b", "max-age": "7"}),
        (r'x="a\"b", y', {"x": 'a"b', "y": None}),
        ("max-age=9, max-age=10", {"max-age": "9"}),
        ("max-age=9, max-age=x", {"max-age": "9,x"}),
        ('private="a", private', {"private": None}),
        ("private; max-age=5", {"private": "", "max-age": ""}),
        ("max-age =5", {"max-age": ""}),
    ],
)
def test_directives(text, found):
    assert fields.directives(text) == found


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=60), st.sampled_from(["no-store", "private"]))
def test_no_text_in_front_hides_what_forbids(text, word):
    assert word in fields.directives(f"{text.replace(chr(34), '')}, {word}")


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    fields.directives(text)
    fields.targeted(text)
    fields.age(text)
    fields.date(text)
    fields.entity_tags(text)
    assert 0 <= fields.seconds(text) <= FOREVER


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("max-age=60", {"max-age": "60"}),
        ("no-store", {"no-store": None}),
        ('private="x", max-age=1', {"private": "x", "max-age": "1"}),
        ("no-store=?0", None),
        ("max-age=1.5", None),
        ("", None),
        ("MaX-aGe=1", None),
        ("max-age=1, &", None),
    ],
)
def test_targeted_directives_are_a_dictionary(text, found):
    assert fields.targeted(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0", 0),
        ("60", 60),
        ("0060", 60),
        ("9" * 9, FOREVER),
        ("9" * 99, FOREVER),
        ("-1", 0),
        ("²", 0),
        ("1.0", 0),
        (None, 0),
    ],
)
def test_seconds(text, found):
    assert fields.seconds(text) == found


@given(st.integers(0, 4_102_444_800))
def test_a_date_that_is_written_is_read_again(moment):
    assert fields.date(fields.as_date(moment)) == moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("Sun, 06 Nov 1994 08:49:60 GMT", 784111800),
        ("Sun, 00 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_in_the_forms_of_the_past(text, found):
    assert fields.date(text) == found


def test_values_of_several_lines_are_one_list():
    lines = [("vary", "a"), ("x", "1"), ("vary", "b")]
    assert fields.values(lines, "vary") == "a, b"
    assert fields.values(lines, "y") is None
    assert fields.names("A, b ,,") == {"a", "b"}


def test_entity_tags_compare_weakly_and_strongly():
    assert fields.entity_tags('"a,b", W/"c", d') == ['"a,b"', 'W/"c"']
    assert fields.same_weakly('W/"a"', '"a"')
    assert not fields.same_weakly('"a"', '"b"')
    assert fields.same_strongly('"a"', '"a"')
    assert not fields.same_strongly('W/"a"', 'W/"a"')
