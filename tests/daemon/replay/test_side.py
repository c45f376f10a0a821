"""One configuration, asked as a replay asks it."""

import pytest

from crossway.daemon.replay.evidence import NOTHING
from crossway.daemon.replay.side import route_of
from crossway.simulation.request import Aspect, Request
from daemon.replay.scene import side

UNKNOWN = frozenset({Aspect.HEADERS})
TENANT = """\
routes:
  acme: {matches: [{path: /x, headers: {x-tenant: acme}}], to: two}
  beta: {matches: [{path: /x, headers: {x-beta: "1"}}], to: two}
  rest: {matches: [{path: /x}], to: one}
"""


def test_there_is_one_treatment_for_each_way():
    configuration = side(TENANT)
    one, other = (configuration.possible(Request("a.example", "/x"), NOTHING) for _ in range(2))
    assert one.treatments[0] is other.treatments[0]


def test_all_that_may_become_of_a_request_and_what_it_hangs_on():
    possible = side(TENANT).possible(Request("a.example", "/x", unknown=UNKNOWN), NOTHING)
    assert [treatment.route for treatment in possible.treatments] == ["acme", "beta", "rest"]
    assert [str(condition) for condition in possible.hanging] == ["header x-tenant = acme", "header x-beta = 1"]


def test_what_follows_from_the_route_that_took_it():
    configuration = side(TENANT)
    request = Request("a.example", "/x", unknown=UNKNOWN)
    learnt = configuration.learn(request, "beta", NOTHING)
    assert learnt is not None
    assert learnt.treatment.route == "beta"
    after = configuration.possible(request, learnt.known)
    assert ([treatment.route for treatment in after.treatments], after.hanging) == (["beta"], ())
    assert configuration.learn(request, "other", NOTHING) is None
    assert configuration.learn(request, None, NOTHING) is None


def test_what_each_listener_logs():
    assert [spec.query for spec in side(TENANT).logging] == [False]
    text = "gateways: {edge: {listeners: {a: {port: 1, policies: {access_log: {query: true}}}, b: 2}}}"
    assert sorted(spec.query for spec in side(text).logging) == [False, True]


REWRITTEN = """
gateways: {edge: {listeners: {a: {port: 1, policies: {access_log: {query: %s}}}, b: {port: 2%s}}}}
services: {one: "http://127.0.0.1:9001"}
routes: {orders: {matches: [{path: /orders/*}], to: one, policies: {rewrite: {path_prefix: /}}}}
"""


@pytest.mark.parametrize(
    ("query", "other", "asked"),
    [
        ("false", "", "/orders/7"),
        ("true", "", None),
        ("true", ", policies: {access_log: {query: true}}", "/7"),
    ],
)
def test_a_log_with_queries_has_the_path_that_was_asked_for(query, other, asked):
    original = side(REWRITTEN % (query, other)).original("orders")
    assert original is not None
    assert original.path("/7") == asked


def test_nobody_listens():
    possible = side(TENANT).possible(Request("a.example", "/x", port=1), NOTHING)
    assert [(treatment.route, treatment.status) for treatment in possible.treatments] == [("-", 0)]


def test_the_same_port_elsewhere():
    text = "gateways: {{edge: {{listeners: {{http: {}}}}}, inner: {{listeners: {{http: {}}}}}}}"
    (edge, inner), other = side(text.format(80, 81)).ports, side(text.format(81, 80))
    assert (edge.listener("x"), inner.listener("x")) == ("edge/http", "inner/http")
    for port in (edge, inner):
        there = other.port(port)
        assert there is not None
        assert there.number == port.number
    assert side(text.format(82, 83)).port(edge) is None


@pytest.mark.parametrize(("name", "route"), [("a", "a"), ("a#1", "a"), ("team/a#2", "team/a"), ("a#b", "a#b")])
def test_how_people_write_a_route(name, route):
    assert route_of(name) == route
