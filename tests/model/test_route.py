import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.model import Backend, GrpcMatch, Match, PathKind, PathMatch, Redirect, Respond, Route, ValueMatch
from crossway.model.route import check_regex


@pytest.mark.parametrize(
    ("text", "kind", "value", "literal"),
    [
        ("/", PathKind.EXACT, "/", "/"),
        ("/orders", PathKind.EXACT, "/orders", "/orders"),
        ("/orders/", PathKind.EXACT, "/orders/", "/orders/"),
        ("/*", PathKind.PREFIX, "/", "/"),
        ("/orders/*", PathKind.PREFIX, "/orders", "/orders"),
        ("/a%20b/*", PathKind.PREFIX, "/a%20b", "/a%20b"),
        ("/users/{id}", PathKind.TEMPLATE, "/users/{id}", "/users"),
        ("/users/{id}/*", PathKind.TEMPLATE, "/users/{id}/*", "/users"),
        ("/{a}", PathKind.TEMPLATE, "/{a}", "/"),
        ("/users/x-{id}", PathKind.TEMPLATE, "/users/x-{id}", "/users"),
        ("~/v[0-9]+/.*", PathKind.REGEX, "/v[0-9]+/.*", "/"),
        ("~ /v1", PathKind.REGEX, "/v1", "/"),
    ],
)
def test_a_path_in_one_line(text, kind, value, literal):
    path = PathMatch.model_validate(text)
    assert (path.kind, path.value, path.literal) == (kind, value, literal)
    assert PathMatch.model_validate(str(path)) == path


@pytest.mark.parametrize("kind", PathKind)
def test_a_path_by_its_kind(kind):
    assert PathMatch.model_validate({str(kind): "/a"}) == PathMatch(kind=kind, value="/a")


def test_a_prefix_with_a_slash_at_its_end_is_the_one_without():
    assert PathMatch(kind=PathKind.PREFIX, value="/a/").value == "/a"
    assert PathMatch(kind=PathKind.PREFIX, value="/").value == "/"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "begins with /"),
        ("orders", "begins with /"),
        ("*", "begins with /"),
        ("/a?b", "no query"),
        ("/a#b", "no fragment"),
        ("/a//b", "normal form"),
        ("//", "normal form"),
        ("/a/./b", "normal form"),
        ("/a/..", "normal form"),
        ("/a b", "no spaces"),
        ("/a\nb", "no spaces"),
        ("/a\x7f", "no spaces"),
        ("/a*", "stands only at the end"),
        ("/*/a", "stands only at the end"),
        ("/a/*/*", "stands only at the end"),
        ("/{a}/*/b", "stands only at the end"),
        ("/{a}*", "stands only at the end"),
        ("/{}", "a template variable is"),
        ("/{a", "a template variable is"),
        ("/a}{b}", "a template variable is"),
        ("/{a-b}", "a template variable is"),
        ("/{a}/{a}", "a name of its own"),
        ("/{a}/{b}/{c}/{d}/{e}/{f}", "at most five"),
        ("~(", "not a regular expression"),
        ("~/(?=a)", "not in RE2"),
    ],
)
def test_a_path_that_is_none(text, message):
    with pytest.raises(ValidationError, match=re.escape(message)):
        PathMatch.model_validate(text)


@pytest.mark.parametrize(
    "regex",
    [
        "/a.*",
        "[+*]+",
        r"\++",
        r"a\\1",
        r"\pL+",
        r"\p{Greek}",
        r"[[:alpha:]]+",
        r"[\pL_]",
        r"a\z",
        "(?i)a",
        "(?:a)",
        "(?P<x>a)",
        "a{1000}",
        "a+?",
        "[]a+]",
        r"[\]+]+",
        "x||y",
        "[a&&b]",
        "[--a]",
        r"\d+\.\d+",
        "(a|b)*?",
    ],
)
def test_a_regular_expression(regex):
    assert check_regex(regex) == regex


@pytest.mark.parametrize(
    "regex",
    [
        "(",
        "[a",
        "a**",
        r"\1",
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?P<x>a)(?P=x)",
        "(?>a)",
        "a++",
        "a?+",
        "a{2}+",
        r"a\Z",
        "(?#x)a",
        "(a)(?(1)b|c)",
        "(?x)a b",
        "(?a)a",
        "a{1001}",
        "a{2,1001}",
        "a{1001,}",
        r"\8",
    ],
)
def test_a_regular_expression_that_the_proxy_would_refuse(regex):
    with pytest.raises(ValueError, match=r"not a regular expression|RE2"):
        check_regex(regex)


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        ("x", "exact", "x"),
        ("", "exact", ""),
        (7, "exact", "7"),
        (True, "exact", "true"),
        (False, "exact", "false"),
        ({"exact": "x"}, "exact", "x"),
        ({"prefix": "x"}, "prefix", "x"),
        ({"suffix": "x"}, "suffix", "x"),
        ({"contains": "x"}, "contains", "x"),
        ({"regex": "x.*"}, "regex", "x.*"),
        ({"present": True}, "present", True),
        ({"present": False}, "present", False),
        ({"absent": True}, "present", False),
    ],
)
def test_a_value(given, kind, value):
    match = ValueMatch.model_validate(given)
    assert (match.kind, getattr(match, kind)) == (kind, value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"exact": None},
        {"exact": "a", "prefix": "b"},
        {"absent": True, "exact": "a"},
        {"absent": False},
        {"prefix": ""},
        {"suffix": ""},
        {"contains": ""},
        {"regex": "("},
        {"nope": 1},
        None,
        [],
    ],
)
def test_a_value_that_is_none(given):
    with pytest.raises(ValidationError):
        ValueMatch.model_validate(given)


