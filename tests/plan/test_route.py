import pytest

from crossway.model import Ref
from crossway.plan.route import Door, backend_policies, plan_route
from plan.planning import pipeline, rows, said

SERVICES = "services: {one: http://127.0.0.1:1, two: http://127.0.0.1:2}\n"


def effective_policies(text: str) -> dict[str, tuple[str, ...]]:
    return {row.route: row.policies for row in pipeline(text).routes()}


def test_a_route_stands_at_every_listener_of_its_namespace():
    text = """
gateways: {edge: {listeners: {a: 80, b: 81}}, other: {listeners: {c: 82}}}
namespaces: {shop: {gateways: {far: {listeners: {d: 83}}}, routes: {s: {respond: {}}}}}
routes: {r: {respond: {}}}
"""
    assert rows(text) == [
        ("a", "*", "/*", "r"),
        ("b", "*", "/*", "r"),
        ("d", "*", "/*", "shop/s"),
        ("c", "*", "/*", "r"),
    ]


def test_a_route_that_names_gateways_and_listeners_stands_there_only():
    text = """
gateways: {edge: {listeners: {a: 80, b: 81}}, other: {listeners: {b: 82}}}
namespaces: {shop: {routes: {s: {gateways: [default/edge], listeners: [a], hostnames: [s.test], respond: {}}}}}
routes: {r: {gateways: [edge], respond: {}}, t: {listeners: [b], hostnames: [t.test], respond: {}}}
"""
    assert sorted((listener, route) for listener, _, _, route in rows(text)) == [
        ("a", "r"),
        ("a", "shop/s"),
        ("b", "r"),
        ("b", "t"),
        ("b", "t"),
    ]
    assert said(text) == []


@pytest.mark.parametrize(
    ("route", "listener", "common"),
    [
        ([], [], ["*"]),
        (["a.test"], [], ["a.test"]),
        ([], ["a.test"], ["a.test"]),
        (["*.a.test"], ["b.a.test"], ["b.a.test"]),
        (["b.a.test"], ["*.a.test"], ["b.a.test"]),
        (["*.b.a.test"], ["*.a.test"], ["*.b.a.test"]),
        (["a.test", "b.test"], ["b.test", "c.test"], ["b.test"]),
        (["*"], ["*.a.test", "b.test"], ["*.a.test", "b.test"]),
    ],
)
def test_a_route_serves_what_it_and_the_listener_have_in_common(route, listener, common):
    text = f"""
gateways: {{edge: {{listeners: {{a: {{port: 80, hostnames: {listener}}}}}}}}}
routes: {{r: {{hostnames: {route}, respond: {{}}}}}}
"""
    assert [row[1] for row in rows(text)] == common
    assert said(text) == []


def test_a_route_without_a_hostname_in_common_is_told():
    text = """
gateways: {edge: {listeners: {a: {port: 80, hostnames: [a.test]}}}}
routes: {r: {hostnames: [b.test, '*.a.test'], respond: {}}}
"""
    assert said(text) == ["route.unattached routes.r.hostnames"]
    assert said("routes: {r: {respond: {}}}") == ["route.unattached routes.r.hostnames"]


def test_the_listener_that_names_a_host_most_closely_owns_it():
    text = """
gateways:
  edge:
    listeners:
      all: 80
      wild: {port: 80, hostnames: ['*.a.test']}
      wilder: {port: 80, hostnames: ['*.b.a.test']}
      exact: {port: 80, hostnames: [x.b.a.test]}
routes:
  everywhere: {respond: {}}
  on-all: {listeners: [all], hostnames: ['*.a.test', x.b.a.test, c.test], respond: {}}
  on-wild: {listeners: [wild], hostnames: [x.b.a.test, y.b.a.test, y.a.test], respond: {}}
"""
    assert rows(text) == [
        ("all", "*", "/*", "everywhere"),
        ("wild", "*.a.test", "/*", "everywhere"),
        ("wilder", "*.b.a.test", "/*", "everywhere"),
        ("all", "c.test", "/*", "on-all"),
        ("exact", "x.b.a.test", "/*", "everywhere"),
        ("wild", "y.a.test", "/*", "on-wild"),
    ]


