"""Verdicts on answers: how old they are, how long they are fresh, and why they may not be kept."""

import pytest

from crossway.model.caching import Cache
from crossway.runtime.caching.fields import as_date
from crossway.runtime.caching.judgement import Asked, Verdict, judge

NOW = 1_800_000_000.0
ANYBODY = Asked(authorized=False, cookies=False)


def verdict(headers, status=200, asked=ANYBODY, requested=NOW, received=NOW, **settings):
    return judge(Cache.model_validate(settings), asked, status, list(headers.items()), requested, received)


def test_the_age_is_what_date_and_age_say_and_the_way_took():
    kept = verdict({"cache-control": "max-age=60", "age": "10"}, requested=NOW - 3)
    assert isinstance(kept, Verdict)
    assert kept.age == 13
    kept = verdict({"cache-control": "max-age=60", "age": "1", "date": as_date(NOW - 30)}, requested=NOW - 3)
    assert isinstance(kept, Verdict)
    assert kept.age == 30


def test_the_fraction_of_a_second_that_date_cannot_say_is_no_age():
    kept = verdict({"cache-control": "max-age=60", "date": as_date(NOW)}, requested=NOW + 0.8, received=NOW + 0.9)
    assert isinstance(kept, Verdict)
    assert kept.age < 0.2


@pytest.mark.parametrize(
    ("headers", "status", "asked", "settings", "reason"),
    [
        ({}, 103, ANYBODY, {}, "status"),
        ({"cache-control": "max-age=60"}, 206, ANYBODY, {}, "status"),
        ({"cache-control": "no-store"}, 200, ANYBODY, {"lifetime": "60s"}, "no-store"),
        ({"cache-control": "private"}, 200, ANYBODY, {"lifetime": "60s"}, "private"),
        ({"cache-control": "max-age=60"}, 200, Asked(True, False), {}, "authorized"),
        ({"cache-control": "max-age=60", "vary": "a, *"}, 200, ANYBODY, {}, "vary"),
        ({"cache-control": "max-age=60", "set-cookie": "a=b"}, 200, ANYBODY, {}, "set-cookie"),
        ({}, 200, ANYBODY, {}, "unsaid"),
        ({}, 200, Asked(False, True), {"lifetime": "60s"}, "cookies"),
        ({"cache-control": "max-age=0"}, 200, ANYBODY, {}, "stale"),
        ({"cache-control": "no-cache"}, 200, ANYBODY, {}, "stale"),
        ({"cache-control": "max-age=5", "age": "5"}, 200, ANYBODY, {}, "stale"),
    ],
)
def test_why_an_answer_is_not_kept(headers, status, asked, settings, reason):
    assert verdict(headers, status, asked, **settings) == reason


@pytest.mark.parametrize(
    ("control", "times"),
    [
        ("max-age=1", (30, 60)),
        ("max-age=1, stale-while-revalidate=5", (5, 60)),
        ("max-age=1, stale-if-error=7", (30, 7)),
        ("s-maxage=1", (0, 0)),
        ("s-maxage=1, stale-if-error=7", (0, 7)),
        ("max-age=1, must-revalidate, stale-if-error=7", (0, 0)),
        ("max-age=1, proxy-revalidate", (0, 0)),
        ("no-cache, max-age=1", (0, 0)),
        ('no-cache="x", max-age=1', (30, 60)),
    ],
)
def test_how_long_it_may_be_given_stale(control, times):
    kept = verdict({"cache-control": control, "etag": '"a"'}, stale_while_revalidate="30s", stale_if_error="60s")
    assert isinstance(kept, Verdict)
    assert (kept.stale_while_revalidate, kept.stale_if_error) == times


def test_what_is_implied_is_said_to_be():
    kept = verdict({}, lifetime="60s")
    assert isinstance(kept, Verdict)
    assert (kept.lifetime, kept.implicit, kept.shareable) == (60, True, False)
    kept = verdict({"last-modified": as_date(NOW - 1000)}, heuristic=True, lifetime="60s")
    assert isinstance(kept, Verdict)
    assert (kept.lifetime, kept.implicit) == (100, True)
    kept = verdict({"last-modified": as_date(0)}, heuristic=True)
    assert isinstance(kept, Verdict)
    assert kept.lifetime == 86_400
