"""What requests may be counted by, and the law that every request has a key."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.policies.rate_limit.keys import LONGEST, Key

each = pytest.mark.parametrize
ADDRESS = {"command": "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "param": "64"}
names = st.from_regex(r"[A-Za-z0-9_-]+", fullmatch=True)


def key(value: object) -> Key:
    return Key.model_validate(value)


def read(text: str) -> list[dict[str, object]]:
    """Return the commands of a format, of which the first that gives a value counts."""
    return json.loads(text.removeprefix("%COALESCE(").removesuffix(")%"))["operators"]


@each("word", ["consumer", "client_ip", "path"])
def test_a_word_is_a_key(word):
    assert key(word) == key({word: True})
    assert key(word).label == word


@each(
    "wrong",
    [
        "user",
        {},
        {"consumer": False},
        {"consumer": True, "path": True},
        {"header": "bad name"},
        {"header": "percent%"},
        {"claim": "a:b"},
        {"query": 'a")%'},
    ],
)
def test_what_is_no_key_is_refused(wrong):
    with pytest.raises(ValidationError):
        key(wrong)


@each("part", ["header", "claim", "query"])
@given(name=names)
def test_the_address_of_the_client_takes_the_place_of_what_is_not_there(part, name):
    first, otherwise = read(key({part: name}).format)
    assert str(first["param"]).split(":")[-1] == name
    assert first["max_length"] == LONGEST
    assert otherwise == ADDRESS


def test_a_client_that_nobody_recognised_is_counted_by_its_address():
    first, otherwise = read(key("consumer").format)
    assert (first["command"], first["param"]) == ("REQ", "x-consumer-username")
    assert otherwise == ADDRESS


@given(st.lists(st.tuples(st.sampled_from(["header", "claim", "query"]), names), min_size=2, unique=True))
def test_keys_that_differ_have_different_labels(parts):
    labels = [key({part: name}).label for part, name in parts]
    assert len(set(labels)) == len(labels)