@pytest.mark.parametrize(
    ("route", "field"),
    [
        ("{to: nobody}", "to[0].service"),
        ("{to: [one, shop/one]}", "to[1].service"),
        ("{to: {service: one, subset: v1}}", "to[0].subset"),
        ("{to: one, policies: {mirror: {to: nobody}}}", "policies.mirror.copies[0].to"),
        ("{policies: {websocket_push: nobody}}", "policies.websocket_push.api"),
    ],
)
def test_a_name_that_means_nothing_closes_the_route(route, field):
    text = f"gateways: {{edge: {{listeners: {{http: 80}}}}}}\n{SERVICES}routes: {{r: {route}}}\n"
    assert said(text) == [f"reference.dangling routes.r.{field}"]
    assert {row.state for row in pipeline(text).routes()} <= {"closed: reference.dangling"}


@pytest.mark.parametrize(
    ("route", "field", "states"),
    [
        ("{gateways: [nobody], to: one}", "gateways[0]", []),
        ("{gateways: [shop/edge], to: one}", "gateways[0]", []),
        ("{gateways: [edge, nobody], to: one}", "gateways[1]", ["live"]),
        ("{listeners: [http, nobody], to: one}", "listeners[1]", ["live"]),
    ],
)
def test_a_place_that_is_not_there_keeps_the_route_from_no_other(route, field, states):
    text = f"gateways: {{edge: {{listeners: {{http: 80}}}}}}\n{SERVICES}routes: {{r: {route}}}\n"
    assert said(text) == [f"reference.dangling routes.r.{field}"]
    assert [row.state for row in pipeline(text).routes()] == states


def test_a_listener_that_one_of_the_gateways_has_is_there():
    text = """
gateways: {edge: {listeners: {http: 80}}, other: {listeners: {secure: 81}}}
routes: {r: {listeners: [secure], respond: {}}}
"""
    assert said(text) == []
    assert rows(text) == [("secure", "*", "/*", "r")]


@pytest.mark.parametrize(
    ("place", "field"),
    [
        ("gateways: {edge: {listeners: {http: 80}, policies: {mirror: {to: $}}}}", "gateways.edge.policies"),
        (
            "gateways: {edge: {listeners: {http: {port: 80, policies: {mirror: {to: $}}}}}}",
            "gateways.edge.listeners.http.policies",
        ),
        (
            "namespaces: {default: {policies: {mirror: {to: $}}}}\ngateways: {edge: {listeners: {http: 80}}}",
            "namespaces.default.policies",
        ),
    ],
)
def test_a_service_that_a_policy_names_is_followed_wherever_the_policy_is(place, field):
    text = f"{place}\n{SERVICES}routes: {{r: {{to: one}}}}\n"
    made = pipeline(text.replace("$", "two"))
    assert made.findings() == ()
    assert {"one", "two"} <= {resource.name for resource in made.resources()}
    assert said(text.replace("$", "nobody")) == [f"reference.dangling {field}.mirror.copies[0].to"]


def test_policies_hold_from_all_places_and_the_namespace_is_that_of_the_route():
    text = """
namespaces:
  default: {policies: {mirror: {to: two}}}
  shop:
    policies: {timeout: {request: 1s}}
    routes: {s: {gateways: [default/edge], to: default/one, policies: {rewrite: {path: /x}}}}
gateways: {edge: {listeners: {http: {port: 80, policies: {websocket: {}}}}, policies: {retry: {}}}}
services:
  one: {endpoints: ['127.0.0.1:1'], policies: {headers: {request: {remove: [x]}}}}
  two: http://127.0.0.1:2
routes: {r: {to: one}, both: {matches: [{path: /both}], to: [one, two]}}
"""
    assert effective_policies(text) == {
        "r": ("headers", "mirror", "retry", "websocket"),
        "both": ("mirror", "retry", "websocket"),
        "shop/s": ("headers", "retry", "rewrite", "timeout", "websocket"),
    }


