"""Conditions over rows. That they say what SQL says is shown beside that."""

import pytest

from crossway.runtime.odata.binding import Binder
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.predicate import computed, matches, sort
from crossway.runtime.odata.syntax import Parser
from crossway.runtime.odata.tree import ROOT, Row
from runtime.odata.shop import sets

each = pytest.mark.parametrize
SETS = sets()


def row(**values: object) -> Row:
    return Row(dict.fromkeys(SETS["Orders"].properties) | values, {})


def value(text: str, **values: object) -> object:
    return computed(Binder(SETS, "Orders").bind(Parser(text).whole()))({ROOT: row(**values)})


@each(
    ("text", "given"),
    [
        ("paid and null", None),
        ("null or paid", True),
        ("not null", None),
        ("note eq null", True),
        ("note ne 'x'", True),
        ("note gt 'x'", False),
        ("note ge null", True),
        ("contains(note,'x')", None),
        ("amount div 0", None),
        ("-7 div 2", -3),
        ("-7 mod 2", -1),
        ("round(-2.5)", -3),
        ("substring('abc',1)", "bc"),
        ("substring('abc',-1,2)", "ab"),
        ("indexof('abc','c')", 2),
        ("trim(' a ')", "a"),
        ("items/any()", False),
        ("items/all(i: i/id eq 1)", True),
        ("items/$count", 0),
        ("price eq 1.1", True),
        ("placed eq 2024-01-01T10:00:00Z", True),
    ],
)
def test_what_it_gives(text: str, given: object) -> None:
    assert value(text, paid=True, amount=3, price=1.1, placed="2024-01-01T12:00:00+02:00") == given


@each(
    ("field", "content"),
    [("amount", "3"), ("amount", True), ("note", 3), ("paid", "yes"), ("placed", "soon"), ("due", 5)],
)
def test_a_value_that_is_not_of_its_type(field: str, content: object) -> None:
    with pytest.raises(ODataError) as raised:
        value(f"{field} eq null", **{field: content})
    assert (raised.value.status, raised.value.code, raised.value.target) == (502, "odata.malformed_item", field)


def test_null_is_the_least() -> None:
    rows = [row(id=1, amount=2), row(id=2, amount=None), row(id=3, amount=1)]
    sort(rows, Binder(SETS, "Orders").order(Parser("amount desc").ordering()))
    assert [each.values["id"] for each in rows] == [1, 3, 2]
    holds = matches(Binder(SETS, "Orders").condition(Parser("amount gt 1").whole()))
    assert [each.values["id"] for each in rows if holds(each)] == [1]
