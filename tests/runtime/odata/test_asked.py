"""Paths, and options that fit a set."""

import pytest

from crossway.model.odata import QueryLimits
from crossway.runtime.odata.asked import Fitting, Segment, both, key_of, segments
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.options import read
from runtime.odata.shop import sets

each = pytest.mark.parametrize
SETS, LIMITS = sets(), QueryLimits()


def test_segments() -> None:
    path = "Orders(7)/items('a%2Fb')/$count"
    assert segments(path) == (Segment("Orders", "7"), Segment("items", "'a/b'"), Segment("$count"))
    for wrong in ("a b", "(1)", "Orders)", "%ff", "a" + "/a" * 10):
        with pytest.raises(ODataError):
            segments(wrong)


@each(("text", "key"), [("7", 7), ("id=7", 7), ("-7", -7)])
def test_keys(text: str, key: object) -> None:
    assert key_of(SETS, "Orders", text, {}) == key


@each("text", ["'x'", "note='x'", "null", "1 add 1", "id", "@p", "", "1,2"])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ODataError):
        key_of(SETS, "Orders", text, {})


def test_selections() -> None:
    options = read("$select=note,id,customer&$expand=*($select=id)", LIMITS)
    selection = Fitting(SETS, LIMITS, {}).selection("Orders", options)
    assert selection.names == ("id", "note")
    assert [expansion.navigation for expansion in selection.expands] == ["customer", "items"]
    assert selection.expands[0].selection.names == ("id",)
    assert Fitting(SETS, LIMITS, {}).selection("Orders", read("$select=*,id", LIMITS)).names is None


def test_conditions_are_joined() -> None:
    assert both(None, None) is None
    condition = Fitting(SETS, LIMITS, {}).condition("Orders", read("$filter=paid", LIMITS))
    assert both(None, condition) is condition


def test_a_set_without_texts_cannot_be_searched() -> None:
    silent = {**SETS, "Orders": SETS["Orders"].model_copy(update={"search": ()})}
    with pytest.raises(ODataError) as raised:
        Fitting(silent, LIMITS, {}).condition("Orders", read("$search=x", LIMITS))
    assert raised.value.status == 501
