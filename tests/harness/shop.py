"""A GraphQL server: a shop with customers and orders, over HTTP, SSE and WebSockets (`graphql-transport-ws`).

It counts how often each of its resolvers was called, and keeps the requests that it was sent.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any, Self

import uvicorn
from ariadne import MutationType, ObjectType, QueryType, SubscriptionType, make_executable_schema
from ariadne.asgi import GraphQL
from ariadne.asgi.handlers import GraphQLTransportWSHandler
from ariadne.contrib.sse import GraphQLHTTPSSEHandler

from harness.waiting import until

SDL = """
directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT
directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION

type Query {
  hello: String!
  node(id: ID!): Node
  customer(id: ID!): Customer
  customers(first: Int = 5): [Customer!]!
  orders(first: Int, after: String): Orders!
  report: Report @cost(weight: "50")
  me: Customer @authenticated
}
interface Node { id: ID! }
interface Person { id: ID! name: String! email: String }
type Customer implements Node & Person {
  id: ID!
  name: String!
  email: String @requiresScopes(scopes: [["customers:read", "pii"], ["admin"]])
  friends(limit: Int): [Customer!]!
  orders(first: Int): Orders!
}
type Orders { edges: [OrderEdge!]! nodes: [Order!]! total: Int! }
type OrderEdge { node: Order! cursor: String! }
type Order implements Node { id: ID! total: Int! customer: Customer! lines: [Line!]! @listSize(assumedSize: 3) }
type Line { sku: String! }
type Report @requiresScopes(scopes: [["reports"]]) { rows: Int! }
type Mutation { addOrder(total: Int!): Order! }
type Subscription { counted(to: Int!): Int! ticks: Int! }
"""


class Shop:
    """The server, inside ``async with``."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = listening.getsockname()[1]
        app = GraphQL(
            self._schema(),
            websocket_handler=GraphQLTransportWSHandler(),
            http_handler=GraphQLHTTPSSEHandler(ping_interval=60),
            execute_get_queries=True,
            logger="shop",
        )
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="websockets-sansio"))
        self._task = asyncio.ensure_future(self._server.serve([listening]))
        await until(lambda: self._server.started)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        await self._task

    def _schema(self) -> Any:
        query, mutation, subscription = QueryType(), MutationType(), SubscriptionType()
        customer, orders, order = ObjectType("Customer"), ObjectType("Orders"), ObjectType("Order")

        def counted(name: str, value: Any) -> Any:
            def resolve(*_: Any, **arguments: Any) -> Any:
                self.calls[name] += 1
                return value(arguments) if callable(value) else value

            return resolve

        def person(arguments: dict[str, Any]) -> dict[str, Any]:
            return {"id": arguments.get("id", "1"), "name": "Ada", "email": "ada@shop.test", "__typename": "Customer"}

        many = counted("Orders", lambda arguments: {"count": min(arguments.get("first") or 2, 5)})
        query.set_field("hello", counted("hello", "world"))
        query.set_field("customer", counted("customer", lambda told: person(told) if told["id"] != "0" else None))
        query.set_field("node", counted("node", person))
        query.set_field("me", counted("me", person({})))
        query.set_field("customers", counted("customers", lambda told: [person({})] * told["first"]))
        query.set_field("orders", many)
        query.set_field("report", counted("report", {"rows": 3}))
        customer.set_field("friends", counted("friends", [person({})]))
        customer.set_field("orders", many)
        one = {"id": "7", "total": 10, "lines": [{"sku": "a"}]}
        orders.set_field("nodes", lambda of, _: [one] * of["count"])
        orders.set_field("edges", lambda of, _: [{"node": one, "cursor": "c"}] * of["count"])
        orders.set_field("total", lambda of, _: of["count"])
        order.set_field("customer", counted("Order.customer", person({})))
        mutation.set_field("addOrder", counted("addOrder", lambda told: one | {"total": told["total"]}))

        async def count(_: Any, __: Any, to: int) -> AsyncGenerator[int, None]:
            for number in range(to):
                yield number

        async def tick(_: Any, __: Any) -> AsyncGenerator[int, None]:
            self.calls["ticks"] += 1
            try:
                yield 0
                await asyncio.Event().wait()
            finally:
                self.calls["ticks ended"] += 1

        for name, source in (("counted", count), ("ticks", tick)):
            subscription.set_source(name, source)
            subscription.set_field(name, lambda value, _, **__: value)
        return make_executable_schema(SDL, query, mutation, subscription, customer, orders, order)
