"""Keys: what requests have to have in common, and who they show."""

import pytest

from crossway.model.caching import Cache
from crossway.runtime.caching.key import CREDENTIALS, Keys, facts, varied
from crossway.sdk.http import Request

HERE = {"host": "Shop.example", "x-forwarded-proto": "https"}


def keys(route="default/shop", **settings):
    return Keys(Cache.model_validate(settings), route)


def test_headers_that_stand_there_twice_are_one_list():
    assert facts([("a", "1"), ("b", "2")]) == {"a": "1", "b": "2"}
    assert facts([("a", "1"), ("a", "2"), ("cookie", "s=1"), ("cookie", "t=2")]) == {"a": "1, 2", "cookie": "s=1; t=2"}


def test_the_url_has_scheme_host_path_and_what_counts_of_the_query():
    request = Request("GET", "/a%2Fb?x=1&utm_source=y&x=2")
    assert keys().url(request, HERE) == "https://shop.example/a%2Fb?x=1&utm_source=y&x=2"
    ignoring = keys(key={"query": {"ignore": ["utm_*"]}})
    assert ignoring.url(request, HERE) == "https://shop.example/a%2Fb?x=1&x=2"
    assert ignoring.whole(request, HERE) == keys().url(request, HERE)
    assert keys(key={"query": {"include": []}}).url(request, HERE) == "https://shop.example/a%2Fb"
    assert keys(key={"query": {"include": ["utm.*"]}}).url(request, HERE) == "https://shop.example/a%2Fb"


@pytest.mark.parametrize(
    ("scheme", "host", "expected"),
    [
        ("https", "Shop.example:443", "https://shop.example/"),
        ("http", "shop.example:80", "http://shop.example/"),
        ("http", "shop.example:443", "http://shop.example:443/"),
        ("https", "shop.example:80", "https://shop.example:80/"),
        ("http", "[::1]:80", "http://[::1]/"),
        ("http", "shop.example:8080", "http://shop.example:8080/"),
    ],
)
def test_the_port_that_goes_without_saying_makes_no_difference(scheme, host, expected):
    given = {"host": host, "x-forwarded-proto": scheme}
    assert keys().url(Request("GET", "/"), given) == keys().whole(Request("GET", "/"), given) == expected


def test_routes_and_settings_are_kept_apart():
    selectors = {
        keys().selector(HERE),
        keys(route="default/other").selector(HERE),
        keys(lifetime="60s").selector(HERE),
        keys(key={"headers": ["host"]}).selector(HERE),
    }
    assert len(selectors) == 4
    assert keys().selector(HERE) == keys().selector({"host": "other"})


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_every_credential_shows_who_asks(name):
    shown = {**HERE, name: "x"}
    assert keys().is_authorized(shown)
    assert not keys().is_authorized(HERE)
    assert keys(authorized=True).is_authorized(HERE)
    assert not keys(key={"headers": [name]}).is_authorized(shown)


@pytest.mark.parametrize("name", sorted((CREDENTIALS - {"x-consumer-username"}) | {"cookie"}))
def test_whatever_a_consumer_shows_beside_its_name_is_kept_apart(name):
    apart = keys(by="consumer")
    alice = {**HERE, "x-consumer-username": "alice"}
    selectors = {apart.selector(shown) for shown in (alice, {**alice, name: "1"}, {**alice, name: "2"}, HERE)}
    assert len(selectors) == 4
    assert not apart.is_authorized({**alice, name: "1"})
    assert not apart.has_cookies({**alice, "cookie": "s=1"})


def test_only_consumers_have_answers_of_their_own():
    apart = keys(by="consumer")
    assert apart.is_authorized({**HERE, "authorization": "x"})
    assert apart.selector({**HERE, "authorization": "x"}) == apart.selector(HERE)
    assert keys().has_cookies({"cookie": "s=1"})


def test_what_vary_names_is_compared_as_a_list():
    assert varied(("a", "b"), {"a": " 1, 2 "}) == ("1,2", None)
    assert varied(("a",), {"a": ""}) != varied(("a",), {})
    assert varied((), {"a": "1"}) == ()
