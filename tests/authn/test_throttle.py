"""Guessing, and having to wait."""

from datetime import UTC, datetime, timedelta

from crossway.authn.throttle import MOST, NAMES, WHILE, Throttle

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_name_that_failed_often_has_to_wait():
    throttle = Throttle()
    for _ in range(MOST):
        assert not throttle.is_closed("ada", NOW)
        throttle.failed("ada", NOW)
    assert throttle.is_closed("ada", NOW)
    assert not throttle.is_closed("eve", NOW)
    later = NOW + WHILE
    assert not throttle.is_closed("ada", later)
    throttle.failed("ada", later)
    assert not throttle.is_closed("ada", later)


def test_names_are_forgotten_before_they_fill_the_memory():
    throttle = Throttle()
    for _ in range(MOST):
        throttle.failed(0, NOW)
    for number in range(1, NAMES + 1):
        throttle.failed(number, NOW + timedelta(seconds=1))
    assert not throttle.is_closed(0, NOW)
