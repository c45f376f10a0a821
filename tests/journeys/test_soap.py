"""SOAP in both directions, asked of the running product: a real service (soapbar) behind it, a real client (zeep)."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import zeep
from zeep.exceptions import Fault
from zeep.wsse.username import UsernameToken

from harness import client
from harness.background import Background
from harness.gateway import Gateway
from harness.soap import PASSWORD, RPC, SOAP_12, Service
from harness.upstreams import Upstreams

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services:
  calculator: "http://127.0.0.1:$calculator"
  modern: "http://127.0.0.1:$modern"
  secured: "http://127.0.0.1:$secured"
  gateway: "http://127.0.0.1:$http"
  echo: "http://127.0.0.1:$echo"
definitions:
  calculator: {text: $calculator_wsdl}
  modern: {text: $modern_wsdl}
  orders: {text: $openapi}
routes:
  rest:
    matches: [{path: /rest/*}]
    to: calculator
    policies:
      soap_backend:
        definition: calculator
        openapi: /openapi.json
        attachments: mtom
        operations: {add: {method: GET, path: "/sums/{a}/{b}"}, divide: {}, greet: {}, size: {}}
  modern: {matches: [{path: /modern/*}], to: modern, policies: {soap_backend: {definition: modern}}}
  secured:
    matches: [{path: /secured/*}]
    to: secured
    policies:
      soap_backend:
        definition: calculator
        username_token: {username: ada, password: $password, type: digest, lifetime: 5m}
  soap:
    matches: [{path: /soap}]
    policies:
      soap:
        name: Orders
        namespace: "urn:example:orders"
        username_token: basic
        operations:
          GetOrder:
            request: {id: string, lines: "integer[]", note: "string?"}
            response: {path: string, lines: [{number: integer}], authorization: "string?"}
            call:
              service: echo
              path: "/orders/{params.id}"
              forward: [authorization]
              answer: {path: body.path, lines: "params.lines[].{number: @}",
                       authorization: body.headers.authorization}
            faults: {404: OrderNotFound}
          DropOrder:
            request: {id: string}
            call: {service: echo, path: "/orders/{params.id}", query: {status: "404"}}
            faults: {404: OrderNotFound}
  both:
    matches: [{path: /both}]
    policies:
      soap:
        definition: calculator
        operations:
          add: {call: {service: gateway, path: "/rest/sums/{params.a}/{params.b}"}}
          divide: {call: {service: gateway, path: /rest/divide, method: POST, body: params}}
  described:
    matches: [{path: /described}]
    policies: {soap: {definition: orders, service: echo, namespace: "urn:example:described"}}
"""
OPENAPI = {
    "openapi": "3.0.3",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "http://orders.example.com/v1"}],
    "paths": {
        "/orders/{order-id}": {
            "parameters": [{"name": "order-id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "put": {
                "operationId": "putOrder",
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Echo"}}}}
                },
            },
        }
    },
    "components": {
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["total"],
                "properties": {
                    "total": {"type": "number"},
                    "state": {"type": "string", "enum": ["open", "paid"]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                },
            },
            "Echo": {"type": "object", "properties": {"path": {"type": "string"}, "body": {"type": "string"}}},
        }
    },
}


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    plain, modern = Service(), Service(SOAP_12, RPC)
    with ExitStack() as stack:
        values = {
            "calculator": stack.enter_context(plain.served()),
            "modern": stack.enter_context(modern.served()),
            "secured": stack.enter_context(Service(secured=True).served()),
            "calculator_wsdl": json.dumps(plain.wsdl),
            "modern_wsdl": json.dumps(modern.wsdl),
            "openapi": json.dumps(json.dumps(OPENAPI)),
            "password": json.dumps(PASSWORD),
            "echo": upstreams.echo("echo").port,
        }
        with background.entered(Gateway(CONFIG, **values)) as running:
            yield running


@pytest.fixture(scope="module")
def orders(gateway: Gateway) -> zeep.Client:
    return zeep.Client(f"http://127.0.0.1:{gateway.port('http')}/soap?wsdl")


