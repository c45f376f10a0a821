import pytest

from crossway.simulation.arrival import UNKNOWN, Arrival
from crossway.simulation.request import Aspect


def arrived(target="/", headers=None, *unknown: Aspect) -> Arrival:
    return Arrival("GET", "a.example.org", target, headers or {}, "127.0.0.1", frozenset(unknown))


@pytest.mark.parametrize(
    ("query", "value"), [("?q=1&q=2", "1"), ("?q", ""), ("?q=a=b", "a=b"), ("?q=%20", "%20"), ("", None), ("?r", None)]
)
def test_the_first_parameter_counts_as_it_stands(query, value):
    assert arrived(f"/{query}").parameter("q") == value


@pytest.mark.parametrize(
    ("header", "value"),
    [("c=1; c=2", "1"), ('d=1;c="2"', "2"), ("c", None), ("cc=1", None), ("c=", ""), (" c=a=b", "a=b")],
)
def test_the_first_cookie_counts_without_its_quotes(header, value):
    assert arrived("/", {"cookie": header}).cookie("c") == value


def test_path_and_query_are_told_apart_at_the_first_mark():
    arrival = arrived("/a?b?c")
    assert (arrival.path, arrival.query, arrival.target) == ("/a", "?b?c", "/a?b?c")


def test_what_is_given_is_known_whatever_else_is_not():
    arrival = arrived("/?q=1", {"x": "1", "cookie": "c=1"}, *Aspect)
    assert (arrival.header("x"), arrival.parameter("q")) == ("1", "1")
    assert {arrival.header("y"), arrival.parameter("r")} == {UNKNOWN}


def test_cookies_are_not_known_without_their_header():
    assert arrived("/", {}, Aspect.HEADERS).cookie("c") is UNKNOWN
    assert arrived("/", {"cookie": "d=1"}, Aspect.HEADERS).cookie("c") is None
