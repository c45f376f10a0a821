import pytest

from dialects.gateway_api.scene import SERVICE, Scene, gateway, route
from dialects.gateway_api.told import said, status

GATEWAY = gateway("{name: http, port: 80, protocol: HTTP}, {name: tcp, port: 81, protocol: TCP}")
TO = "backendRefs: [{name: web, port: 80}]"
BAD = "matches: [{path: {type: Exact, value: x}}]"
UNSURE = "filters: [{type: ExternalAuth, externalAuth: {protocol: GRPC, backendRef: {name: nope, port: 80}}}]"


def conditions(*rules: str, more: str = "", kind: str = "HTTPRoute") -> dict[str, str]:
    text = route(", ".join(f"{{{rule}}}" for rule in rules), kind=kind, more=more)
    (parent,) = status(Scene(GATEWAY, SERVICE, text), kind)["parents"]
    assert parent["controllerName"] == "crossway.dev/gateway-controller"
    return said(parent)


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute", "TCPRoute"])
def test_a_route_that_is_attached_is_well(kind: str):
    assert conditions(TO, kind=kind) == {"Accepted": "Accepted", "ResolvedRefs": "ResolvedRefs"}


def test_a_backend_that_is_not_there_is_told():
    assert conditions(TO, TO.replace("web", "nope"))["ResolvedRefs"] == "not BackendNotFound"


@pytest.mark.parametrize("rule", [f"{BAD}, {TO}", f"colour: red, {TO}", f"{UNSURE}, {TO}"])
def test_a_rule_that_is_closed_makes_a_route_partially_invalid(rule: str):
    found = conditions(TO, rule)
    assert (found["Accepted"], found["PartiallyInvalid"]) == ("Accepted", "UnsupportedValue")


@pytest.mark.parametrize(
    ("rules", "more", "reason"),
    [
        ((TO,), "colour: red", "UnsupportedValue"),
        ((f"{UNSURE}, {TO}",), "", "BackendNotFound"),
    ],
)
def test_a_route_of_which_nothing_is_served_is_not_accepted(rules: tuple[str, ...], more: str, reason: str):
    found = conditions(*rules, more=more)
    assert found["Accepted"] == f"not {reason}"
    assert "PartiallyInvalid" not in found


def test_each_parent_is_told_as_it_is_named():
    parents = "{name: edge, sectionName: tcp}, {name: edge, port: 80}, {name: other, kind: Odd, group: a.example}"
    found = status(Scene(GATEWAY, SERVICE, route(f"{{{TO}}}", parents=parents)), "HTTPRoute")["parents"]
    edge = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}
    assert [item["parentRef"] for item in found] == [edge | {"sectionName": "tcp"}, edge | {"port": 80}]
    assert [said(item)["Accepted"] for item in found] == ["not NotAllowedByListeners", "Accepted"]
