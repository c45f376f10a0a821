import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, PathMatch, Ref
from crossway.policies.rewrite import Rewrite, compile_rewrite

segments = st.lists(st.text("abc.+$-_~%20\\", min_size=1, max_size=4), max_size=3)


def rewritten(settings: dict[str, str], match: str, path: str) -> str:
    fragment = compile_rewrite(Rewrite.model_validate(settings), site(match))
    assert isinstance(fragment, Fragment)
    assert fragment.route is not None
    rewrite = fragment.route.route.regex_rewrite
    return re.sub(rewrite.pattern.regex, rewrite.substitution, path)


def site(match: str) -> Site:
    return Site(Ref("routes", "orders"), "default", PathMatch.model_validate(match))


@given(segments, segments, segments)
def test_a_prefix_is_replaced_in_whole_segments(matched, wanted, rest):
    assume(not {".", ".."} & {*matched, *wanted, *rest})
    prefix = "/" + "/".join(wanted)
    path = "/" + "/".join([*matched, *rest])
    result = rewritten({"path_prefix": prefix}, "/" + "/".join([*matched, "*"]), path)
    assert result.rstrip("/") == ("/" + "/".join([*wanted, *rest])).rstrip("/")
    assert result.startswith("/")
    assert "//" not in result


@given(segments.filter(bool), st.text("abc-~%20", min_size=1))
def test_a_template_carries_its_variables(fixed, value):
    assume(not {".", ".."} & set(fixed))
    here = "/" + "/".join(fixed)
    settings = {"path_template": f"/{{id}}{here}/{{id}}/*"}
    assert rewritten(settings, here + "/{id}/*", f"{here}/{value}/a/b") == f"/{value}{here}/{value}/a/b"


@pytest.mark.parametrize("match", ["/orders", "/orders/*", "~/orders/(?P<id>.*)"])
def test_a_template_needs_a_template(match):
    finding = compile_rewrite(Rewrite.model_validate({"path_template": "/v2/{id}"}), site(match))
    assert isinstance(finding, Finding)
    assert finding.code == "rewrite.unknown_variable"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"path": "relative"},
        {"path_prefix": "/v2?x=1"},
        {"path_template": "/v2/{a b}"},
        {"path_template": "/*/v2"},
        {"regex": {"pattern": "(a)", "replacement": r"\2"}},
        {"regex": {"pattern": r"(\p{Greek}+)[[:alpha:]]", "replacement": r"\2"}},
        {"regex": {"pattern": "(?=a)", "replacement": "b"}},
        {"regex": {"pattern": "a", "replacement": "b\\"}},
        {"regex": {"pattern": "a", "replacement": "b\nc"}},
        {"regex": {"pattern": "", "replacement": "b"}},
        {"path": "/a\0b"},
        {"path_prefix": "/a\nb"},
        {"path_template": "/a\rb"},
        {"host": "a b"},
        {"host": "a\0b"},
        {"host": {"literal": "a", "backend": True}},
    ],
)
def test_what_cannot_be_is_refused(settings):
    with pytest.raises(ValidationError):
        Rewrite.model_validate(settings)


def test_a_backend_may_be_called_backend():
    fragment = compile_rewrite(Rewrite.model_validate({"host": {"literal": "backend"}}), site("/*"))
    assert isinstance(fragment, Fragment)
    assert fragment.route is not None
    assert fragment.route.route.host_rewrite_literal == "backend"
