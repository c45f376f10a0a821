"""Resources as `crossway get` shows them."""

import json

import pytest
import yaml


def resource(kind, name, value, namespace="default", **more):
    origin = {"document": "gateway.yaml", "line": 7}
    return {
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "etag": "e",
        "revision": 3,
        "value": value,
        "origin": origin,
        **more,
    }


ORDERS = resource("routes", "orders", {"to": "orders"}, "team-a")
ECHO = resource("services", "echo", {"endpoints": ["127.0.0.1:9001"]}, origin={"document": "services.echo", "line": 0})
TEAM = resource("namespaces", "team-a", {"policies": {"timeout": "5s"}})


@pytest.fixture
def get(crossway, stand_in):
    stand_in.answers |= {
        "GET /v1/resources": {"items": [TEAM, ORDERS, ECHO], "next": None},
        "GET /v1/resources/routes/team-a/orders": ORDERS,
        "GET /v1/revisions/3/resources": {"items": [TEAM, ORDERS, ECHO]},
    }
    return lambda *words: crossway("get", *words, "--admin", stand_in.address)


def test_a_list(get, stand_in):
    outcome = get()
    assert [line.split() for line in outcome.out.splitlines()] == [
        ["KIND", "NAME", "REVISION", "ORIGIN"],
        ["namespaces", "team-a", "3", "gateway.yaml:7"],
        ["routes", "team-a/orders", "3", "gateway.yaml:7"],
        ["services", "echo", "3", "services.echo"],
    ]
    assert stand_in.asked[0].path == "/v1/resources?name=%2A&limit=1000"


@pytest.mark.parametrize("words", [["route", "team-a/orders"], ["routes", "orders", "-n", "team-a"]])
def test_one(get, stand_in, words):
    assert json.loads(get(*words, "--format", "json").out) == ORDERS
    assert stand_in.asked[0].path == "/v1/resources/routes/team-a/orders"


def test_a_pattern_is_a_list(get, stand_in):
    get("routes", "or*", "--namespace", "team-a")
    assert stand_in.asked[0].path == "/v1/resources?kind=routes&namespace=team-a&name=or%2A&limit=1000"


def test_yaml_is_a_configuration(get):
    assert yaml.safe_load(get("--format", "yaml").out) == {
        "namespaces": {"team-a": {"policies": {"timeout": "5s"}, "routes": {"orders": {"to": "orders"}}}},
        "services": {"echo": {"endpoints": ["127.0.0.1:9001"]}},
    }


def test_one_as_yaml(get):
    outcome = get("routes", "team-a/orders", "--format", "yaml")
    assert yaml.safe_load(outcome.out) == {"namespaces": {"team-a": {"routes": {"orders": {"to": "orders"}}}}}


def test_an_earlier_revision(get):
    assert json.loads(get("routes", "--revision", "3", "--format", "json").out) == [ORDERS]
    assert json.loads(get("services", "ec*", "--revision", "3", "--format", "json").out) == [ECHO]
    assert json.loads(get("-n", "team-a", "--revision", "3", "--format", "json").out) == [ORDERS]


def test_every_page_is_read(crossway, stand_in):
    pages = iter([{"items": [ECHO], "next": "more"}, {"items": [ORDERS], "next": None}])
    stand_in.answers = type("Pages", (), {"get": lambda _self, _key: next(pages)})()
    outcome = crossway("get", "--format", "json", "--admin", stand_in.address)
    assert json.loads(outcome.out) == [ECHO, ORDERS]
    assert stand_in.asked[1].path.endswith("cursor=more&limit=1000")


def test_a_kind_that_there_is_not(get):
    assert get("ruote").err == "crossway: there is no kind 'ruote'; did you mean 'routes'?\n"


def test_a_resource_that_there_is_not(crossway, stand_in):
    problem = {"title": "Not Found", "status": 404, "detail": "there is no routes.lost"}
    stand_in.answers["GET /v1/resources/routes/default/lost"] = (404, "application/problem+json", problem)
    outcome = crossway("get", "routes", "lost", "--admin", stand_in.address)
    assert (outcome.status, outcome.err) == (2, "crossway: there is no routes.lost\n")
