import re

import pytest

from crossway.compile.prefix import replace_prefix
from crossway.model import PathMatch


@pytest.mark.parametrize(
    ("path", "prefix", "made"),
    [
        ("/a/*", "/b", {"/a": "/b", "/a/": "/b/", "/a/x": "/b/x"}),
        ("/a/*", "/b/", {"/a": "/b", "/a/x": "/b/x"}),
        ("/a/*", "/", {"/a": "/", "/a/": "/", "/a/x": "/x"}),
        ("/*", "/b", {"/": "/b/", "/x": "/b/x"}),
        ("/*", "/", {"/": "/", "/x": "/x"}),
        ("/a", "/b", {"/a": "/b"}),
        ("/a/{x}", "/b", {"/a/x": "/b/x"}),
        ("/a.b/*", r"/\1", {"/a.b/x": r"/\1/x"}),
        ("^/a", "/b", {"/a": "/b", "/ax": "/bx", "/a/x": "/b/x"}),
        ("^/a", "/b/", {"/a": "/b/", "/ax": "/b/x", "/a/x": "/b/x"}),
        ("^/a", "/", {"/a": "/", "/ax": "/x", "/a/x": "/x"}),
        ("^/a/", "/", {"/a/": "/", "/a/x": "/x"}),
        ("^/a/", "/b", {"/a/": "/b", "/a/x": "/bx"}),
        ("^/", "/b/", {"/": "/b/", "/x": "/b/x"}),
    ],
)
def test_a_prefix_is_replaced(path, prefix, made):
    rewrite = replace_prefix(PathMatch.model_validate(path), prefix)
    pattern = re.compile(rewrite.pattern.regex)
    assert {before: pattern.sub(rewrite.substitution, before) for before in made} == made
