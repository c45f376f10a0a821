import pytest

from crossway.cli.explanation import render
from crossway.simulation.explain import Explanation, explain
from crossway.simulation.request import Request
from simulation.simulated import Locate, simulated

GUARDED = """\
gateways: {edge: {listeners: {http: {port: 8080}}}}
consumers: {alice: {groups: [gold], credentials: {api_key: [k-alice]}}}
routes:
  orders:
    matches: [{path: /orders/*}]
    respond: {body: orders}
    policies:
      api_key: {}
      authorize: {allow: [{groups: [gold], methods: [GET]}], deny: [{paths: ["~/orders/[0-9]+/secret"]}]}
  claims:
    matches: [{path: /claims}]
    respond: {body: claims}
    policies:
      authorize: {deny: [{claims: {realm.role: guest}, client_ips: [10.0.0.0/8]}, {cel: connection.mtls}]}
  headers:
    matches: [{path: /headers}]
    respond: {body: headers}
    policies:
      authorize:
        allow: [{headers: {x-team: [shop, {prefix: it-}, {suffix: -it}, {contains: and}, {regex: "[0-9]+"}]}}]
        deny: [{headers: {x-bad: {present: true}}}]
  networks:
    matches: [{path: /networks}]
    respond: {body: networks}
    policies: {ip_filter: {allow: [10.0.0.0/8], deny: [10.1.0.0/16]}}
  trial:
    matches: [{path: /trial}]
    respond: {body: trial}
    policies: {authorize: {allow: [{methods: [POST]}], dry_run: true}}
"""


def explained(path: str, method: str = "GET", **more: object) -> Explanation:
    pipeline = simulated(GUARDED)
    request = Request.to(f"http://a.test:8080{path}", method, **more)
    return explain(pipeline.ask, Locate(pipeline), request)


def said(path: str, method: str = "GET", **more: object) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(item.policy, item.outcome, item.depends_on) for item in explained(path, method, **more).access]


def test_what_holds_for_everybody_is_told():
    explanation = explained("/orders/7", "POST")
    assert [(item.policy, item.outcome) for item in explanation.access] == [("authorize", "refused")]
    assert explanation.status == 403
    assert explanation.summary == "403: authorize of route orders refuses it, whoever asks"
    assert said("/orders/7/secret") == [("authorize", "refused", ())]


def test_what_hangs_on_who_asks_is_left_open():
    assert said("/orders/7") == [("authorize", "unknown", ("the groups of who asks",))]
    forged = [("x-consumer-groups", "gold")]
    assert said("/orders/7", headers=forged) == [("authorize", "unknown", ("the groups of who asks",))]
    explanation = explained("/orders/7")
    assert (explanation.status, explanation.summary) == (200, "200: route orders answers it")
    assert "access      authorize depends on the groups of who asks" in render(explanation.as_dict())


def test_claims_and_expressions_are_not_known():
    expression = "an expression or the time"
    assert said("/claims", client_ip="10.1.1.1") == [("authorize", "unknown", ("the claim realm.role", expression))]
    assert said("/claims", client_ip="11.1.1.1") == [("authorize", "unknown", (expression,))]


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({}, "refused"),
        ({"x-team": "shop"}, "allowed"),
        ({"x-team": "it-1"}, "allowed"),
        ({"x-team": "1-it"}, "allowed"),
        ({"x-team": "sandal"}, "allowed"),
        ({"x-team": "77"}, "allowed"),
        ({"x-team": "7a"}, "refused"),
        ({"x-team": "shop", "x-bad": ""}, "refused"),
    ],
)
def test_headers_are_known_where_nothing_writes_them(headers, outcome):
    assert said("/headers", headers=headers.items()) == [("authorize", outcome, ())]


def test_networks_are_known_with_the_address_of_the_client():
    outcomes = [said("/networks", client_ip=client)[0][1] for client in ("10.2.1.1", "10.1.1.1", "11.1.1.1")]
    assert outcomes == ["allowed", "refused", "refused"]


def test_rules_on_trial_say_nothing():
    assert explained("/trial").access == ()
