import asyncio
import json
from typing import Any

import pytest

from crossway.model.operation import Called
from crossway.model.procedures import JsonRpc, RpcServer
from crossway.runtime.procedures.json_rpc import make
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, nothing_behind, says

GET = {"service": "orders", "path": "/orders/{params.id}", "parameters": ["id"]}
ADA = says({"name": "Ada"})


def server(services: Services, **given: Any) -> Any:
    """Return the handler with the method ``get``, and with what else is *given*."""
    spec = JsonRpc.model_validate({"methods": {"get": GET}} | given)
    settings = RpcServer(
        methods={name: Called(operation=method) for name, method in spec.methods.items()},
        parameters={name: method.parameters for name, method in spec.methods.items() if method.parameters},
        errors={name: method.errors for name, method in spec.methods.items()},
        max_batch=spec.max_batch,
        parallel=spec.parallel,
        timeout=spec.timeout.total_seconds(),
        max_body=spec.max_body,
    )
    return make(settings.model_dump_json().encode(), "routes.rpc", services.tools)


async def answered(body: object, answering: Answering = ADA, **given: Any) -> Response:
    handle = server(Services(orders=answering), **given)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response: Response = await handle(
        Request("POST", "/rpc", {"content-type": "application/json"}, content), nothing_behind
    )
    return response


async def said(body: object, answering: Answering = ADA, **given: Any) -> Any:
    response = await answered(body, answering, **given)
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    return response.json()


def call(**more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": "get", "params": [7], "id": 1} | more


def error(code: int, message: str, number: object = None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": number}


@pytest.mark.parametrize("number", ["a", 0, 1.5, -1, None])
async def test_an_id_is_given_back_as_it_is(number: object):
    assert await said(call(id=number)) == {"jsonrpc": "2.0", "result": {"name": "Ada"}, "id": number}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"{", -32700, "The request is no JSON: Expecting property name"),
        (b'{"jsonrpc": "2.0", "method": "get", "method": "drop", "id": 1}', -32700, "has the key 'method' twice"),
        (b"\xff", -32700, "The request is not in UTF-8."),
        (b"[" * 100_000, -32700, "The request is nested too deeply."),
        (b'{"id": NaN}', -32700, "NaN is no value"),
        ([], -32600, "between 1 and 50 calls, and this one has 0"),
        ([{}] * 10_000, -32600, "between 1 and 50 calls, and this one has 10000"),
        (1, -32600, "A call is an object."),
        (call(jsonrpc="1.0", id=None), -32600, "A call of JSON-RPC 2.0 has jsonrpc: '2.0'."),
        ({"method": "get", "params": [7], "id": None}, -32600, "A call of JSON-RPC 2.0 has jsonrpc: '2.0'."),
        (call(method=1, id=None), -32600, "the name of its method"),
        (call(params="x", id=None), -32600, "an object or a list"),
        (call(id={}), -32600, "The id of a call is a text or a number."),
        (call(id=True), -32600, "The id of a call is a text or a number."),
    ],
)
async def test_what_is_no_request_is_told(body: object, code: int, message: str):
    answer = await said(body)
    assert (answer["error"]["code"], answer["id"]) == (code, None)
    assert message in answer["error"]["message"]


async def test_a_batch_is_answered_in_its_order_and_notifications_are_not():
    batch = [call(id=1), call(id=2, jsonrpc="1.0"), {"jsonrpc": "2.0", "method": "get", "params": [8]}, 5, call(id=4)]
    answers = await said(batch)
    assert [(answer["id"], "result" in answer) for answer in answers] == [
        (1, True),
        (2, False),
        (None, False),
        (4, True),
    ]


async def test_notifications_alone_are_answered_with_nothing_and_are_made():
    services = Services(orders=says({}))
    notification = {"jsonrpc": "2.0", "method": "get", "params": {"id": 8}}
    content = json.dumps([notification, notification]).encode()
    request = Request("POST", "/rpc", {"content-type": "application/json"}, content)
    response = await server(services)(request, nothing_behind)
    assert (response.status, response.body) == (204, b"")
    assert services.targets == ["/orders/8", "/orders/8"]


async def test_of_a_batch_only_some_calls_run_at_once():
    async def slow(_: Request) -> Response:
        await asyncio.sleep(0)
        return Response(json={})

    services = Services(orders=slow)
    content = json.dumps([call(id=number) for number in range(20)]).encode()
    request = Request("POST", "/rpc", {"content-type": "application/json"}, content)
    await server(services, parallel=3)(request, nothing_behind)
    assert services.most == 3


@pytest.mark.parametrize(
    ("answering", "params", "code", "data"),
    [
        (says({"why": "x"}, 404), [7], -32000, {"code": "call.refused", "status": 404, "body": {"why": "x"}}),
        (says({"why": "x"}, 422), [7], -32602, {"code": "call.refused", "status": 422, "body": {"why": "x"}}),
        (says(None, 409), [7], -7, {"code": "call.refused", "status": 409}),
        (says(None, 503), [7], -8, {"code": "call.refused", "status": 503}),
        (says({}), [1, 2], -32602, {"code": "rpc.unfit_params", "status": 400}),
        (says({}), {}, -32602, {"code": "call.invalid", "status": 400}),
        (says({}), None, -32600, None),
        (never, [7], -32000, {"code": "call.timeout", "status": 504}),
    ],
)
async def test_an_error_has_a_code_and_what_the_service_said(answering: Answering, params: Any, code: int, data: Any):
    given = {"methods": {"get": GET | {"errors": {409: -7, "5xx": -8}}}, "timeout": "100ms"}
    answer = await said(call(params=params), answering, **given)
    assert (answer["error"]["code"], answer["error"].get("data"), answer["id"]) == (code, data, 1)


async def test_what_is_ready_when_the_time_is_over_is_given():
    given = {"methods": {"get": GET, "never": {"service": "away", "path": "/x"}}, "timeout": "50ms"}
    handle = server(Services(orders=says({}), away=never), **given)
    content = json.dumps([call(), call(method="never", id=2)]).encode()
    response = await handle(Request("POST", "/rpc", {"content-type": "application/json"}, content), nothing_behind)
    assert [("result" in one, one["id"]) for one in response.json()] == [(True, 1), (False, 2)]


async def test_what_is_too_large_is_refused():
    response = await answered(call(params=["x" * 100]), max_body=100)
    assert response.status == 413
    assert response.json() == error(-32600, "The request has more than 100 bytes.")


@pytest.mark.parametrize(
    ("method", "kind", "status"), [("GET", "application/json", 405), ("POST", "text/plain", 415), ("POST", "", 415)]
)
async def test_what_is_no_json_rpc_over_http_is_told_in_http(method: str, kind: str, status: int):
    handle = server(Services())
    response = await handle(Request(method, "/rpc", {"content-type": kind} if kind else {}), nothing_behind)
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
