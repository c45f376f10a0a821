import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.compile.envoy.match import compile_match, compile_path, compile_template
from crossway.model import Match, PathKind, PathMatch
from crossway.protos import to_dict


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/a", {"path": "/a"}),
        ("/a/", {"path": "/a/"}),
        ("/*", {"prefix": "/"}),
        ("/a/*", {"path_separated_prefix": "/a"}),
        ("^/a", {"prefix": "/a"}),
        ("^/a/", {"prefix": "/a/"}),
        ("~/a.*", {"safe_regex": {"regex": "/a.*"}}),
        ("/a/{x}", {"safe_regex": {"regex": "/a/[^/]+"}}),
        ("/a.b/{x}/c", {"safe_regex": {"regex": r"/a\.b/[^/]+/c"}}),
        ("/a/{x}/*", {"safe_regex": {"regex": "/a/[^/]+(/.*)?"}}),
    ],
)
def test_a_path(path, message):
    assert to_dict(compile_path(PathMatch.model_validate(path))) == message


@pytest.mark.parametrize(
    ("template", "taken", "left"),
    [
        ("/users/{id}", ["/users/7", "/users/a;b", "/users/%2F"], ["/users", "/users/", "/users/7/", "/users/7/a"]),
        ("/users/{id}/*", ["/users/7", "/users/7/", "/users/7/a/b"], ["/users", "/users/", "/users//a"]),
        ("/{a}-{b}", ["/1-2", "/1-2-3"], ["/12", "/1-", "/a/1-2"]),
        ("/a+b/{x}", ["/a+b/1"], ["/aab/1"]),
    ],
)
def test_a_template(template, taken, left):
    pattern = re.compile(compile_template(template))
    assert [path for path in taken + left if pattern.fullmatch(path)] == taken


def test_every_condition():
    match = Match.model_validate(
        {
            "methods": ["GET"],
            "headers": {"a": "1", "b": {"prefix": "1"}, "c": {"present": True}, "d": {"absent": True}},
            "queries": {"a": {"regex": "1+"}, "b": {"contains": "1"}, "c": {"present": True}, "d": {"absent": True}},
            "cookies": {"a": {"suffix": "1"}, "d": {"absent": True}},
            "grpc": "a.B/C",
        }
    )
    message = compile_match(match)
    grpc = message.headers[-1].string_match.safe_regex.regex
    assert to_dict(message) == {
        "path": "/a.B/C",
        "headers": [
            {"name": ":method", "string_match": {"exact": "GET"}},
            {"name": "a", "string_match": {"exact": "1"}},
            {"name": "b", "string_match": {"prefix": "1"}},
            {"name": "c", "present_match": True},
            {"name": "d", "present_match": True, "invert_match": True},
            {"name": "content-type", "string_match": {"safe_regex": {"regex": grpc}}},
        ],
        "query_parameters": [
            {"name": "a", "string_match": {"safe_regex": {"regex": "1+"}}},
            {"name": "b", "string_match": {"contains": "1"}},
            {"name": "c", "present_match": True},
            {"name": "d", "present_match": False},
        ],
        "cookies": [
            {"name": "a", "string_match": {"suffix": "1"}},
            {"name": "d", "string_match": {"safe_regex": {"regex": ".*"}}, "invert_match": True},
        ],
    }


OTHER = [
    ("1", ["", "?", "?q", "?q=", "?q=2", "?q=12", "?q=2&q=1", "?qq=1", "?r=1", "?=1", "?r=?q=1"]),
    ({"prefix": "1"}, ["", "?", "?q", "?q=", "?q=2", "?q=2&q=1", "?qq=1", "?r=1", "?=1", "?r=?q=1"]),
    ({"suffix": "1"}, ["", "?", "?q", "?q=", "?q=2", "?q=12", "?q=2&q=1", "?qq=1", "?r=1", "?=1", "?r=?q=1"]),
    ({"contains": "1"}, ["", "?", "?q", "?q=", "?q=2", "?q=2&q=1", "?qq=1", "?r=1", "?=1", "?r=?q=1"]),
    ("", ["", "?", "?q=1", "?q=2", "?q=12", "?q=2&q=1", "?&q=1&", "?=&q=1", "?qq=1", "?r=1", "?=1", "?r=?q=1"]),
]


@pytest.mark.parametrize(("value", "taken"), OTHER)
def test_another_query_is_a_condition_on_the_whole_path(value, taken):
    (header,) = compile_match(Match.model_validate({"queries": {"q": {"not": value}}})).headers
    assert (header.name, header.invert_match) == (":path", True)
    pattern = re.compile(header.string_match.safe_regex.regex)
    asked = {query for _, queries in OTHER for query in queries}
    assert {query for query in asked if not pattern.fullmatch(f"/a{query}")} == set(taken)


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("application/grpc", True),
        ("application/grpc+proto", True),
        ("application/grpc; x=1", True),
        ("application/grpc-web-text", True),
        ("application/grpcx", False),
        ("application/json", False),
    ],
)
def test_a_grpc_call_is_known_by_its_content_type(content_type, taken):
    (header,) = compile_match(Match.model_validate({"grpc": "a.B"})).headers
    assert header.name == "content-type"
    assert bool(re.fullmatch(header.string_match.safe_regex.regex, content_type)) is taken


def test_several_methods_are_one_condition():
    (method,) = compile_match(Match.model_validate({"methods": ["PUT", "M-SEARCH", "GET"]})).headers
    pattern = method.string_match.safe_regex.regex
    assert [name for name in ("GET", "PUT", "M-SEARCH", "GETS", "M") if re.fullmatch(pattern, name)] == [
        "GET",
        "PUT",
        "M-SEARCH",
    ]


@given(
    st.lists(st.sampled_from(["a", "b", "{x}", "a.b", "a+", "{y}-z"]), min_size=1, max_size=4, unique=True),
    st.booleans(),
)
def test_a_template_matches_what_its_variables_are_filled_with(segments, below):
    path = PathMatch(kind=PathKind.TEMPLATE, value="/" + "/".join([*segments, *["*"] * below]))
    pattern = re.compile(compile_template(path.value))
    filled = re.sub(r"\{\w\}", "any;%2F", "/" + "/".join(segments))
    assert pattern.fullmatch(filled)
    assert bool(pattern.fullmatch(filled + "/more")) is below
    assert filled.startswith(path.literal)