async def post(gateway: Gateway, path: str, body: object) -> client.Answer:
    headers = {"content-type": "application/json"}
    return await client.request(gateway.port("http"), path, method="POST", headers=headers, body=json.dumps(body))


@pytest.mark.parametrize("path", ["/modern/add", "/secured/add"])
async def test_a_client_of_rest_calls_a_service_of_soap(gateway: Gateway, path: str) -> None:
    answer = await post(gateway, path, {"a": 3, "b": 4})
    assert (answer.status, answer.json) == (200, {"return": 7})
    assert answer.headers["content-type"] == "application/json"


async def test_rest_has_paths_faults_and_attachments(gateway: Gateway) -> None:
    answer = await client.request(gateway.port("http"), "/rest/sums/3/4")
    assert (answer.status, answer.json) == (200, {"return": 7})
    refused = await post(gateway, "/rest/divide", {"a": 1, "b": 0})
    assert (refused.status, refused.json["detail"]) == (400, "Nothing can be divided by zero")
    assert refused.headers["content-type"] == "application/problem+json"
    size = await post(gateway, "/rest/size", {"data": "AAAA" * 10_000})
    assert (size.status, size.json) == (200, {"return": 30_000})


async def test_the_rest_api_is_described(gateway: Gateway) -> None:
    answer = await client.request(gateway.port("http"), "/rest/openapi.json")
    assert (answer.status, sorted(answer.json["paths"])) == (
        200,
        ["/rest/divide", "/rest/greet", "/rest/size", "/rest/sums/{a}/{b}"],
    )


async def test_a_client_of_soap_calls_a_service_of_rest(orders: zeep.Client) -> None:
    for port in ("OrdersSoap11", "OrdersSoap12"):
        service = orders.bind("Orders", port)
        found = await asyncio.to_thread(service.GetOrder, id="a b", lines=[1, 2])
        assert found.path == "/orders/a%20b"
        assert [line.number for line in found.lines] == [1, 2]
        with pytest.raises(Fault) as caught:
            await asyncio.to_thread(service.DropOrder, id="7")
        assert caught.value.detail is not None
        assert "OrderNotFound" in [each.tag.rpartition("}")[2] for each in caught.value.detail]


async def test_a_username_token_is_handed_on(gateway: Gateway) -> None:
    address = f"http://127.0.0.1:{gateway.port('http')}/soap?wsdl"
    known = await asyncio.to_thread(zeep.Client, address, wsse=UsernameToken("ada", "secret"))
    found = await asyncio.to_thread(known.service.GetOrder, id="7")
    assert found.authorization == "Basic YWRhOnNlY3JldA=="
    digest = await asyncio.to_thread(zeep.Client, address, wsse=UsernameToken("ada", "secret", use_digest=True))
    with pytest.raises(Fault, match="digest"):
        await asyncio.to_thread(digest.service.GetOrder, id="7")


async def test_a_service_of_soap_is_called_through_rest_by_a_client_of_soap(gateway: Gateway) -> None:
    both = await asyncio.to_thread(zeep.Client, f"http://127.0.0.1:{gateway.port('http')}/both?wsdl")
    assert await asyncio.to_thread(both.service.add, 3, 4) == 7
    with pytest.raises(Fault, match="Nothing can be divided by zero"):
        await asyncio.to_thread(both.service.divide, 1, 0)


async def test_operations_come_of_an_openapi_document(gateway: Gateway) -> None:
    described = await asyncio.to_thread(zeep.Client, f"http://127.0.0.1:{gateway.port('http')}/described?wsdl")
    order = {"total": 1.5, "state": "open", "parts": [{"total": 2, "parts": []}]}
    found = await asyncio.to_thread(described.service.putOrder, **{"order-id": "7", "dry": True, "body": order})
    assert found.path == "/v1/orders/7?dry=true"
    assert json.loads(found.body) == order | {"parts": [{"total": 2.0, "parts": []}]}
