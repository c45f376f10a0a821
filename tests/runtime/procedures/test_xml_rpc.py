import asyncio
from typing import Any
from xmlrpc.client import Fault, dumps, loads

import pytest

from crossway.model.operation import Called
from crossway.model.procedures import RpcServer, XmlRpc
from crossway.runtime.procedures.xml_rpc import make
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, nothing_behind, says

GET = {"service": "orders", "path": "/orders/{params.id}", "parameters": ["id"], "errors": {409: 7}}
ADA = says({"name": "Ada"})


def server(services: Services, **given: Any) -> Any:
    spec = XmlRpc.model_validate({"methods": {"get": GET}} | given)
    settings = RpcServer(
        methods={name: Called(operation=method) for name, method in spec.methods.items()},
        parameters={name: method.parameters for name, method in spec.methods.items()},
        errors={name: method.errors for name, method in spec.methods.items()},
        max_batch=spec.max_batch,
        parallel=spec.parallel,
        timeout=spec.timeout.total_seconds(),
        max_body=spec.max_body,
    )
    return make(settings.model_dump_json().encode(), "routes.rpc", services.tools)


async def answered(content: bytes | str, answering: Answering = ADA, **given: Any) -> Response:
    request = Request("POST", "/RPC2", {"content-type": "text/xml; charset=utf-8"}, content)
    response: Response = await server(Services(orders=answering), **given)(request, nothing_behind)
    return response


async def called(name: str, *params: Any, answering: Answering = ADA, **given: Any) -> Any:
    response = await answered(dumps(params, name, allow_none=True), answering, **given)
    assert (response.status, response.headers["content-type"]) == (200, "text/xml")
    ((value,), _) = loads(response.text)
    return value


async def fault(name: str, *params: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(Fault) as caught:
        await called(name, *params, **given)
    return caught.value.faultCode, caught.value.faultString


async def test_a_client_of_the_standard_library_is_answered():
    value = {"a": [1, 2.5, "<&>", True, None], "b": {"c": 2**31 - 1}}
    assert await called("get", 7, answering=says(value)) == value


@pytest.mark.parametrize(
    ("answering", "params", "code"),
    [
        (says({}, 404), (7,), 404),
        (says({}, 409), (7,), 7),
        (says({}), (1, 2), -32602),
        (says({}), (), -32602),
        (never, (7,), -32300),
        (says({"n": 2**63}), (7,), -32603),
        (says("\0"), (7,), -32603),
    ],
)
async def test_what_goes_wrong_is_a_fault(answering: Answering, params: tuple[object, ...], code: int):
    async with asyncio.timeout(10):
        assert (await fault("get", *params, answering=answering, timeout="100ms"))[0] == code


async def test_a_method_that_is_not_there_is_a_fault():
    assert await fault("drop") == (-32601, "There is no method 'drop'.")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<methodCall>", "is no XML"),
        ("", "is no XML"),
        ("<methodResponse/>", "is no methodCall"),
        ("<methodCall/>", "has no methodName"),
        (
            "<methodCall><methodName>a</methodName><params><param><value><int>x</int></value></param></params></methodCall>",
            "a value",
        ),
        ('<!DOCTYPE a [<!ENTITY b "c">]><methodCall><methodName>&b;</methodName></methodCall>', "has a document type"),
        (
            "<methodCall><methodName>a</methodName><params><param><value><struct>"
            + 2 * "<member><name>a</name><value>1</value></member>"
            + "</struct></value></param></params></methodCall>",
            "has a member twice",
        ),
        ("<methodCall><methodName>a</methodName><params><param>" + "<value><array><data>" * 10_000, "levels deep"),
    ],
)
async def test_what_is_no_call_is_told(content: str, why: str):
    response = await answered(content)
    with pytest.raises(Fault) as caught:
        loads(response.text)
    assert caught.value.faultCode == -32700
    assert why in caught.value.faultString


async def test_many_calls_are_made_in_one():
    calls = [
        {"methodName": "get", "params": [1]},
        {"methodName": "drop", "params": []},
        {"methodName": "system.multicall", "params": []},
        "nonsense",
    ]
    value, *faults = await called("system.multicall", calls)
    assert value == [{"name": "Ada"}]
    assert [one["faultCode"] for one in faults] == [-32601, -32600, -32602]


@pytest.mark.parametrize(("params", "code"), [((5,), -32602), (([{}] * 10_000,), -32600)])
async def test_too_many_or_none_are_refused_as_a_whole(params: tuple[object, ...], code: int):
    assert (await fault("system.multicall", *params))[0] == code


async def test_the_methods_are_listed():
    assert await called("system.listMethods") == ["get", "system.listMethods", "system.multicall"]


async def test_what_is_too_large_is_refused():
    response = await answered(dumps(("x" * 100,), "get"), max_body=100)
    assert response.status == 413
    assert "more than 100 bytes" in response.text


@pytest.mark.parametrize(("method", "kind", "status"), [("GET", "text/xml", 405), ("POST", "application/json", 415)])
async def test_what_is_no_xml_rpc_over_http_is_told_in_http(method: str, kind: str, status: int):
    response = await server(Services())(Request(method, "/", {"content-type": kind}), nothing_behind)
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
