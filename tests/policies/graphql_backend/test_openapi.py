"""How the REST API over a backend is described."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from crossway.model.graphql_backend import GraphqlEndpoint
from crossway.policies.graphql_backend.openapi import Description

SDL = """
type Query { order(id: ID!): Order  orders(state: State, first: Int = 5): [Order!]!  found: Found }
type Mutation { place(order: NewOrder!, note: String): Order! }
interface Item { id: ID! }
type Order implements Item { id: ID!  total: Float  state: State!  placed: Date  tags: [String]  lines: [Line!] }
type Line { count: Int!  gift: Boolean  order: Order! }
union Found = Order | Line
enum State { OPEN SENT }
scalar Date
input NewOrder { total: Float!  state: State! = OPEN  lines: [NewLine!]!  parent: NewOrder }
input NewLine { count: Int }
"""
LINE = {"type": "object", "properties": {"count": {"type": "integer", "format": "int32"}}}


def described(query: str, only: str = "", prefix: str = "", **endpoint: Any) -> dict[str, Any]:
    """Return the description of one endpoint."""
    made = GraphqlEndpoint.model_validate({"method": "GET", "path": "/x", "query": query} | endpoint)
    document = parse(query)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    description = Description(build_schema(SDL), prefix)
    description.add("one", made, document, operation, only)
    return description.document("Orders")


def operation(query: str, only: str = "", **endpoint: Any) -> dict[str, Any]:
    (path,) = described(query, only, **endpoint)["paths"].values()
    (found,) = path.values()
    return found  # type: ignore[no-any-return]


def answer(query: str, only: str = "", **endpoint: Any) -> Any:
    return operation(query, only, **endpoint)["responses"]["200"]["content"]["application/json"]["schema"]


def test_an_endpoint_stands_below_the_path_of_the_route():
    whole = described("{found {__typename}}", prefix="/api", path="/found")
    assert (whole["openapi"], whole["info"]) == ("3.1.0", {"title": "Orders", "version": "1"})
    assert whole["paths"]["/api/found"]["get"]["operationId"] == "one"
    problem = operation("{found {__typename}}")["responses"]["default"]["content"]["application/problem+json"]
    assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "Problem" in whole["components"]["schemas"]


def test_endpoints_of_a_path_stand_beside_each_other():
    description = Description(build_schema(SDL), "")
    for method in ("GET", "POST"):
        query = "{orders {id}}"
        document = parse(query)
        (node,) = document.definitions
        assert isinstance(node, OperationDefinitionNode)
        endpoint = GraphqlEndpoint.model_validate({"method": method, "path": "/x", "query": query})
        description.add(method, endpoint, document, node, "orders")
    assert list(description.document("Orders")["paths"]["/x"]) == ["get", "post"]


def test_what_is_asked_for_is_what_is_given():
    assert answer("{order(id: 1) {key: id total state placed tags lines {count}}}", "order") == {
        "type": ["object", "null"],
        "properties": {
            "key": {"type": "string"},
            "total": {"type": ["number", "null"]},
            "state": {"enum": ["OPEN", "SENT"]},
            "placed": {},
            "tags": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
            "lines": {"type": ["array", "null"], "items": LINE},
        },
    }


def test_several_fields_at_the_root_are_an_object():
    found = answer("{a: orders {id} b: orders {id}}")
    orders = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}
    assert found == {"type": "object", "properties": {"a": orders, "b": orders}}


def test_fields_that_are_asked_for_in_several_places_are_one():
    query = "{found {__typename ...F ... on Order {lines {gift}} ... on Line {count}}}"
    query += "fragment F on Order {lines {count}}"
    found = answer(query, "found")
    assert list(found["properties"]) == ["__typename", "lines", "count"]
    assert found["properties"]["__typename"] == {"type": "string"}
    assert found["properties"]["lines"]["items"]["properties"] == {
        "gift": {"type": ["boolean", "null"]},
        **LINE["properties"],  # type: ignore[dict-item]
    }


def test_an_answer_that_is_written_may_be_anything():
    assert answer("{orders {id}}", "orders", answer="data.orders") == {}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_variables_stand_in_the_path_and_the_query(method: str):
    query = "query($id: ID!, $state: State!, $first: Int! = 5, $ids: [ID!]) {orders {id}}"
    found = operation(query, "orders", method=method, path="/orders/{id}/{other}")
    assert found["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "state", "in": "query", "required": True, "schema": {"enum": ["OPEN", "SENT"]}},
        {"name": "first", "in": "query", "required": False, "schema": {"type": "integer", "format": "int32"}},
        {"name": "ids", "in": "query", "required": False, "schema": {"type": "array", "items": {"type": "string"}}},
    ]
    assert "requestBody" not in found


def test_variables_of_a_post_stand_in_its_body():
    query = "mutation($order: NewOrder!, $note: String) {place(order: $order, note: $note) {id}}"
    found = described(query, "place", method="POST", path="/orders")
    asked = found["paths"]["/orders"]["post"]
    assert "parameters" not in asked
    order = {"$ref": "#/components/schemas/NewOrder"}
    assert asked["requestBody"]["content"]["application/json"]["schema"] == {
        "type": "object",
        "properties": {"order": order, "note": {"type": "string"}},
        "required": ["order"],
    }
    schemas = found["components"]["schemas"]
    assert schemas["NewOrder"]["required"] == ["total", "lines"]
    assert schemas["NewOrder"]["properties"]["parent"] == order  # a circle
    assert schemas["NewLine"]["properties"] == LINE["properties"]


def test_what_the_gateway_says_itself_is_not_asked_for():
    query = "query($first: Int!) {orders(first: $first) {id}}"
    found = operation(query, "orders", method="POST", variables={"first": 3})
    assert not found.keys() & {"parameters", "requestBody"}
