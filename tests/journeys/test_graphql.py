"""GraphQL through the gateway, over real services: one in REST and one in gRPC, joined in both directions."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from graphql import build_client_schema, get_introspection_query

from examples.service import Answer, Handler, Server
from harness import client
from harness.background import Background
from harness.gateway import Gateway

pytestmark = pytest.mark.journey

SHOP = (Path(__file__).parents[1] / "data/shop.pb").read_bytes()
ITEMS = {
    "openapi": "3.1.0",
    "paths": {
        "/items/{name}": {
            "get": {
                "operationId": "getItem",
                "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}}
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Item": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "orderId": {"type": "string"}, "self": {"type": "string"}},
            }
        }
    },
}
CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {shop: "h2c://127.0.0.1:$shop", items: "http://127.0.0.1:$items"}
definitions: {shop: {text: $shop_set}, items: {text: $items_text}}
routes:
  graph:
    matches: [{path: /graphql}]
    policies:
      graphql:
        sources: {shop: {service: shop, definition: shop}, items: {service: items, definition: items}}
        links:
          Order.thing: {source: items, operation: getItem, arguments: {name: item}}
          Item.order: {source: shop, operation: GetOrder, arguments: {id: orderId}}
        limits: {introspection: allow}
"""


class GrpcShop(grpc.GenericRpcHandler):
    """The orders of `shop.proto`, and how often they were asked for."""

    def __init__(self) -> None:
        self.asked: list[Message] = []
        pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(SHOP).file:
            pool.AddSerializedFile(file.SerializeToString())
        self._service = pool.FindServiceByName("shop.v1.Orders")

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
        method = self._service.FindMethodByName(details.method.rpartition("/")[2])
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

        def answer(asked: Any, context: grpc.ServicerContext) -> Message:
            self.asked.append(asked)
            if method.name == "CreateOrder":
                return asked.order  # type: ignore[no-any-return]
            if asked.id == "none":
                context.abort(grpc.StatusCode.NOT_FOUND, "a secret")
            order: Any = response(id=asked.id, item="tea", quantity=2**53 + 1, unit_price=2.5, state=1)
            order.labels["a"] = "b"
            return order  # type: ignore[no-any-return]

        return grpc.unary_unary_rpc_method_handler(answer, request.FromString, response.SerializeToString)


class Running:
    """The gateway, and what is behind it."""

    def __init__(self, gateway: Gateway, shop: GrpcShop, items: list[str]) -> None:
        self.gateway, self.shop, self.items = gateway, shop, items

    async def ask(self, query: str, variables: object = None) -> Any:
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        body = json.dumps({"query": query, "variables": variables})
        port = int(str(self.gateway.values["http"]))
        answer = await client.request(port, "/graphql", method="POST", headers=headers, body=body)
        return answer.json


@pytest.fixture(scope="module")
def running(background: Background) -> Iterator[Running]:
    asked: list[str] = []

    def item(method: str, path: str, _: bytes) -> Answer:
        asked.append(f"{method} {path}")
        name = path.rpartition("/")[2]
        return 200, {"name": name, "orderId": "o7"}

    shop = GrpcShop()
    orders = grpc.server(ThreadPoolExecutor(2))
    orders.add_generic_rpc_handlers([shop])
    port = orders.add_insecure_port("127.0.0.1:0")
    orders.start()
    with Server(("127.0.0.1", 0), partial(Handler, item)) as items:
        thread = Thread(target=items.serve_forever)
        thread.start()
        text = CONFIG.replace("$shop_set", json.dumps(base64.b64encode(SHOP).decode()))
        text = text.replace("$items_text", json.dumps(json.dumps(ITEMS)).replace("$", "$$"))
        with background.entered(Gateway(text, shop=port, items=items.server_address[1])) as gateway:
            yield Running(gateway, shop, asked)
        items.shutdown()
        thread.join()
    orders.stop(grace=None).wait()


async def test_a_message_is_an_object_and_links_lead_on(running: Running) -> None:
    query = """query($id: String) { getOrder(id: $id, withParts: true) {
      id quantity unitPrice state tags partOf { id } labels thing { name order { id thing { name } } }
    } }"""
    answer = await running.ask(query, {"id": "o1"})
    assert answer == {
        "data": {
            "getOrder": {
                "id": "o1",
                "quantity": 2**53 + 1,
                "unitPrice": 2.5,
                "state": "PAID",
                "tags": [],
                "partOf": None,
                "labels": {"a": "b"},
                "thing": {"name": "tea", "order": {"id": "o7", "thing": {"name": "tea"}}},
            }
        }
    }
    assert running.items == ["GET /items/tea"]


async def test_a_mutation_sends_a_message(running: Running) -> None:
    query = "mutation($o: OrderInput) { createOrder(order: $o, dryRun: true) { id quantity tags state } }"
    answer = await running.ask(query, {"o": {"id": "n", "quantity": "12345678901", "tags": ["x"], "state": "PAID"}})
    assert answer == {"data": {"createOrder": {"id": "n", "quantity": 12345678901, "tags": ["x"], "state": "PAID"}}}
    assert running.shop.asked[-1].dry_run  # type: ignore[attr-defined]


async def test_a_status_of_grpc_is_an_error_without_its_message(running: Running) -> None:
    answer = await running.ask('{ getOrder(id: "none") { id } getItem(name: "x") { name } }')
    assert answer["data"] == {"getOrder": None, "getItem": {"name": "x"}}
    (error,) = answer["errors"]
    assert error["path"] == ["getOrder"]
    assert error["extensions"] == {
        "code": "DOWNSTREAM_SERVICE_ERROR",
        "service": "shop",
        "status": 404,
        "grpcStatus": 5,
    }
    assert "secret" not in json.dumps(answer)


async def test_tools_are_told_the_schema(running: Running) -> None:
    answer = await running.ask(get_introspection_query())
    schema = build_client_schema(answer["data"])
    assert {"Order", "Item", "State", "Summary", "HttpBody"} <= set(schema.type_map)
