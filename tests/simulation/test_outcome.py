from crossway.plan.host import Candidate
from crossway.simulation.effect import ENDPOINT, Effect, Forwarded
from crossway.simulation.outcome import outcome
from crossway.simulation.request import Request
from crossway.simulation.router import Routed, router
from simulation.simulated import SHOP, simulated


def outcome_of(text: str, request: Request) -> Effect:
    pipeline = simulated(text)
    routed = pipeline.ask(router).route(request)
    assert isinstance(routed, Routed)
    assert routed.place is not None
    assert routed.arrival is not None
    assert isinstance(routed.match, Candidate)
    return outcome(pipeline.ask, request, routed.arrival, routed.match, routed.place)


def test_everything_that_plays_a_part_is_looked_up():
    request = Request(host="api.example.org", path="/orders/7?x", headers={"x-debug": "1"}, peer_ip="10.0.0.1")
    result = outcome_of(SHOP, request)
    assert isinstance(result, Forwarded)
    assert (result.target, result.host) == ("/v2/7?x", "api.example.org")
    assert dict(result.headers) == {
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-proto": "http",
        "x-request-id": "<request id>",
        "x-region": "eu",
        "x-tenant": "api.example.org",
    }
    assert result.settings["retries"].startswith("3 on connect-failure")


def test_an_endpoint_with_a_name_gives_it_to_the_host():
    text = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {s: http://backend.test}
routes: {all: {to: s, policies: {rewrite: {host: backend}}}}
"""
    result = outcome_of(text, Request(host="a.test"))
    assert isinstance(result, Forwarded)
    assert result.host == ENDPOINT
