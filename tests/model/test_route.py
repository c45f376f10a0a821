import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.model import Backend, GrpcMatch, Match, PathKind, PathMatch, Redirect, Respond, Route, ValueMatch


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
        ({"not": {"absent": True}}, "present", True),
        ({"not": {"present": True}}, "present", False),
    ],
)
def test_a_value(given, kind, value):
    match = ValueMatch.model_validate(given)
    assert (match.kind, getattr(match, kind)) == (kind, value)


@pytest.mark.parametrize(
    ("given", "kind"), [("x", "exact"), (7, "exact"), ({"prefix": "x"}, "prefix"), ({"regex": "x*"}, "regex")]
)
def test_the_opposite_of_a_value(given, kind):
    condition, opposite = ValueMatch.model_validate(given), ValueMatch.model_validate({"not": given})
    assert (opposite.kind, getattr(opposite, kind)) == (kind, getattr(condition, kind))
    assert (condition.invert, condition.takes_absence) == (False, False)
    assert (opposite.invert, opposite.takes_absence) == (True, True)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"not": {}},
        {"not": None},
        {"not": ["x"]},
        {"not": {"not": "x"}},
        {"not": {"nope": "x"}},
        {"not": "x", "exact": "y"},
        {"not": {"exact": "x", "prefix": "y"}},
        {"invert": True},
        {"present": True, "invert": True},
        {"exact": None},
        {"exact": "a", "prefix": "b"},
        {"absent": True, "exact": "a"},
        {"absent": False},
        {"prefix": ""},
        {"suffix": ""},
        {"contains": ""},
        {"regex": "("},
        {"regex": ""},
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
    assert Match.model_validate({"queries": {"x": {"not": ""}}, "cookies": {"x": {"not": {"regex": "a*"}}}})
    assert Match().effective_path == PathMatch(kind=PathKind.PREFIX, value="/")
    assert Match.model_validate({"grpc": "a.B/C"}).effective_path.value == "/a.B/C"


@pytest.mark.parametrize(
    "match",
    [
        {"path": "/a", "grpc": "a.B"},
        {"methods": ["G T"]},
        {"methods": [""]},
        {"methods": ["A" * 65]},
        {"methods": ["GET"] * 101},
        {"queries": {"": "1"}},
        {"cookies": {"": "1"}},
        {"headers": {"x y": "1"}},
        {"headers": {":path": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"X-A": "1", "x-a": "2"}},
        {"headers": {"x": {"not": ""}}},
        {"headers": {"x": {"not": {"regex": "a*"}}}},
        {"headers": {"x": {"not": {"regex": r"\z"}}}},
        {"queries": {"x": {"not": {"regex": "a"}}}},
        {"source_ips": ["10.0.0.0/33"]},
        {"source_ips": ["localhost"]},
        {"source_ips": ["fe80::1%eth0"]},
        {"source_ips": ['fe80::1%") os.exit() --']},
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
        {"keep_query": True},
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


def test_a_redirect_may_lead_to_the_same_url():
    assert Redirect.model_validate({"status": 303}).status == 303


@pytest.mark.parametrize(
    "respond",
    [
        {"status": 199},
        {"status": 600},
        {"body": "x" * 4097},
        {"body": "ä" * 2049},
        {"content_type": ""},
        {"content_type": "a\nb"},
        {"content_type": "x" * 16_385},
    ],
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
        {"to": [{"service": "a", "weight": 1_000_000}] * 4295},
        {"to": {"weight": 1}},
        {"to": {"service": "a", "status": 500}},
        {"to": {"status": 502}},
        {"to": {"status": 500, "subset": "b"}},
        {"to": {"status": 500, "policies": {"headers": {}}}},
        {"to": [{"status": 500}, {"status": 404}]},
        {"to": "a", "matches": []},
        {"to": "a", "priority": 2**31},
        {"to": "a", "priority": -(2**31) - 1},
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


def test_what_people_call_a_backend():
    route = Route.model_validate({"to": ["a", {"service": "b", "subset": "c"}, {"status": 500, "weight": 0}]})
    assert [str(backend) for backend in route.to] == ["a", "b:c", "respond 500"]
    assert route.decided_by_backends == frozenset()
