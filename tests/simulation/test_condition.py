import pytest

from crossway.model import Match, PathMatch
from crossway.simulation.arrival import Arrival
from crossway.simulation.condition import conditions, parse_address, path_condition
from crossway.simulation.request import Aspect


def holds(
    match: dict[str, object], headers=None, target="/", ip: str | None = "10.1.1.1", unknown=()
) -> list[bool | None]:
    arrival = Arrival("GET", "a.example.org", target, headers or {}, ip, frozenset(unknown))
    return [condition.holds(arrival) for condition in conditions(Match.model_validate(match))]


@pytest.mark.parametrize(
    ("value", "said", "result"),
    [
        ("1", "1", True),
        ("1", None, False),
        ({"prefix": "a"}, "ab", True),
        ({"suffix": "b"}, "ab", True),
        ({"contains": "b"}, "abc", True),
        ({"regex": "a"}, "ab", False),
        ({"present": True}, "", True),
        ({"absent": True}, None, True),
        ({"absent": True}, "1", False),
        ({"not": "1"}, "1", False),
        ({"not": "1"}, "2", True),
        ({"not": {"prefix": "1"}}, None, True),
    ],
)
def test_values(value, said, result):
    assert holds({"headers": {"x": value}}, {} if said is None else {"x": said}) == [result]


def test_methods_and_networks():
    assert holds({"methods": ["POST"]}) == [False]
    assert holds({"source_ips": ["10.0.0.0/8"]}) == [True]
    assert holds({"source_ips": ["10.0.0.0/8"]}, ip="::ffff:10.0.0.1") == [True]
    assert holds({"source_ips": ["10.0.0.0/8"]}, ip=None) == [None]


@pytest.mark.parametrize(
    ("kind", "result"),
    [("application/grpc", True), ("application/grpc-web+proto", True), ("application/grpcx", False), ("text", False)],
)
def test_grpc_is_a_content_type(kind, result):
    assert holds({"grpc": "a.B"}, {"content-type": kind}) == [result]


def test_what_is_not_known_decides_nothing():
    unknown = {Aspect.HEADERS, Aspect.QUERIES, Aspect.COOKIES}
    match = {"headers": {"x": "1"}, "queries": {"q": "1"}, "cookies": {"c": "1"}, "methods": ["GET"]}
    assert holds(match, unknown=unknown) == [True, None, None, None]


@pytest.mark.parametrize(
    ("path", "target", "result"),
    [
        ("/a/*", "/a", True),
        ("/a/*", "/ab", False),
        ("^/a", "/ab", True),
        ("^/a/", "/a", False),
        ("/*", "/", True),
        ("/*", "*", False),
        ("/a/{x}/*", "/a/b/", True),
        ("/a/{x}", "/a/", False),
        ("~/a|/b", "/b", True),
    ],
)
def test_paths(path, target, result):
    arrival = Arrival("GET", "a.example.org", target, {}, None)
    assert path_condition(PathMatch.model_validate(path)).holds(arrival) is result


def test_a_condition_says_what_it_wants():
    match = Match.model_validate(
        {"methods": ["GET", "POST"], "headers": {"x": {"prefix": "1"}}, "queries": {"q": "1", "r": {"not": "1"}}}
    )
    words = ["method GET or POST", "header x prefix 1", "query q = 1", "query r not = 1"]
    assert [str(item) for item in conditions(match)] == words


def test_no_address():
    assert parse_address("nonsense") is None
    assert parse_address(None) is None
