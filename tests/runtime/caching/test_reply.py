"""Replies from what is kept; most are in the cases, conditional and ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.caching import Cache
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.reply import conditions, reply
from crossway.runtime.caching.stored import Exchange, Stored, complete, keep

NOW = 1_800_000_000.0
BODY = bytes(range(100))


def stored(status=200, **headers) -> Stored:
    fields = {"cache-control": "max-age=60"} | {name.replace("_", "-"): value for name, value in headers.items()}
    exchange = Exchange(Asked(authorized=False, cookies=False), "http://h/", "default/shop", NOW, NOW)
    kept = keep(Cache(), exchange, status, list(fields.items()))
    assert isinstance(kept, Stored), kept
    return complete(kept, b"" if status == 204 else BODY)


def test_a_reply_says_how_old_it_is_and_what_the_cache_did():
    answer = reply(stored(), "GET", {}, NOW + 7.9, "Crossway; hit; ttl=52")
    assert (answer.status, answer.body, answer.headers["age"]) == (200, BODY, "7")
    assert answer.headers["cache-status"] == "Crossway; hit; ttl=52"
    assert reply(stored(), "GET", {}, NOW - 5, "").headers["age"] == "0", (
        "a clock that was set back makes nothing young"
    )


def test_a_reply_to_head_has_the_length_and_no_body():
    answer = reply(stored(), "HEAD", {"range": "bytes=0-1"}, NOW, "")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "100")
    assert "content-length" not in reply(stored(204), "GET", {}, NOW, "").headers


def test_two_replies_share_nothing_that_can_be_changed():
    kept = stored()
    reply(kept, "GET", {}, NOW, "").headers.add("x", "1")
    assert "x" not in reply(kept, "GET", {}, NOW, "").headers


@given(st.text(alphabet="bytes=0123456789-, x", max_size=20) | st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True))
def test_a_range_is_a_part_of_the_body_or_nothing_or_all(wanted):
    answer = reply(stored(), "GET", {"range": wanted}, NOW, "")
    length = int(answer.headers["content-length"])
    assert length == len(answer.body)
    if answer.status == 206:
        unit, _, span = answer.headers["content-range"].partition(" ")
        first, last = map(int, span.removesuffix("/100").split("-"))
        assert unit == "bytes"
        assert answer.body == BODY[first : last + 1]
    elif answer.status == 416:
        assert answer.headers["content-range"] == "bytes */100"
    else:
        assert (answer.status, answer.body) == (200, BODY)


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, []),
        ({"etag": 'W/"a"'}, [("if-none-match", 'W/"a"')]),
        ({"last_modified": "yesterday"}, []),
        (
            {"etag": '"a"', "last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"},
            [("if-none-match", '"a"'), ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        ),
    ],
)
def test_by_what_a_backend_can_say_that_it_still_holds(headers, asked):
    assert conditions(stored(**headers)) == asked
