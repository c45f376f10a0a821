import pytest

from crossway.model import Ref
from crossway.plan.route import Door
from crossway.simulation.arrival import Arrival
from crossway.simulation.entrance import Answered, Entrance, entrance, hostname_of, without_dot
from crossway.simulation.request import Request
from simulation.simulated import simulated


def entered(policies: str = "{}") -> Entrance:
    text = f"gateways: {{edge: {{listeners: {{http: 8080}}, policies: {policies}}}}}"
    return simulated(text).ask(entrance, Door(Ref("gateways", "edge"), "http"))


def arrive(policies: str = "{}", **request: object) -> Arrival | Answered:
    return entered(policies).arrive(Request(**{"host": "a.example.org", **request}))


@pytest.mark.parametrize(
    ("policies", "path", "target"),
    [
        ("{}", "/a//b/../c?x=//", "/a/c?x=//"),
        ("{paths: {merge_slashes: false}}", "/a//b", "/a//b"),
        ("{paths: {normalize: false}}", "/a/../b", "/a/../b"),
        ("{paths: {escaped_slashes: unescape}}", "/a%2Fb", "/a/b"),
        ("{paths: {escaped_slashes: keep}}", "/a%2Fb", "/a%2Fb"),
    ],
)
def test_the_path_in_normal_form(policies, path, target):
    arrival = arrive(policies, path=path)
    assert isinstance(arrival, Arrival)
    assert arrival.target == target


@pytest.mark.parametrize(
    ("policies", "request_", "status"),
    [
        ("{}", {"path": "/a%2Fb"}, 307),
        ("{paths: {escaped_slashes: reject}}", {"path": "/a%2Fb"}, 400),
        ("{}", {"path": "/a#b"}, 400),
        ("{}", {"path": "/a b"}, 400),
        ("{}", {"path": "/a?é"}, 400),
        ("{}", {"path": "/a?b#c"}, 400),
        ("{limits: {header_count: 1}}", {"path": "/a b", "headers": {"a": "1"}}, 400),
        ("{limits: {header_count: 1}}", {"host": "a b", "headers": {"a": "1"}}, 431),
        ("{}", {"path": "/a%00"}, 400),
        ("{}", {"path": "*"}, 404),
        ("{}", {"host": "a b"}, 400),
        ("{}", {"headers": {"x_a": "1"}}, 400),
        ("{limits: {header_count: 2}}", {"headers": {"a": "1", "b": "1"}}, 431),
        ("{limits: {request_headers: 1KiB}}", {"headers": {"a": "1" * 1000}}, 431),
        ("{}", {"path": "/a%2Fb", "headers": {"content-type": "application/grpc"}}, 200),
    ],
)
def test_answers_before_any_route(policies, request_, status):
    answer = arrive(policies, **request_)
    assert isinstance(answer, Answered)
    assert answer.status == status


def test_the_redirect_names_the_path():
    answer = arrive(path="/a%2Fb?x=%2F")
    assert isinstance(answer, Answered)
    assert answer.headers == {"location": "/a/b?x=%2F"}


def test_headers_with_underscores_are_dropped_where_asked():
    arrival = arrive("{limits: {underscores: drop}}", headers={"x_a": "1", "b": "2"})
    assert isinstance(arrival, Arrival)
    assert arrival.headers == {"b": "2"}


def test_what_a_client_says_of_others_is_dropped():
    arrival = arrive(headers={"x-forwarded-for": "1.2.3.4", "x-real-ip": "1.2.3.4"})
    assert isinstance(arrival, Arrival)
    assert (arrival.headers, arrival.client_ip) == ({}, "127.0.0.1")


@pytest.mark.parametrize(
    ("host", "without", "name"),
    [
        ("A.example.org.:80", "A.example.org:80", "a.example.org"),
        ("a.example.org.", "a.example.org", "a.example.org"),
        ("[::1]:80", "[::1]:80", "[::1]"),
        ("[::1]", "[::1]", "[::1]"),
        ("a", "a", "a"),
    ],
)
def test_hosts(host, without, name):
    assert (without_dot(host), hostname_of(host)) == (without, name)
