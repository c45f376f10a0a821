import json

import pytest

from crossway.simulation.explain import Explanation, explain
from crossway.simulation.request import Aspect, Request
from simulation.simulated import Locate, simulated


def explained(url: str, method: str = "GET", **more: object) -> Explanation:
    pipeline = simulated()
    return explain(pipeline.ask, Locate(pipeline), Request.to(url, method, **more))


@pytest.mark.parametrize(
    ("url", "summary", "status"),
    [
        ("http://api.example.org/orders/7", "route orders forwards it to orders, next", None),
        ("http://api.example.org/orders", "200: route page answers it", 200),
        ("http://x.example.org/", "302: route old redirects it to http://www.example.org:8080/", 302),
        (
            "http://api.example.org/broken",
            "503: route broken is closed: there is no service 'nothing' [reference.dangling]",
            503,
        ),
        ("http://api.example.org/none", "404: host api.example.org has 5 matches, and none takes GET /none", 404),
        ("http://api.example.com/", "404: no route is for the host api.example.com", 404),
        ("http://api.example.org/a%2Fb", "307 to /a/b: the path has an escaped slash; no route is looked for", 307),
        (
            "http://api.example.org:8081/",
            "308: port 8081 of edge redirects everything to https; no route is looked for",
            308,
        ),
        (
            "https://api.example.org/",
            "no answer: no listener speaks TLS; there are edge/http (8080), edge/plain (8081)",
            None,
        ),
    ],
)
def test_what_happens_in_a_sentence(url, summary, status):
    explanation = explained(url)
    assert (explanation.summary, explanation.status) == (summary, status)


def test_the_way_to_the_route():
    explanation = explained("http://API.example.org//orders/7?x=1")
    assert explanation.door is not None
    assert (explanation.door.gateway, explanation.door.listener, explanation.door.port) == ("edge", "http", 8080)
    assert (explanation.path, explanation.hostname) == ("/orders/7?x=1", "api.example.org")
    assert [(item.hostname, item.route) for item in explanation.passed_over] == [("*.example.org", "old")]
    taken = explanation.taken
    assert taken is not None
    assert (taken.route, taken.match, taken.path, taken.origin) == ("orders", 0, "/orders/*", "shop.yaml:27:9")


def test_why_the_others_did_not_take_it():
    explanation = explained("http://api.example.org/orders/7", "DELETE")
    assert [(miss.route, miss.match, miss.reason) for miss in explanation.near_misses] == [
        ("orders", 0, "wants method GET or POST, got DELETE"),
        ("page", 0, "is exact; /orders/* would also take what is below"),
    ]
    assert explanation.near_misses[0].origin == "shop.yaml:27:9"


def test_who_would_take_it_on_another_host():
    explanation = explained("http://api.example.com/orders")
    assert [(item.hostname, item.route) for item in explanation.elsewhere] == [
        ("api.example.org", "page"),
        ("*.example.org", "old"),
    ]


def test_policies_stand_in_the_order_in_which_they_see_the_request():
    names = [policy.name for policy in explained("http://api.example.org/orders/7").policies]
    assert names.index("limits") < names.index("paths") < names.index("headers") < names.index("retry")


def test_one_that_says_the_same_is_told_so():
    text = """\
gateways: {edge: {listeners: {http: 8080}}}
services: {s: {endpoints: ["127.0.0.1:1"]}}
routes: {a: {to: s}, b: {to: s}}
"""
    pipeline = simulated(text)
    explanation = explain(pipeline.ask, Locate(pipeline), Request.to("http://a.test:8080/"))
    assert explanation.near_misses[0].reason == "never reached on *: routes.a says the same"


def test_what_the_answer_hangs_on():
    pipeline = simulated()
    request = Request(host="api.example.org", path="/orders/7/items", method="PUT", unknown=frozenset({Aspect.HEADERS}))
    explanation = explain(pipeline.ask, Locate(pipeline), request)
    assert explanation.summary == "it depends: route orders or 404"
    assert explanation.depends_on == ("header x-beta = 1",)


TEAMS = """\
gateways: {edge: {listeners: {http: 8080}, policies: {headers: {request: {set: {x-a: b}}}}}}
services: {s: {endpoints: ["127.0.0.1:1"]}}
routes:
  ours: {hostnames: [a.test], matches: [{path: /ours}], to: s}
namespaces:
  team:
    routes:
      theirs: {gateways: [default/edge], hostnames: [a.test, b.test], matches: [{path: /theirs}], to: default/s}
"""


def seen(namespace: str, path: str) -> Explanation:
    pipeline = simulated(TEAMS)
    request = Request.to(f"http://a.test{path}")
    return explain(pipeline.ask, Locate(pipeline), request, sees=lambda name: name == namespace)


def test_what_another_namespace_has_is_not_told():
    assert seen("default", "/theirs").summary == "a route of another namespace takes it"
    assert seen("default", "/theirz").near_misses == ()
    ours = seen("team", "/theirs")
    assert (ours.taken and ours.taken.route, ours.door, ours.targets) == ("team/theirs", None, ())
    headers = next(policy for policy in ours.policies if policy.name == "headers")
    assert headers.attached == "another namespace"
    assert [(one.field, one.source, one.origin) for one in headers.settings] == [
        ("request.set.x-a", "another namespace", "")
    ]


def test_plain_data():
    plain = json.loads(json.dumps(explained("http://api.example.org/orders/7").as_dict()))
    assert plain["taken"]["route"] == "orders"
    assert plain["effect"]["target"] == "/v2/7"
    assert [target["service"] for target in plain["targets"]] == ["orders", "next"]
    assert {policy["policy"] for policy in plain["policies"]} >= {"headers", "rewrite", "retry"}
