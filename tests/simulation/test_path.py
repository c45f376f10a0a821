"""What a real Envoy makes of these paths was asked of one; `laws/test_simulation.py` keeps asking."""

import pytest

from crossway.simulation.path import is_plain, merge_slashes, normalize, unescape_slashes


@pytest.mark.parametrize(
    ("path", "normal"),
    [
        ("/", "/"),
        ("/./", "/"),
        ("/a/../b", "/b"),
        ("/../a", "/a"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/.b/..c", "/a/.b/..c"),
        ("/a/...", "/a/..."),
        ("/a\\..\\b", "/b"),
        ("/a//../b", "/a/b"),
        ("/%41%7e", "/A~"),
        ("/%2F%2f", "/%2F%2f"),
        ("/%zz%", "/%zz%"),
        ('/"<>^`{|}', "/%22%3C%3E%5E%60%7B%7C%7D"),
        ("/a;b/../c", "/c"),
        ("/a/..;x/b", "/b"),
        ("/a/.;x/b", "/a/b"),
        ("/a/%2e;x", "/a/.;x"),
        ("/é", "/%C3%A9"),
    ],
)
def test_the_normal_form(path, normal):
    assert normalize(path) == normal


def test_no_normal_form():
    assert normalize("/a%00") is None


@pytest.mark.parametrize(("path", "merged"), [("/a//b///", "/a/b/"), ("/a", "/a"), ("//", "//"), ("//a", "/a")])
def test_slashes_are_merged(path, merged):
    assert merge_slashes(path) == merged


def test_slashes_are_unescaped():
    assert unescape_slashes("/a%2Fb%2fc%5Cd%5ce") == "/a/b/c\\d\\e"


@pytest.mark.parametrize("path", ["/", "/a/b-c_d.e~f", "/a;b=c", "/a:b@c"])
def test_plain_paths_are_in_normal_form(path):
    assert is_plain(path)
    assert normalize(merge_slashes(path)) == path


@pytest.mark.parametrize("path", ["", "a", "//", "/a//b", "/.", "/a/.b", "/%41", "/a\\b", "/é", "/a b", "/a#b"])
def test_paths_that_have_to_be_looked_at(path):
    assert not is_plain(path)