@pytest.mark.parametrize(
    ("protocol", "route", "field"),
    [
        ("tcp", "{respond: {}}", "routes.r"),
        ("udp", "{redirect: {scheme: https}}", "routes.r"),
        ("tls", "{respond: {}}", "routes.r"),
        ("tcp", "{to: one, matches: [{path: /a}]}", "routes.r.matches"),
        ("udp", "{to: {service: one, policies: {headers: {request: {remove: [x]}}}}}", "routes.r.to"),
    ],
)
def test_what_a_listener_without_http_cannot_do_closes_the_route(protocol, route, field):
    gateway = f"gateways: {{edge: {{listeners: {{raw: {{port: 80, protocol: {protocol}}}}}}}}}"
    text = f"{gateway}\n{SERVICES}routes: {{r: {route}}}\n"
    made = pipeline(text)
    assert [f"{item.code} {item.field}" for item in made.findings()] == [f"route.unfit {field}"]
    assert not [resource for resource in made.resources() if resource.type_url.endswith(".Listener")]


@pytest.mark.parametrize(
    ("route", "findings", "places"),
    [
        ("{services: [one], to: two}", ["mesh.not_in_force routes.r.services"], []),
        ("{services: [one], gateways: [edge], to: two}", ["mesh.not_in_force routes.r.services"], [("http", "*")]),
        (
            "{services: [one, nobody], gateways: [edge], to: two}",
            ["reference.dangling routes.r.services[1]", "mesh.not_in_force routes.r.services"],
            [("http", "*")],
        ),
        (
            "{services: [one], gateways: [edge], hostnames: [b.test], to: two}",
            ["mesh.not_in_force routes.r.services"],
            [("http", "b.test")],
        ),
    ],
)
def test_a_route_of_services_stands_at_the_gateways_that_it_names(route, findings, places):
    text = f"gateways: {{edge: {{listeners: {{http: 80}}}}}}\n{SERVICES}routes: {{r: {route}}}\n"
    assert said(text) == findings
    assert [row[:2] for row in rows(text)] == places
    assert [row.state for row in pipeline(text).routes()] == ["live"] * len(places)


def test_the_parents_of_a_route_are_planned():
    made = pipeline(f"{SERVICES}routes: {{r: {{services: [one, two], to: two}}}}\n")
    plan = made.ask(plan_route, Ref("routes", "r"))
    assert plan is not None
    assert [ref.name for ref in plan.parents] == ["one", "two"]


def test_a_route_of_services_and_gateways_that_stands_nowhere_is_told():
    gateway = "gateways: {edge: {listeners: {a: {port: 80, hostnames: [a.test]}}}}"
    text = f"{gateway}\n{SERVICES}routes: {{r: {{services: [one], gateways: [edge], hostnames: [b.test], to: two}}}}\n"
    assert said(text) == ["route.unattached routes.r.hostnames", "mesh.not_in_force routes.r.services"]


def test_what_holds_for_a_backend_is_what_holds_for_the_route_and_closer():
    text = f"""
gateways:
  edge: {{listeners: {{http: 80}}, policies: {{headers: {{request: {{set: {{x: far, y: far}}}}}}, retry: 2}}}}
{SERVICES}
routes: {{r: {{to: [{{service: one, policies: {{headers: {{request: {{set: {{x: near}}}}}}}}}}, two]}}}}
"""
    made = pipeline(text)
    door = Door(Ref("gateways", "edge"), "http")
    held = [made.ask(backend_policies, Ref("routes", "r"), door, index) for index in (0, 1)]
    assert [[policy.name for policy in policies] for policies in held] == [["headers"], ["headers"]]
    assert [policies[0].spec.request.set for policies in held] == [{"x": "near", "y": "far"}, {"x": "far", "y": "far"}]
    assert [policies[0].path for policies in held] == [("to", 0, "policies", "headers"), ("policies", "headers")]


def test_an_answer_is_a_backend_without_a_service():
    text = f"{SERVICES}routes: {{r: {{to: [{{service: one, weight: 3}}, {{status: 500}}]}}}}\n"
    plan = pipeline(text).ask(plan_route, Ref("routes", "r"))
    assert plan is not None
    assert [(str(backend), backend.weight) for backend in plan.backends] == [("one", 3), ("respond 500", 1)]
    assert [ref.name for ref in plan.services] == ["one"]


def test_a_route_prefers_listeners_that_speak_http():
    text = f"""
gateways: {{edge: {{listeners: {{http: 80, raw: {{port: 81, protocol: tcp}}}}}}}}
{SERVICES}routes: {{r: {{to: one}}, t: {{listeners: [raw], to: two}}}}
"""
    assert [(row.listener, row.route) for row in pipeline(text).routes()] == [("http", "r"), ("raw", "t")]