def test_a_grpc_call():
    assert GrpcMatch.model_validate("a.B").path == PathMatch(kind=PathKind.PREFIX, value="/a.B")
    assert GrpcMatch.model_validate("a.B/Do").path == PathMatch(kind=PathKind.EXACT, value="/a.B/Do")
    assert GrpcMatch.model_validate({"service": "B"}).method is None


@pytest.mark.parametrize("text", ["", "/", "a.B/*", "a..B", "a.B/Do/It", "a?b", ".a", "a b"])
def test_a_grpc_call_that_is_none(text):
    with pytest.raises(ValidationError):
        GrpcMatch.model_validate(text)


def test_what_a_match_reads():
    match = Match.model_validate(
        {"path": "/a", "methods": ["get", "M-SEARCH"], "headers": {"X-A": 1}, "source_ips": ["10.0.0.7/8", "::1"]}
    )
    assert match.methods == ("GET", "M-SEARCH")
    assert match.headers == {"x-a": ValueMatch(exact="1")}
    assert match.source_ips == ("10.0.0.0/8", "::1/128")
    assert Match().effective_path == PathMatch(kind=PathKind.PREFIX, value="/")
    assert Match.model_validate({"grpc": "a.B/C"}).effective_path.value == "/a.B/C"


@pytest.mark.parametrize(
    "match",
    [
        {"path": "/a", "grpc": "a.B"},
        {"methods": ["G T"]},
        {"methods": [""]},
        {"headers": {"x y": "1"}},
        {"headers": {":path": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"X-A": "1", "x-a": "2"}},
        {"source_ips": ["10.0.0.0/33"]},
        {"source_ips": ["localhost"]},
        {"nope": 1},
    ],
)
def test_a_match_that_is_none(match):
    with pytest.raises(ValidationError):
        Match.model_validate(match)


@pytest.mark.parametrize(
    "redirect",
    [
        {},
        {"status": 302},
        {"path": "/a", "path_prefix": "/b"},
        {"path": "a"},
        {"path": "/a\r\nb"},
        {"path_prefix": "/a b"},
        {"hostname": "a b"},
        {"hostname": "*.a.test"},
        {"hostname": "a.test:80"},
        {"scheme": "ftp"},
        {"port": 0},
        {"port": 65536},
        {"path": "/a", "status": 304},
    ],
)
def test_a_redirect_that_is_none(redirect):
    with pytest.raises(ValidationError):
        Redirect.model_validate(redirect)


@pytest.mark.parametrize(
    "respond", [{"status": 199}, {"status": 600}, {"body": "x" * 4097}, {"body": "ä" * 2049}, {"content_type": "a\nb"}]
)
def test_an_answer_that_is_none(respond):
    with pytest.raises(ValidationError):
        Respond.model_validate(respond)


def test_the_longest_answer():
    assert Respond(body="x" * 4096).status == 200


@pytest.mark.parametrize(
    "route",
    [
        {},
        {"to": "a", "respond": {}},
        {"redirect": {"scheme": "https"}, "respond": {}},
        {"to": []},
        {"to": [{"service": "a", "weight": 0}]},
        {"to": {"service": "a", "weight": -1}},
        {"to": "a", "matches": []},
        {"to": "a", "priority": 1001},
        {"to": "a", "hostnames": ["a.test:80"]},
        {"matches": [{"path": "~/a"}], "redirect": {"path_prefix": "/b"}},
    ],
)
def test_a_route_that_is_none(route):
    with pytest.raises(ValidationError):
        Route.model_validate(route)


def test_the_ways_to_name_a_service():
    one = Route.model_validate({"to": "a"})
    assert one.to == (Backend(service="a"),)
    assert Route.model_validate({"to": {"service": "a"}}) == Route.model_validate({"to": ["a"]}) == one
    assert Route.model_validate({"to": [{"service": "a", "weight": 0}, "b"]}).to[1].weight == 1


values = st.sampled_from(["1", {"prefix": "1"}, {"absent": True}])
headers = st.dictionaries(st.sampled_from(["a", "b", "c"]), values)


@given(headers, headers)
def test_two_matches_are_equal_where_one_can_stand_for_the_other(one, other):
    left, right = Match.model_validate({"headers": one}), Match.model_validate({"headers": other})
    assert (left == right) == (list(one.items()) == list(other.items()))
    if left == right:
        assert left.model_dump_json() == right.model_dump_json()


def test_what_was_written_counts():
    assert Match() != Match.model_validate({"methods": []})
    assert Match.model_validate({"headers": {"a": "1", "b": "2"}}) != Match.model_validate(
        {"headers": {"b": "2", "a": "1"}}
    )
