"""What a client asked for, from what a rewrite or a redirect left of it."""

import pytest

from daemon.replay.scene import side


def original(route: str, name: str = "r"):
    return side(f"routes: {{r: {{{route}}}}}").original(name)


@pytest.mark.parametrize(
    ("matched", "prefix", "shown", "asked"),
    [
        ("/old/*", "/new", "/new/a", "/old/a"),
        ("/old/*", "/new", "/new", "/old"),
        ("/old/*", "/new/", "/new/a?b=c", "/old/a?b=c"),
        ("/old/*", "/", "/a", "/old/a"),
        ("/old/*", "/", "/", "/old/"),
        ("/*", "/v2", "/v2/a", "/a"),
        ("/users/{id}", "/people", "/people/7", "/users/7"),
        ("/exact", "/other", "/other", "/exact"),
        ("^/old", "/new", "/newer/a", "/older/a"),
        ("^/old/", "/", "/a", "/old/a"),
        ("^/old", "/new/", "/new/a", None),
        ("^/old", "/new", "/a", None),
        ("/old/*", "/new", "/newer/a", None),
        ("/old/*", "/new", "/elsewhere", None),
    ],
)
@pytest.mark.parametrize(
    "action", ["redirect: {{path_prefix: {}}}", "to: one, policies: {{rewrite: {{path_prefix: {}}}}}"]
)
def test_a_prefix(action, matched, prefix, shown, asked):
    found = original(f'matches: [{{path: "{matched}"}}], {action.format(prefix)}')
    assert found.path(shown) == asked
    assert found.host("a.example") == "a.example"


@pytest.mark.parametrize(
    ("rewrite", "asked"),
    [
        ("path: /x", None),
        ("path_template: '/x/{id}'", None),
        ("regex: {pattern: a, replacement: b}", None),
        ("host: a.example", "/x/7"),
    ],
)
def test_what_cannot_be_got_back(rewrite, asked):
    found = original(f"matches: [{{path: '/users/{{id}}'}}], to: one, policies: {{rewrite: {{{rewrite}}}}}")
    assert found.path("/x/7") == asked


@pytest.mark.parametrize(
    ("hostnames", "asked"), [("[a.example]", "a.example"), ("['*.a.example']", None), ("[a, b]", None)]
)
def test_a_host(hostnames, asked):
    found = original(f"hostnames: {hostnames}, to: one, policies: {{rewrite: {{host: inner.example}}}}")
    assert found.host("inner.example") == asked


@pytest.mark.parametrize(
    "route", ["to: one", "respond: {body: x}", "redirect: {path: /x}", "redirect: {hostname: x.example}"]
)
def test_a_route_that_replaces_nothing(route):
    assert original(route) is None


@pytest.mark.parametrize("name", ["other", "r#7", "r#x", "#", "a#b#c", "x/y/z"])
def test_a_name_that_is_no_route_here(name):
    assert original("redirect: {path_prefix: /x}", name) is None
