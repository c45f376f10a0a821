"""Answers that are kept: what stays of them, and what a later answer changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.caching import Cache
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.stored import (
    MOST_TAGS,
    OVERHEAD,
    Exchange,
    Stored,
    complete,
    freshened,
    is_confirmed,
    is_described,
    is_for,
    keep,
    packed,
    unpacked,
)

NOW = 1_800_000_000.0
ANYBODY = Asked(authorized=False, cookies=False)


def exchange(at=NOW, asked=ANYBODY):
    return Exchange(asked, "http://h/", "default/shop", at, at)


def stored(body=b"made", settings=None, asked=ANYBODY, **headers):
    fields = {"cache-control": "max-age=60"} | {name.replace("_", "-"): value for name, value in headers.items()}
    kept = keep(settings or Cache(), exchange(asked=asked), 200, list(fields.items()))
    assert isinstance(kept, Stored), kept
    return complete(kept, body)


def test_tags_are_read_and_do_not_reach_clients():
    kept = stored(surrogate_key="one two  one", cache_tag="three, four")
    assert kept.tags == ("one", "two", "three", "four")
    assert not {"surrogate-key", "cache-tag"}.intersection(dict(kept.fields))
    kept = stored(settings=Cache(strip_tags=False), surrogate_key="one")
    assert dict(kept.fields)["surrogate-key"] == "one"
    assert len(stored(surrogate_key=" ".join(map(str, range(9999)))).tags) == MOST_TAGS


def test_its_weight_is_what_it_takes():
    assert stored(b"x" * 1000).weight > OVERHEAD + 1000


def test_it_is_of_use_while_it_can_be_validated_or_given_stale():
    assert stored().spare == 1
    assert stored(etag='"a"').spare == 60
    assert stored(cache_control="max-age=60, stale-if-error=600", etag='"a"').spare == 600
    assert stored(cache_control="max-age=9999999", etag='"a"').spare == 86_400


def test_who_may_get_it():
    mine, settings = Asked(authorized=True, cookies=True), Cache.model_validate("60s")
    assert not is_for(stored(), mine, settings)
    assert is_for(stored(cache_control="public, max-age=1"), mine, settings)
    assert not is_for(stored(settings=settings, cache_control="public"), mine, settings)
    assert is_for(stored(settings=settings, cache_control=""), ANYBODY, settings)


@pytest.mark.parametrize(
    ("headers", "fields", "confirmed"),
    [
        ({"etag": '"a"'}, {"etag": '"a"'}, True),
        ({"etag": '"a"'}, {"etag": 'W/"a"'}, True),
        ({"etag": '"a"'}, {"etag": '"b"'}, False),
        ({"etag": '"a"'}, {}, True),
        ({"last_modified": "x"}, {"last-modified": "x"}, True),
        ({"last_modified": "x"}, {"last-modified": "y"}, False),
        ({"etag": '"a"', "last_modified": "x"}, {"etag": '"a"', "last-modified": "y"}, True),
    ],
)
def test_whether_304_is_about_it(headers, fields, confirmed):
    assert is_confirmed(stored(**headers), list(fields.items())) is confirmed


def test_whether_head_is_about_it():
    kept = stored(etag='"a"')
    assert is_described(kept, [("content-length", "4"), ("etag", '"a"')])
    assert is_described(kept, [])
    assert not is_described(kept, [("content-length", "5")])
    assert not is_described(kept, [("content-length", "4"), ("etag", '"b"')])


def test_a_later_answer_changes_headers_and_age_but_not_the_content():
    kept = stored(etag='"a"', surrogate_key="one", x="1", y="2", content_encoding="gzip")
    later = [
        ("x", "3"),
        ("content-length", "0"),
        ("content-encoding", "br"),
        ("age", "5"),
        ("cache-status", "Inner; hit"),
    ]
    fresh, forbidden = freshened(Cache(), kept, exchange(NOW + 100), later)
    assert forbidden == ""
    fields = dict(fresh.fields)
    assert (fields["x"], fields["y"], fields["content-encoding"], fields["content-length"]) == ("3", "2", "gzip", "4")
    assert (fresh.born, fresh.expires, fresh.tags, fresh.body) == (NOW + 95, NOW + 155, ("one",), b"made")
    assert fresh.named == "Inner; hit, Crossway; "
    assert kept.expires == NOW + 60


def test_what_was_anybodys_stays_so_only_if_nobody_authorised_confirms_it():
    kept = stored(etag='"a"')
    fresh, forbidden = freshened(Cache(), kept, exchange(asked=Asked(authorized=True, cookies=False)), [])
    assert forbidden == "authorized"
    assert dict(fresh.fields)["content-length"] == "4"


@given(st.binary(max_size=200))
def test_strange_bytes_are_no_answer(data):
    assert unpacked(data) is None


def test_what_is_packed_is_the_same_when_it_is_unpacked():
    kept = stored(bytes(range(256)), etag='"a"', vary="a, b", surrogate_key="x y")
    assert unpacked(packed(kept)) == kept
