from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Finding, Ref
from crossway.model.rpc import Binding, Grpc, GrpcPlan
from crossway.policies.grpc import compile_grpc

SHOP = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()
SITE = Site(Ref("routes", "shop"), "default", definitions={Ref("definitions", "shop"): Defined(SHOP)})
ORDERS = "shop.v1.Orders"


def compiled(**settings: object) -> Fragment | Finding:
    return compile_grpc(Grpc.model_validate({"definition": "shop", **settings}), SITE)


def plan(**settings: object) -> GrpcPlan:
    found = compiled(**settings)
    assert isinstance(found, Fragment)
    (step,) = found.steps
    return GrpcPlan.model_validate_json(bytes(msgspec.json.encode(step.settings)))


def test_annotations_say_how_methods_are_called() -> None:
    calls = plan().calls
    assert f"/{ORDERS}/Hidden" not in calls
    create, cancel = calls[f"/{ORDERS}/CreateOrder"], calls[f"/{ORDERS}/CancelOrder"]
    assert (create.verb, create.body) == ("POST", "order")
    assert create.path == ("/v1/customers/", Binding(field="customer.id", pattern="[^/]+"), "/orders")
    assert cancel.path == ("/v1/", Binding(field="id", pattern="orders/[^/]+"), ":cancel")


def test_a_rule_takes_the_place_of_an_annotation() -> None:
    rules = {f"{ORDERS}/Hidden": {"put": "/{id=**}"}, f"{ORDERS}/GetOrder": {"post": "/get", "body": "*"}}
    calls = plan(rules=rules).calls
    assert calls[f"/{ORDERS}/Hidden"].path == ("/", Binding(field="id", pattern=".+"))
    assert (calls[f"/{ORDERS}/GetOrder"].verb, calls[f"/{ORDERS}/GetOrder"].path) == ("POST", ("/get",))


@pytest.mark.parametrize(
    ("method", "rule", "said"),
    [
        ("Hidden", {"get": "/{number}"}, "has no field 'number'"),
        ("Hidden", {"get": "/{part_of.number}"}, "has no field 'number'"),
        ("Hidden", {"get": "/{part_of}"}, "no single value"),
        ("Hidden", {"get": "/{tags}"}, "no single value"),
        ("Hidden", {"get": "/{item.id}"}, "no fields of its own"),
        ("Hidden", {"get": "/*/{id}"}, "in no field"),
        ("Hidden", {"post": "/", "body": "number"}, "for the body"),
        ("Hidden", {"post": "/", "response_body": "number"}, "has no field"),
        ("Hidden", {"get": "/", "body": "*"}, "no body"),
        ("AddOrders", {"post": "/"}, "a stream to the service"),
        ("AddOrders", {"post": "/{id}", "body": "*"}, "a stream to the service"),
    ],
)
def test_a_rule_that_does_not_fit_is_told(method: str, rule: dict[str, str], said: str) -> None:
    found = compiled(rules={f"{ORDERS}/{method}": rule})
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("grpc.rule", ("rules", f"{ORDERS}/{method}"))
    assert said in found.message


def test_a_typing_error_gets_a_hint() -> None:
    for found in (compiled(services=["shop.v1.Order"]), compiled(rules={f"{ORDERS}/GetOrders": {"get": "/"}})):
        assert isinstance(found, Finding)
        assert found.hint.startswith("did you mean")


@pytest.mark.parametrize("rule", [{}, {"get": "/a", "put": "/a"}, {"get": "a"}])
def test_a_rule_has_one_path(rule: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        Grpc.model_validate({"definition": "shop", "rules": {f"{ORDERS}/Hidden": rule}})


def test_a_definition_that_is_not_here_yet_closes_the_route() -> None:
    site = replace(SITE, definitions={Ref("definitions", "shop"): Defined(problem="nobody answers", awaited=True)})
    found = compile_grpc(Grpc(definition="shop"), site)
    assert isinstance(found, Finding)
    assert found.code == "definition.unfetched"
