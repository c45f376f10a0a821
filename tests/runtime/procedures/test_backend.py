import json
from typing import Any

import pytest

from crossway.model import PathMatch
from crossway.model.procedures import JsonRpcBackend, RpcClient
from crossway.runtime.procedures.backend import make
from crossway.runtime.procedures.xml_values import write_answer, write_fault
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, nothing_behind

ENDPOINTS = {
    "get": {"method": "GET", "path": "/orders/{id}", "call": "orders.get", "params": ["path.id"], "errors": {-5: 404}},
    "add": {"path": "/orders", "call": "orders.add", "params": "body", "answer": {"id": "result.id"}},
}


def client(kind: str, services: Services, **given: Any) -> Any:
    spec = JsonRpcBackend.model_validate({"service": "orders", "path": "/rpc", "endpoints": ENDPOINTS} | given)
    settings = RpcClient(
        kind="json" if kind == "json" else "xml", backend=spec, below=PathMatch.model_validate("/api/*")
    )
    return make(settings.model_dump_json().encode(), "routes.api", services.tools)


async def answered(
    answering: Answering, request: Request | None = None, kind: str = "json", **given: Any
) -> tuple[Response, Services]:
    services = Services(orders=answering)
    response = await client(kind, services, **given)(request or Request("GET", "/api/orders/a%20b"), nothing_behind)
    return response, services


def says(**said: object) -> Answering:
    return lambda _: Response(json={"jsonrpc": "2.0", "id": 1} | said)


def xml(content: bytes) -> Answering:
    return lambda _: Response(200, {"content-type": "text/xml"}, content)


async def test_a_request_is_a_call():
    response, services = await answered(says(result={"name": "Ada"}))
    assert (response.status, response.json()) == (200, {"name": "Ada"})
    ((_, call),) = services.received
    assert (call.method, call.path, call.headers["content-type"]) == ("POST", "/rpc", "application/json")
    said = json.loads(call.body)
    assert isinstance(said.pop("id"), int)
    assert said == {"jsonrpc": "2.0", "method": "orders.get", "params": ["a b"]}


async def test_an_answer_can_be_shaped():
    request = Request("POST", "/api/orders", json={"size": 2})
    response, services = await answered(says(result={"id": 7, "more": 1}), request)
    assert response.json() == {"id": 7}
    assert json.loads(services.received[0][1].body)["params"] == {"size": 2}


async def test_the_same_in_xml():
    response, services = await answered(xml(write_answer({"name": "Ada"})), kind="xml")
    assert response.json() == {"name": "Ada"}
    assert b"<methodName>orders.get</methodName>" in services.received[0][1].body
    assert services.received[0][1].headers["content-type"] == "text/xml"


@pytest.mark.parametrize(
    ("kind", "answering", "status", "code"),
    [
        ("json", says(error={"code": -32602, "message": "no"}), 400, "rpc.refused"),
        ("json", says(error={"code": -32601, "message": "no"}), 501, "rpc.refused"),
        ("json", says(error={"code": -5, "message": "no", "data": [1]}), 404, "rpc.refused"),
        ("json", says(error={"code": 1, "message": "no"}), 502, "rpc.refused"),
        ("json", says(error="no"), 502, "rpc.malformed"),
        ("json", says(), 502, "rpc.malformed"),
        ("json", says(result=1, error=None), 502, "rpc.malformed"),
        ("json", lambda _: Response(500, body=b"<html>"), 502, "rpc.malformed"),
        ("json", lambda _: Response(200, body=b"a" * 1001), 502, "rpc.too_large"),
        ("json", never, 504, "rpc.timeout"),
        ("xml", xml(write_fault(-5, "no")), 404, "rpc.refused"),
        ("xml", xml(write_fault(4, "no")), 502, "rpc.refused"),
        ("xml", xml(b"<a/>"), 502, "rpc.malformed"),
    ],
)
async def test_what_goes_wrong_is_a_problem(kind: str, answering: Answering, status: int, code: str):
    response, _ = await answered(answering, kind=kind, timeout="100ms", max_body=1000)
    assert (response.status, response.json()["code"]) == (status, code)
    if code == "rpc.refused":
        assert response.json()["detail"] == "no"


@pytest.mark.parametrize(
    ("request_", "kind", "status"),
    [
        (Request("GET", "/api/nothing"), "json", 404),
        (Request("DELETE", "/api/orders/7"), "json", 405),
        (Request("POST", "/api/orders", {"content-type": "application/json"}, b"{"), "json", 400),
        (Request("POST", "/api/orders", json="text"), "json", 400),
        (Request("POST", "/api/orders", json={"a": 1}), "xml", 400),
        (Request("POST", "/api/orders", json="x" * 2000), "json", 413),
    ],
)
async def test_what_cannot_be_called_is_told_and_not_called(request_: Request, kind: str, status: int):
    response, services = await answered(never, request_, kind, max_body=1000)
    assert (response.status, services.received) == (status, [])
