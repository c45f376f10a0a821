import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.dialects.native import Loaded
from crossway.plan.host import Candidate
from crossway.simulation.entrance import Answered
from crossway.simulation.index import Undecided
from crossway.simulation.request import Aspect, Request
from crossway.simulation.router import Routed, Unheard, router
from laws.reference import winner
from laws.test_layouts import EDGE, asked, built, configurations
from simulation.simulated import simulated

DOORS = """\
gateways:
  edge:
    listeners:
      http: {port: 8080}
      admin: {port: 9090, hostnames: [admin.example.org]}
      plain: {port: 80, redirect_to_https: true}
      shop: {port: 8443, hostnames: [shop.example.org], tls: {certificates: [c]}}
      wild: {port: 8443, hostnames: ["*.example.org"], tls: {certificates: [c]}}
      bytes: {port: 5432, protocol: tcp}
certificates: {c: {certificate: /tmp/c.pem, key: /tmp/k.pem}}
services: {s: {endpoints: ["127.0.0.1:1"]}}
routes:
  everywhere: {to: s}
  a: {hostnames: [a.example.org], listeners: [http], matches: [{path: /a/*}], to: s}
  b: {hostnames: ["*.b.example.org"], listeners: [http], to: s}
  shop: {hostnames: [shop.example.org], listeners: [shop], to: s}
  db: {listeners: [bytes], to: s}
"""


def came(url: str, **more: object) -> str:
    """Return the listener, the host and the route that a request comes to."""
    routed = simulated(DOORS).ask(router).route(Request.to(url, **more))
    if isinstance(routed, Unheard):
        return routed.reason
    match = routed.match
    taken = match.route.name if isinstance(match, Candidate) else match.status if isinstance(match, Answered) else 404
    return f"{routed.listener.name} {routed.place.hostname if routed.place else '-'} {taken}"


@pytest.mark.parametrize(
    ("url", "end"),
    [
        ("http://a.example.org:8080/a/b", "http a.example.org a"),
        ("http://A.example.org.:8080/a", "http a.example.org a"),
        ("http://a.example.org:8080/x", "http a.example.org 404"),
        ("http://x.y.b.example.org:8080/", "http *.b.example.org b"),
        ("http://b.example.org:8080/", "http * everywhere"),
        ("http://other.test:8080/", "http * everywhere"),
        ("http://a.example.org:8080/a%2Fb", "http - 307"),
        ("http://other.test:9090/", "admin - 404"),
        ("http://a.example.org/", "plain - 308"),
        ("https://shop.example.org/", "shop shop.example.org everywhere"),
        ("https://x.example.org:8443/", "wild *.example.org everywhere"),
        ("https://other.test:8443/", "port 8443 of edge has no certificate for other.test, so the TLS handshake fails"),
        ("http://shop.example.org:8443/", "port 8443 of edge expects TLS, and the URL says http"),
        ("https://a.example.org:8080/", "port 8080 of edge speaks no TLS, and the URL says https"),
        ("http://a.example.org:5432/", "port 5432 of edge speaks tcp: its connections are forwarded unread"),
    ],
)
def test_where_a_request_comes_to(url, end):
    assert came(url) == end


def test_the_rules_of_routing_and_the_router_agree():
    """The rules are those of the documentation, written down a second time."""

    @settings(max_examples=60, deadline=None)
    @given(configuration=configurations, seed=integers(0, 2**32))
    def agree(configuration, seed):
        resources = built(8080, *configuration)
        pipeline = Pipeline(load_policies())
        pipeline.adopt(Loaded(resources, (), ()))
        gates = pipeline.ask(router)
        for request in asked(seed):
            routed = gates.route(
                Request(request.host, request.target, request.method, headers=request.headers, port=8080)
            )
            assert isinstance(routed, Routed)
            found = (routed.match.route, routed.match.index) if isinstance(routed.match, Candidate) else None
            assert found == winner(resources, EDGE, 8080, request), request

    agree()


def test_a_port_where_nobody_listens():
    assert came("http://a.example.org:99/").startswith("nothing listens on port 99; there are edge/plain (80)")


def test_a_listener_by_its_name():
    assert came("http://a.example.org/a", listener="http") == "http a.example.org a"
    assert came("http://a.example.org/a", listener="edge/http") == "http a.example.org a"
    assert came("http://a.example.org/a", listener="none").startswith("there is no listener 'none'; there are")


def test_the_server_name_chooses_the_listener_and_the_host_the_route():
    gates = simulated(DOORS).ask(router)
    routed = gates.route(Request(host="other.example.org", scheme="https", sni="shop.example.org", port=8443))
    assert isinstance(routed, Routed)
    assert routed.listener.name == "shop"
    assert routed.place is None


def test_what_a_log_does_not_say():
    text = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {s: {endpoints: ["127.0.0.1:1"]}}
routes:
  beta: {matches: [{path: /a, headers: {x-beta: "1"}}], to: s}
  plain: {matches: [{path: /a}], to: s}
  exact: {matches: [{path: /b}], to: s}
"""
    gates = simulated(text).ask(router)
    unknown = frozenset({Aspect.HEADERS})
    told = gates.route(Request(host="a.test", path="/a", unknown=unknown))
    assert isinstance(told, Routed)
    assert isinstance(told.match, Undecided)
    assert [str(condition) for condition in told.match.conditions] == ["header x-beta = 1"]
    assert [item.route.name for item in told.match.outcomes if item] == ["beta", "plain"]
    decided = gates.route(Request(host="a.test", path="/b", unknown=unknown))
    assert isinstance(decided, Routed)
    assert isinstance(decided.match, Candidate)


SHARED = """\
gateways:
  edge:
    listeners:
      anyone: {port: 443, tls: {certificates: [c]}}
      shop: {port: 443, hostnames: [shop.test], tls: {certificates: [c]}}
      bytes: {port: 443, protocol: tcp, hostnames: [db.test], tls: {certificates: [c]}}
      through: {port: 443, protocol: tls, hostnames: ["*.through.test"]}
certificates: {c: {certificate: /tmp/c.pem, key: /tmp/k.pem}}
services: {s: {endpoints: ["127.0.0.1:1"]}}
routes:
  all: {listeners: [anyone, shop], to: s}
  raw: {listeners: [bytes, through], to: s}
"""


@pytest.mark.parametrize(
    ("host", "sni", "end"),
    [
        ("shop.test", "shop.test", "shop shop.test all"),
        ("other.test", "other.test", "anyone * all"),
        ("shop.test", "other.test", "anyone - 421"),
        ("other.test", "shop.test", "shop - 421"),
        ("a.through.test", "shop.test", "shop - 421"),
        ("db.test", "db.test", "port 443 of edge speaks tcp: its connections are forwarded unread"),
        ("a.through.test", "a.through.test", "port 443 of edge speaks tls: its connections are forwarded unread"),
    ],
)
def test_the_server_name_chooses_among_listeners_of_a_port(host, sni, end):
    made = simulated(SHARED)
    routed = made.ask(router).route(Request(host, scheme="https", port=443, sni=sni))
    if isinstance(routed, Unheard):
        assert routed.reason == end
        return
    match = routed.match
    taken = match.route.name if isinstance(match, Candidate) else match.status if isinstance(match, Answered) else 404
    assert f"{routed.listener.name} {routed.place.hostname if routed.place else '-'} {taken}" == end
