from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model import Unit
from crossway.model.usage import Tally

TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES, st.sampled_from(Unit))
def test_windows_follow_each_other_without_a_gap(now, per):
    tally = Tally.at(now, "a", per)
    assert tally.since <= now < tally.until
    assert tally.until - tally.since <= timedelta(seconds=per.seconds)
    assert Tally.at(tally.until - timedelta(microseconds=1), "a", per) == tally
    assert Tally.at(tally.until, "a", per).since == tally.until


@pytest.mark.parametrize(
    ("per", "since", "until"),
    [
        (Unit.SECOND, "2028-02-29T23:59:58+00:00", "2028-02-29T23:59:59+00:00"),
        (Unit.MINUTE, "2028-02-29T23:59:00+00:00", "2028-03-01T00:00:00+00:00"),
        (Unit.HOUR, "2028-02-29T23:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        (Unit.DAY, "2028-02-29T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        (Unit.WEEK, "2028-02-28T00:00:00+00:00", "2028-03-06T00:00:00+00:00"),
        (Unit.MONTH, "2028-02-01T00:00:00+00:00", "2028-03-01T00:00:00+00:00"),
        (Unit.YEAR, "2028-01-01T00:00:00+00:00", "2029-01-01T00:00:00+00:00"),
    ],
)
def test_windows_are_those_of_the_calendar(per, since, until):
    tally = Tally.at(datetime(2028, 2, 29, 23, 59, 58, 123456, tzinfo=UTC), "a", per)
    assert (tally.since.isoformat(), tally.until.isoformat()) == (since, until)


def test_the_last_month_of_a_year_ends_with_it():
    tally = Tally.at(datetime(2026, 12, 31, 23, tzinfo=UTC), "a", Unit.MONTH)
    assert tally.until == datetime(2027, 1, 1, tzinfo=UTC)


def test_whose_requests_they_are():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert Tally.at(now, "a", Unit.DAY, (("path", "/"), ("consumer", "alice"))).consumer == "alice"
    assert Tally.at(now, "a", Unit.DAY, (("path", "/"),)).consumer is None


def test_windows_of_an_hour_and_longer_last():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert [per for per in Unit if not Tally.at(now, "a", per).lasts] == [Unit.SECOND, Unit.MINUTE]
