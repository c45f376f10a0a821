import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from crossway.model import Part, Rate, Unit, never_reached

RATES = st.builds(Rate, st.integers(1, 2**32 - 1), st.sampled_from(Unit))


class Limited(Part):
    limit: Rate


@given(RATES)
def test_a_rate_is_read_back_as_it_is_written(rate):
    assert Rate.parse(str(rate)) == Rate.parse(rate) == rate
    part = Limited(limit=rate)
    assert Limited.model_validate_json(part.model_dump_json()) == part
    assert pickle.loads(pickle.dumps(rate)) == rate


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        5,
        "5/",
        "/minute",
        "0/minute",
        "05/minute",
        "-1/day",
        "5/fortnight",
        "5 / minute",
        "1.5/hour",
        "4294967296/day",
        "5/Minute",
        None,
        True,
        ["5/day"],
    ],
)
def test_what_is_no_rate(text):
    with pytest.raises(ValidationError, match="such as 5/minute; the windows are second, minute, hour, day"):
        Limited(limit=text)


def test_its_schema_is_a_text():
    schema = TypeAdapter(Rate).json_schema()
    assert (schema["type"], schema["examples"][0]) == ("string", "5/minute")
    json.dumps(schema)


@pytest.mark.parametrize(
    ("rates", "idle"),
    [
        (["5/minute"], None),
        (["5/second", "100/minute", "1000/hour"], None),
        (["10/second", "864000/day"], "864000/day"),
        (["10/second", "863999/day"], None),
        (["5/day", "5/day"], "5/day"),
        (["5/day", "6/day"], "6/day"),
        (["100/day", "3100/month"], "3100/month"),
        (["100/day", "3099/month"], None),
        (["100/day", "36599/year"], None),
        (["100/day", "36600/year"], "36600/year"),
        (["10/week", "59/month"], None),
        (["10/week", "60/month"], "60/month"),
        (["5/hour", "10/minute"], None),
    ],
)
def test_a_rate_that_another_one_keeps_requests_away_from(rates, idle):
    found = never_reached(map(Rate.parse, rates))
    assert (None if found is None else str(found)) == idle
