import pytest

from crossway.dialects.istio.match import condition, path
from crossway.dialects.istio.objects import StringMatch
from crossway.dialects.istio.virtual_service import HTTPMatch


@pytest.mark.parametrize(
    ("uri", "ignore_case", "said"),
    [
        ({"exact": "/a"}, False, "/a"),
        ({"exact": "/a*"}, False, {"exact": "/a*"}),
        ({"exact": "/a.b"}, True, "~(?i)/a\\.b"),
        ({"prefix": "/"}, False, "/*"),
        ({"prefix": "/a/"}, False, "^/a/"),
        ({"prefix": "/a"}, True, "~(?i)/a.*"),
        ({"regex": "/a|/b"}, False, "~/a|/b"),
    ],
)
def test_paths(uri, ignore_case, said):
    assert path(StringMatch.model_validate(uri), ignore_case=ignore_case) == said


def test_what_must_not_be_there():
    match = HTTPMatch.model_validate({"withoutHeaders": {"X-A": {}, "x-b": {"exact": "1"}, "x-c": {"regex": "a+"}}})
    assert condition(match)["headers"] == {
        "x-a": {"absent": True},
        "x-b": {"not": "1"},
        "x-c": {"not": {"regex": "a+"}},
    }


@pytest.mark.parametrize(
    "match",
    [{"method": {"prefix": "P"}}, {"headers": {"x-a": {"exact": "1"}}, "withoutHeaders": {"X-A": {"exact": "2"}}}],
)
def test_what_cannot_be_said(match):
    with pytest.raises(ValueError, match=r"\w"):
        condition(HTTPMatch.model_validate(match))
