from typing import Any

import pytest
from msgspec import json

from crossway.compile.contract import Fragment, Site
from crossway.compile.procedures import compile_backend, compile_methods
from crossway.model import Finding, PathMatch, Ref
from crossway.model.procedures import JsonRpc, JsonRpcBackend

SITE = Site(Ref("routes", "r"), "shop", PathMatch.model_validate("/api/*"))


def settings(found: Fragment | Finding) -> Any:
    assert isinstance(found, Fragment)
    (step,) = found.steps
    return json.decode(step.settings)


def test_methods_are_calls_of_clusters():
    method = {"service": "orders", "path": "/{params.id}", "parameters": ["id"], "errors": {404: -1}}
    found = settings(compile_methods(JsonRpc.model_validate({"methods": {"get": method}}), SITE, "json_rpc"))
    assert found["methods"]["get"]["operation"]["service"] == SITE.cluster("orders")
    assert (found["parameters"], found["errors"], found["timeout"]) == ({"get": ["id"]}, {"get": {"404": -1}}, 15.0)


def test_parameters_that_are_named_are_known():
    method = {"service": "orders", "path": "/{params.di}", "parameters": ["id"]}
    found = compile_methods(JsonRpc.model_validate({"methods": {"get": method}}), SITE, "json_rpc")
    assert isinstance(found, Finding)
    assert (found.code, found.path, found.hint) == (
        "operation.unknown_name",
        ("methods", "get", "path"),
        "",
    )


def backend(**endpoint: object) -> JsonRpcBackend:
    return JsonRpcBackend.model_validate(
        {"service": "orders", "endpoints": {"get": {"path": "/orders/{id}", "call": "get"} | endpoint}}
    )


def test_a_backend_is_called_by_its_cluster_below_the_path_of_the_route():
    found = settings(compile_backend(backend(params={"id": "path.id"}), SITE, "xml"))
    assert (found["kind"], found["backend"]["service"]) == ("xml", SITE.cluster("orders"))
    assert found["below"] == {"kind": "prefix", "value": "/api"}


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ({"params": ["path.di"]}, ("endpoints", "get", "params", 0)),
        ({"params": "result"}, ("endpoints", "get", "params")),
        ({"answer": {"a": "reslt.b"}}, ("endpoints", "get", "answer", "a")),
    ],
)
def test_an_expression_mentions_what_is_there(endpoint: dict[str, object], path: tuple[object, ...]):
    found = compile_backend(backend(**endpoint), SITE, "json")
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("operation.unknown_name", path)


def test_two_endpoints_for_the_same_requests_clash():
    other = {"path": "/orders/{name}", "call": "find"}
    spec = backend().model_copy(
        update={"endpoints": {**backend().endpoints, "find": backend(**other).endpoints["get"]}}
    )
    found = compile_backend(spec, SITE, "json")
    assert isinstance(found, Finding)
    assert (found.code, found.path) == ("endpoint.clash", ("endpoints", "find", "path"))
