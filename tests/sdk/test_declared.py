import enum
from datetime import timedelta

import pytest

from crossway.sdk.declared import Attached, Named, Place, attach, plain


class Size(enum.StrEnum):
    SMALL = "small"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (Size.SMALL, "small"),
        (timedelta(seconds=90), "90000ms"),
        (timedelta(microseconds=1500), "1.5ms"),
        (Named("orders"), "orders"),
        (({"a": (Named("b"),)},), [{"a": ["b"]}]),
        ({"b", "a"}, ["a", "b"]),
    ],
)
def test_what_yaml_would_hold(value, written):
    assert plain(value) == written


@pytest.mark.parametrize("value", [object(), b"bytes", 1j, [print]])
def test_what_no_configuration_can_say(value):
    with pytest.raises(TypeError, match="cannot stand in a configuration"):
        plain(value)


def test_policies_are_a_list_or_a_mapping():
    place = Place("app.py", 3)
    retry = Attached("retry", 2, place)
    assert attach([retry]) == ({"retry": 2}, {("policies", "retry"): place})
    assert attach({"retry": {"attempts": 2}}) == ({"retry": {"attempts": 2}}, {})
    assert attach(()) == ({}, {})
    with pytest.raises(ValueError, match="twice"):
        attach([retry, retry])
