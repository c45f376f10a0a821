"""Law: a limit that travels as the identity of what is counted arrives as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.shares import Limit, read, write

YEAR = 366 * 86_400
counts = st.integers(1, 2**32 - 1)
seconds = st.integers(100, 100 * YEAR).map(lambda hundredths: hundredths / 100)
limits = st.lists(st.builds(Limit, counts, seconds, counts), min_size=1, max_size=8).map(tuple)


@given(limits)
def test_limits_are_read_as_they_were_written(limits):
    assert read(write(limits)) == limits


def test_the_text_is_short():
    assert write([Limit(5, 60.0, 5), Limit(1, 1.5, 2)]) == "5/60/5,1/1.5/2"
    assert Limit(5, 60.0, 5).rate == pytest.approx(1 / 12)


@pytest.mark.parametrize(
    "text", ["", "5", "5/60", "5/60/5/1", "5/60/5,", "a/60/5", "0/60/5", "5/0/5", "5/60/0", "5/-1/5"]
)
def test_what_lets_nothing_through_is_no_limit(text):
    with pytest.raises(ValueError):
        read(text)
