import pytest

from crossway.dialects.kong.paths import Path, change, paths_of


@pytest.mark.parametrize(
    ("texts", "paths"),
    [
        ((), [("/", "text")]),
        (("/a", "~/b"), [("/a", "text"), ("/b", "regex")]),
        (("~/a$",), [("/a", "exact")]),
        ((r"~/a\.b$", "/a.b/"), [("/a.b", "segment")]),
        (("/a/", "~/a$"), [("/a", "segment")]),
        (("/a/", r"~/a\d$"), [("/a/", "text"), (r"/a\d$", "regex")]),
    ],
)
def test_paths_are_of_four_kinds(texts: tuple[str, ...], paths: list[tuple[str, str]]):
    assert [(path.text, path.kind) for path in paths_of(texts)] == paths


@pytest.mark.parametrize(
    ("path", "base", "options", "matches", "rewrite"),
    [
        ("/a", "/", {}, ("^/a",), {"path_prefix": "/"}),
        ("/a", "/b", {}, ("/a", "^/a"), {"path_prefix": "/b/"}),
        ("/a/", "/b/", {}, ("^/a/",), {"path_prefix": "/b/"}),
        ("/a", "/", {"strip": False}, ("^/a",), {}),
        ("/a", "/b", {"strip": False}, ("^/a",), {"regex": {"pattern": "^/", "replacement": "/b/"}}),
        ("/a", "/b", {"strip": False, "handling": "v1"}, ("^/a",), {"regex": {"pattern": "^/", "replacement": "/b"}}),
        ("/a", "/b", {"handling": "v1"}, ("^/a",), {"path_prefix": "/b"}),
        ("/", "/", {}, ("/*",), {}),
        ("/", "/", {"handling": "v1"}, ("^/",), {}),
        ("/", "/b", {}, ("/*",), {"regex": {"pattern": "^(/.+)?/?$", "replacement": r"/b\1"}}),
        ("/", "/b/", {}, ("/*",), {"regex": {"pattern": "^/", "replacement": "/b/"}}),
    ],
)
def test_a_path_and_the_one_of_its_service_make_that_of_the_backend(path, base, options, matches, rewrite):
    found = change(Path(path, "text", 0), base, **{"strip": True, "handling": "v0", **options})
    assert found == (matches, rewrite)


@pytest.mark.parametrize(
    ("kind", "base", "matches", "rewrite"),
    [
        ("exact", "/", ("/a",), {"path_prefix": "/"}),
        ("segment", "/b", ("/a/*",), {"path_prefix": "/b"}),
        ("regex", "/", ("~/a.*",), {"regex": {"pattern": "^/a/?", "replacement": "/"}}),
        ("regex", "/b", ("~/a.*",), {"regex": {"pattern": "^/a", "replacement": "/b"}}),
    ],
)
def test_other_kinds_are_taken_off_too(kind, base, matches, rewrite):
    assert change(Path("/a", kind, 0), base, strip=True, handling="v0") == (matches, rewrite)


def test_a_path_that_is_wrong_has_a_beginning():
    assert Path("/a(?=b)", "regex", 0).wrong
    assert Path("/a(?=b)", "regex", 0).beginning == "/a"
    assert Path("/a//b", "text", 0).wrong
    assert not Path("/a", "text", 0).wrong
