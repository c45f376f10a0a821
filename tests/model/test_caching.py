"""The settings of the cache: short forms, bounds, and the way to the runtime and back."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.model.caching import Cache, SetCookie


@pytest.mark.parametrize(
    ("written", "seconds"), [("60s", 60), ("1h30m", 5400), (0, 0), ({}, 0), ({"lifetime": "5m"}, 300)]
)
def test_a_duration_is_the_default_lifetime(written, seconds):
    assert Cache.model_validate(written).lifetime == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    [
        "60s",
        {"negative": {404: "30s", 503: "1s"}},
        {"key": {"headers": ["X-Tenant"], "query": {"ignore": ["utm_*", "fbclid"]}}, "by": "consumer"},
        {"key": {"query": {"include": []}}, "methods": ["GET"], "set_cookie": "strip", "max_size": "64KiB"},
        {"stale_while_revalidate": "30s", "stale_if_error": "1d", "coalesce_timeout": "250ms", "shared": True},
    ],
)
def test_settings_survive_the_way_to_the_runtime(written):
    settings = Cache.model_validate(written)
    assert Cache.model_validate_json(settings.model_dump_json(exclude_unset=True)) == settings


@pytest.mark.parametrize(
    ("written", "path", "told"),
    [
        ("60", (), "a number with a unit"),
        (True, (), "valid dictionary"),
        ({"lifetime": "366d"}, ("lifetime",), "more than 365d"),
        ({"negative": {200: "1s"}}, ("negative", "200", "[key]"), "greater than or equal to 400"),
        ({"negative": {404: "-1s"}}, ("negative", "404"), "a number with a unit"),
        ({"max_size": "65MiB"}, ("max_size",), "less than or equal"),
        ({"methods": ["POST"]}, ("methods", 0), "'GET' or 'HEAD'"),
        ({"methods": []}, ("methods",), "at least 1"),
        ({"coalesce_timeout": "2m"}, ("coalesce_timeout",), "less than or equal"),
        ({"coalesce_timeout": "0s"}, ("coalesce_timeout",), "greater than or equal"),
        ({"by": "cookie"}, ("by",), "'consumer'"),
        ({"set_cookie": "always"}, ("set_cookie",), "'skip', 'strip' or 'keep'"),
        ({"key": {"query": {"include": ["a"], "ignore": ["b"]}}}, ("key", "query"), "exclude each other"),
        ({"ttl": "1s"}, ("ttl",), "not permitted"),
    ],
)
def test_what_is_out_of_bounds_is_refused_where_it_stands(written, path, told):
    with pytest.raises(ValidationError, match=told) as error:
        Cache.model_validate(written)
    assert tuple(str(step) for step in error.value.errors()[0]["loc"]) == tuple(map(str, path))


def test_nothing_is_kept_that_does_not_say_so_and_no_cookie_is_shared_by_default():
    settings = Cache()
    assert settings.lifetime == timedelta()
    assert settings.set_cookie is SetCookie.SKIP
    assert not settings.heuristic
    assert not settings.negative
    assert not settings.cookies
