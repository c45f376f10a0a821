"""The status conditions that the Gateway API's conformance suite asks for, from documents alone."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from crossway.daemon.registry import load_dialects
from crossway.dialects.contract import Key
from crossway.dialects.statuses import reported
from crossway.dialects.translator import Translator
from crossway.model import Document
from harness.conformance import (
    CONTROLLER,
    Address,
    Item,
    Material,
    Object,
    Test,
    conformance_tests,
    gateway_class,
    manifest,
)

API = "gateway.networking.k8s.io"
GENERATION = 7
STEPS = "the suite makes or changes an object of Go before it asks, which is in no manifest"
SKIPPED: Mapping[str, str] = {
    "GatewayModifyListeners-3": STEPS,
    "GatewayModifyListeners-8": STEPS,
    "TCPRouteMultipleRoutesAttachment-3": STEPS,
    "TCPRouteMultipleRoutesAttachment-4": STEPS,
    "UDPRouteMultipleRoutesAttachment-3": STEPS,
    "UDPRouteMultipleRoutesAttachment-4": STEPS,
}
"""What is not asked, and why."""

CHECKS = [item for test in conformance_tests() for item in test.status]

Status = Mapping[str, Any]


class Cluster:
    """The objects of one test, and what is told of them."""

    _translator = Translator(load_dialects())

    def __init__(self, item: Item) -> None:
        own = item.objects
        self.objects = [*_shared(), *own]
        self._translator.read((_document("shared", _shared()), _document("own", own)))

    def status(self, kind: str, name: Mapping[str, str]) -> Status:
        """Return the status of an object, whose conditions must be about what it says now."""
        key = Key(f"{API}/{kind}", name.get("Namespace", "default"), name["Name"])
        told = self._translator.ask(reported, key)
        assert told is not None, key
        for condition in _conditions(told.status):
            assert condition["observedGeneration"] == GENERATION
        return told.status

    def gateways(self, namespace: str) -> Iterator[Mapping[str, str]]:
        """Yield the names of the gateways of a namespace that must be ready."""
        for item in self.objects:
            metadata = item["metadata"]
            ready = metadata.get("annotations", {}).get("gateway-api/skip-this-for-readiness") != "true"
            if item["kind"] == "Gateway" and metadata["namespace"] == namespace and ready:
                yield {"Namespace": namespace, "Name": metadata["name"]}


@cache
def _shared() -> tuple[Object, ...]:
    return (gateway_class(), *manifest("base.yaml"), *Material().objects)


def _document(name: str, objects: Iterable[Object]) -> Document:
    text = [json.dumps(item | {"metadata": item["metadata"] | {"generation": GENERATION}}) for item in objects]
    return Document(name, "\n---\n".join(text))


def _conditions(status: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(status, Mapping):
        yield from status.get("conditions", ())
        for value in status.values():
            yield from _conditions(value)
    elif isinstance(status, list):
        for item in status:
            yield from _conditions(item)


@pytest.fixture(scope="module")
def clusters() -> Callable[[Item], Cluster]:
    """Return what gives the cluster of a check; those of one test come one after the other."""
    last: dict[tuple[Test, bool], Cluster] = {}

    def cluster(item: Item) -> Cluster:
        key = item.test, item.is_ungranted
        if key not in last:
            last.clear()
            last[key] = Cluster(item)
        return last[key]

    return cluster


@pytest.mark.parametrize("item", CHECKS, ids=repr)
def test_status(item: Item, clusters: Callable[[Item], Cluster]) -> None:
    if reason := SKIPPED.get(f"{item.test.name}-{item.number}"):
        pytest.skip(reason)
    cluster = clusters(item)
    args = item.data["args"]
    check = item.data["check"].partition(".")[2]
    kind = check.partition("Must")[0]
    match check:
        case "NamespacesMustBeReady":
            for namespace in args["namespaces"]:
                for name in cluster.gateways(namespace):
                    status = cluster.status("Gateway", name)
                    has(status["conditions"], {"type": "Accepted", "status": "True"})
                    has(status["conditions"], {"type": "Programmed", "status": "True"})
        case "WaitForGatewayAddress":
            has(cluster.status("Gateway", _name(args["gwRef"]))["conditions"], {"type": "Programmed", "status": "True"})
        case (
            "GatewayAndHTTPRoutesMustBeAccepted"
            | "GatewayAndTLSRoutesMustBeAccepted"
            | "GatewayAndTCPRoutesMustBeAccepted"
            | "GatewayAndUDPRoutesMustBeAccepted"
            | "GatewayAndRoutesMustBeAccepted"
            | "RoutesAndParentMustBeAccepted"
        ):
            routes = args.get("routeType", check.removeprefix("GatewayAnd").removesuffix("sMustBeAccepted"))
            all_accepted(cluster, Address.parse(args.get("gw") or args["resource"]), routes.rpartition(".")[2], args)
        case "HTTPRouteMustHaveResolvedRefsConditionsTrue" | "TLSRouteMustHaveResolvedRefsConditionsTrue":
            condition = {"type": "ResolvedRefs", "status": "True", "reason": "ResolvedRefs"}
            of_parent(cluster.status(kind, args["routeNN"]), args["gwNN"], condition)
        case _ if "routeNN" in args:
            of_parent(cluster.status(kind, args["routeNN"]), args["gwNN"], args["condition"])
        case "HTTPRouteMustHaveNoAcceptedParents" | "TLSRouteMustHaveNoAcceptedParents":
            parents = cluster.status(kind, args["routeName"])["parents"]
            assert len(parents) <= 1
            for parent in parents:
                has(parent["conditions"], {"type": "Accepted", "status": "False"})
        case _ if "parents" in args:
            parents_match(args["parents"], cluster.status(kind, args["routeName"])["parents"])
        case "HTTPRouteMustHaveLatestConditions":
            assert cluster.status(kind, args["rNN"])["parents"]
        case "BackendTLSPolicyMustHaveLatestConditions":
            metadata = args["r"]["metadata"]
            name = {"Namespace": metadata["namespace"], "Name": metadata["name"]}
            assert cluster.status(kind, name)["ancestors"]
        case "BackendTLSPolicyMustHaveAcceptedConditionTrue":
            of_ancestor(cluster.status(kind, args["policyNN"]), args["gwNN"], {"type": "Accepted", "status": "True"})
        case "BackendTLSPolicyMustHaveCondition":
            of_ancestor(cluster.status(kind, args["policyNN"]), args["gwNN"], args["condition"])
        case "GWCMustHaveAcceptedConditionAny" | "GatewayClassMustHaveLatestConditions":
            name = args.get("gwcNN") or {"Name": args["gwcName"]}
            assert any(one["type"] == "Accepted" for one in cluster.status("GatewayClass", name)["conditions"])
        case "GatewayMustHaveLatestConditions":
            assert cluster.status("Gateway", args["gwNN"])["conditions"]
        case "GatewayMustHaveZeroRoutes":
            listeners = cluster.status("Gateway", args["gwName"])["listeners"]
            assert [listener["attachedRoutes"] for listener in listeners] in ([], [0])
        case "GatewayMustHaveAttachedListeners":
            count = cluster.status("Gateway", args["gwName"])["attachedListenerSets"]
            assert count == args.get("expectedCount", 0)
        case "GatewayMustHaveCondition" | "ListenerSetMustHaveCondition":
            name = args.get("gwNN") or args["lsNN"]
            has(cluster.status(kind, name)["conditions"], args["expectedCondition"])
        case "GatewayStatusMustHaveListeners" | "ListenerSetStatusMustHaveListeners":
            name = args.get("gwNN") or args["lsNN"]
            listeners_match(args["listeners"], cluster.status(kind.removesuffix("Status"), name)["listeners"])
        case (
            "GatewayListenerMustHaveConditions"
            | "GatewayListenersMustHaveConditions"
            | "ListenerSetListenersMustHaveConditions"
        ):
            names = args.get("listenerNames") or [args["lName"]]
            of = "ListenerSet" if "lsName" in args else "Gateway"
            listeners = cluster.status(of, args.get("lsName") or args["gwName"])["listeners"]
            found = [listener for listener in listeners if listener["name"] in names]
            assert len(found) == len(names)
            for listener in found:
                for condition in args["conditions"]:
                    has(listener["conditions"], condition)
        case other:
            raise AssertionError(other)


def has(conditions: list[Mapping[str, Any]], expected: Mapping[str, str]) -> None:
    """Say that there is a condition; without a reason, whatever that is."""
    said = {one["type"]: {name: one[name] for name in expected} for one in conditions}
    reason = {} if expected.get("reason") else {"reason"}
    assert said.get(expected["type"]) == {name: text for name, text in expected.items() if name not in reason}


def _name(address: str) -> Mapping[str, str]:
    found = Address.parse(address)
    return {"Namespace": found.namespace, "Name": found.name}


def of_parent(status: Status, parent: Mapping[str, str], condition: Mapping[str, str]) -> None:
    refs = [item for item in status["parents"] if item["parentRef"]["name"] == parent["Name"]]
    assert refs
    found = [one for item in refs for one in item["conditions"] if one["type"] == condition["type"]]
    assert any(condition.items() <= one.items() for one in found), found


def of_ancestor(status: Status, gateway: Mapping[str, str], condition: Mapping[str, str]) -> None:
    (ancestor,) = [item for item in status["ancestors"] if item["ancestorRef"]["name"] == gateway["Name"]]
    assert ancestor["controllerName"] == CONTROLLER
    has(ancestor["conditions"], condition)


def all_accepted(cluster: Cluster, parent: Address, route: str, args: Mapping[str, Any]) -> None:
    for name in args.get("routeNNs") or ():
        kind = "ListenerSet" if "resource" in args and _is_set(cluster, parent) else "Gateway"
        ref = {"group": API, "kind": kind, "name": parent.name}
        if name["Namespace"] != parent.namespace:
            ref["namespace"] = parent.namespace
        accepted = {"type": "Accepted", "status": "True", "reason": "Accepted"}
        parents_match([{"parentRef": ref, "conditions": [accepted]}], cluster.status(route, name)["parents"])


def _is_set(cluster: Cluster, parent: Address) -> bool:
    sets = [item["metadata"] for item in cluster.objects if item["kind"] == "ListenerSet"]
    return any((one["namespace"], one["name"]) == (parent.namespace, parent.name) for one in sets)


def parents_match(expected: list[Mapping[str, Any]], actual: list[Mapping[str, Any]]) -> None:
    """Say that a route has these parents, maybe among others."""
    for one in expected:
        within = {"namespace": one["parentRef"].get("namespace")}  # that of the route need not be said
        meant = [item for item in actual if one["parentRef"].items() <= (within | item["parentRef"]).items()]
        assert meant
        for item in meant:
            assert item["controllerName"] == CONTROLLER
            for condition in one["conditions"]:
                has(item["conditions"], condition)


def listeners_match(expected: list[Mapping[str, Any]], actual: list[Mapping[str, Any]]) -> None:
    by_name = {listener["name"]: listener for listener in actual}
    assert by_name.keys() == {listener["name"] for listener in expected}
    for listener in expected:
        found = by_name[listener["name"]]
        kinds = listener.get("supportedKinds", [])
        assert all(kind in found["supportedKinds"] for kind in kinds)
        assert bool(kinds) == bool(found["supportedKinds"])
        assert found["attachedRoutes"] == listener.get("attachedRoutes", 0)
        for condition in listener["conditions"]:
            has(found["conditions"], condition)
