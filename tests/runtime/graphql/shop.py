"""A shop of three services in REST, as one schema: orders, their customers, and the products in them."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import yaml

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Ref
from crossway.model.graphql import Graphql
from crossway.policies.graphql import compile_graphql
from crossway.runtime.graphql.endpoint import make
from crossway.runtime.handler import Handler
from crossway.sdk.http import Request, Response
from runtime.composing.services import Services

ORDERS = """
openapi: 3.1.0
info: {title: Orders, version: "1"}
servers: [{url: "https://orders.example.com/v1"}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: status, in: query, schema: {$ref: "#/components/schemas/Status"}}
        - {name: x-tenant, in: header, schema: {type: string}}
      responses:
        "200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}}
    post:
      operationId: placeOrder
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
      responses: {"201": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getOrder
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}
    delete:
      operationId: deleteOrder
      responses: {"204": {description: It is gone.}}
components:
  schemas:
    Status: {type: string, enum: [open, sent, on-hold]}
    Order:
      type: object
      required: [id, total, status, lines]
      properties:
        id: {type: string, readOnly: true}
        total: {type: number}
        customerId: {type: integer, format: int64}
        status: {$ref: "#/components/schemas/Status"}
        placed: {type: string, format: date-time}
        lines: {type: array, items: {$ref: "#/components/schemas/Line"}}
        replaces: {$ref: "#/components/schemas/Order"}
        payment: {oneOf: [{$ref: "#/components/schemas/Card"}, {$ref: "#/components/schemas/Invoice"}]}
    Line:
      type: object
      required: [productId]
      properties: {productId: {type: string}, count: {type: integer}, unit-price: {type: number}}
    Card: {type: object, required: [number], properties: {number: {type: string}}}
    Invoice: {type: object, required: [iban], properties: {iban: {type: string}, due: {type: boolean}}}
"""
CUSTOMERS = """
openapi: 3.0.3
info: {title: Customers, version: "1"}
paths:
  /customers:
    get:
      operationId: listCustomers
      parameters: [{name: ids, in: query, schema: {type: array, items: {type: integer, format: int64}}}]
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Customers"}}}}}
  /customers/{id}:
    get:
      operationId: getCustomer
      parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int64}}]
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Customer"}}}}}
components:
  schemas:
    Customers:
      type: object
      properties: {items: {type: array, items: {$ref: "#/components/schemas/Customer"}}}
    Customer:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, format: int64}
        name: {type: string}
        email: {type: string, nullable: true}
        friendIds: {type: array, items: {type: integer}}
"""
LINKS = {
    "Order.customer": {
        "source": "customers",
        "operation": "listCustomers",
        "arguments": {"ids": "customerId"},
        "many": "id",
        "items": "items",
    },
    "Order.buyer": {"source": "customers", "operation": "getCustomer", "arguments": {"id": "customerId"}},
    "Customer.friends": {
        "source": "customers",
        "operation": "listCustomers",
        "arguments": {"ids": "friendIds"},
        "many": "id",
        "items": "items",
        "list": True,
        "size": 2,
    },
    "Customer.orders": {"source": "orders", "operation": "GET /orders", "arguments": {"x_tenant": "name"}},
}
_DATA = {
    "orders": [
        {
            "id": f"o{number}",
            "total": number + 0.5,
            "customerId": number % 2 + 1,
            "status": "on-hold",
            "lines": [{"productId": "tea", "count": number, "unit-price": 0.5}],
            "payment": {"iban": "DE00"} if number % 2 else {"number": "4111"},
        }
        for number in range(4)
    ],
    "customers": [
        {"id": 1, "name": "Ada", "email": None, "friendIds": [2, 3, 9]},
        {"id": 2, "name": "Bob", "email": "bob@example.com", "friendIds": []},
        {"id": 3, "name": "Eve"},
    ],
}


def data() -> dict[str, Any]:
    """Return what the services know: a copy of one's own."""
    return json.loads(json.dumps(_DATA))  # type: ignore[no-any-return]


def settings(**more: object) -> bytes:
    """Return the settings of the step, for the policy with *more* said, and with other `definitions`, as texts."""
    return _settings(json.dumps(more))


@cache
def _settings(said: str) -> bytes:
    more = json.loads(said)
    texts = {"orders": ORDERS, "customers": CUSTOMERS} | more.pop("definitions", {})
    sources = {name: {"service": name, "definition": name} for name in ("orders", "customers")}
    spec = Graphql.model_validate({"sources": sources, "links": LINKS, "limits": {"introspection": "allow"}} | more)
    defined = {Ref("definitions", name): Defined(text.encode()) for name, text in texts.items()}
    fragment = compile_graphql(spec, Site(Ref("routes", "graph"), "default", definitions=defined))
    assert isinstance(fragment, Fragment), fragment
    return bytes(fragment.steps[0].settings)


def shop(known: Mapping[str, Any] | None = None) -> Services:
    """Return the services, which know what is *known*."""
    held = known or data()

    def orders(request: Request) -> Response:
        if request.method == "DELETE":
            return Response(204)
        if request.method == "POST":
            return Response(201, json={"id": "o9", "lines": [], **json.loads(request.body)})
        if request.path == "/v1/orders":
            return Response(json=held["orders"])
        found = [one for one in held["orders"] if one["id"] == request.path.rpartition("/")[2]]
        return Response(json=found[0]) if found else Response(404, json={"secret": "of the service"})

    def customers(request: Request) -> Response:
        if request.path == "/customers":
            ids = {int(one) for one in parse_qs(request.query).get("ids", ())}
            return Response(json={"items": [one for one in held["customers"] if one["id"] in ids]})
        found = [one for one in held["customers"] if str(one["id"]) == request.path.rpartition("/")[2]]
        return Response(json=found[0]) if found else Response(404, json={"secret": "of the service"})

    return Services(orders=orders, customers=customers)


def endpoint(services: Services, **more: Any) -> Handler:
    """Return the handler over *services*, for what `settings` takes."""
    return make(settings(**more), "route graph", services.tools)


def asking(query: str, variables: object = None, **more: Any) -> Request:
    """Return the request for *query*."""
    accept = more.pop("accept", "application/graphql-response+json")
    body = {"query": query} | ({"variables": variables} if variables is not None else {}) | more
    return Request("POST", "/graphql", {"accept": accept, "content-type": "application/json"}, json.dumps(body))


async def answered(handler: Handler, request: Request) -> Response:
    """Return the answer of *handler*, behind which there is nothing."""

    async def nothing(_: Request) -> Response:
        raise AssertionError("nothing is behind it")

    return await handler(request, nothing)


async def told(handler: Handler, query: str, variables: object = None, **more: Any) -> Any:
    """Return what is answered to *query*."""
    return (await answered(handler, asking(query, variables, **more))).json()


def openapi(text: str) -> dict[str, Any]:
    """Return a document, to be changed."""
    return yaml.safe_load(text)  # type: ignore[no-any-return]
