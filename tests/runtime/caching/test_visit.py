"""Visits: what a stored answer is worth to a request; most is in the cases, requests and stale."""

import pytest

from crossway.model.caching import Cache
from crossway.runtime.caching.fields import directives
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.stored import Exchange, Stored, complete, keep
from crossway.runtime.caching.visit import Visit
from crossway.sdk.http import Request, Response

NOW = 1_800_000_000.0
ANYBODY = Asked(authorized=False, cookies=False)


async def nowhere(_):
    return Response(500)


def visit(control="", **headers):
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    given, url = dict(fields), "http://h/"
    return Visit(Request("GET", "/", fields), nowhere, fields, given, url, ("r",), ANYBODY, directives(control))


def stored(control) -> Stored:
    fields = [("cache-control", control), ("etag", '"a"')]
    kept = keep(Cache(), Exchange(ANYBODY, "http://h/", "default/shop", NOW, NOW), 200, fields)
    assert isinstance(kept, Stored), kept
    return complete(kept, b"made")


@pytest.mark.parametrize(
    ("headers", "control", "unfit"),
    [
        ({}, "", ""),
        ({"content_length": "0"}, "", ""),
        ({"content_length": "1"}, "", "fwd=bypass; detail=body"),
        ({"transfer_encoding": "chunked"}, "", "fwd=bypass; detail=body"),
        ({"upgrade": "websocket"}, "", "fwd=bypass; detail=upgrade"),
        ({"if_match": '"a"'}, "", "fwd=request; detail=precondition"),
        ({}, "no-store", "fwd=request; detail=no-store"),
    ],
)
def test_what_no_stored_answer_is_for(headers, control, unfit):
    assert visit(control, **headers).unfit == unfit


@pytest.mark.parametrize(
    ("wish", "control", "after", "satisfied"),
    [
        ("", "max-age=10", 9.9, True),
        ("", "max-age=10", 10, False),
        ("", "no-cache, max-age=10", 0, False),
        ("no-cache", "max-age=10", 0, False),
        ("max-age=5", "max-age=10", 5, True),
        ("max-age=5", "max-age=10", 5.1, False),
        ("max-age=0", "max-age=10", 0, False),
        ("min-fresh=5", "max-age=10", 5, True),
        ("min-fresh=5", "max-age=10", 5.1, False),
        ("max-stale=5", "max-age=10", 15, True),
        ("max-stale=5", "max-age=10", 15.1, False),
        ("max-stale", "max-age=10", 9999, True),
        ("max-stale", "max-age=10, must-revalidate", 11, False),
        ("max-stale=5, max-age=12", "max-age=10", 13, False),
    ],
)
def test_how_fresh_it_has_to_be(wish, control, after, satisfied):
    assert visit(wish).is_satisfied(stored(control), NOW + after) is satisfied


@pytest.mark.parametrize(
    ("wish", "after", "patient", "lenient"),
    [
        ("", 10, True, True),
        ("", 15, False, True),
        ("", 20, False, False),
        ("no-cache", 10, False, False),
        ("max-age=60", 10, False, True),
        ("stale-if-error=60", 60, False, True),
    ],
)
def test_when_it_may_be_stale(wish, after, patient, lenient):
    kept = stored("max-age=10, stale-while-revalidate=5, stale-if-error=10")
    assert visit(wish).is_patient(kept, NOW + after) is patient
    assert visit(wish).is_lenient(kept, NOW + after) is lenient


def test_what_is_fetched_behind_it_is_the_whole():
    behind = visit(range="bytes=0-1", if_none_match='"a"', cache_control="max-age=5", accept="x").behind()
    assert behind.request.headers.items() == [("accept", "x")]
    assert not behind.is_conditional
    assert visit(range="bytes=0-1").is_conditional
