import pytest

from crossway.runtime import telling
from crossway.runtime.telling import EVERY, MOST_PLACES, is_due


@pytest.fixture(autouse=True)
def _nothing_told(monkeypatch):
    monkeypatch.setattr(telling, "_told", {})


def test_a_place_is_told_of_once_in_a_while():
    due = [is_due(place, lambda now=now: now) for place, now in (("a", 0), ("a", 1), ("b", 1), ("a", EVERY), ("b", 2))]
    assert due == [True, False, True, True, False]


def test_places_take_no_memory_without_end():
    for number in range(3 * MOST_PLACES):
        assert is_due(number, lambda: 0.0)
    assert len(telling._told) <= MOST_PLACES
