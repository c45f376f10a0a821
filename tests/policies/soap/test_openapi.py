"""OpenAPI documents as operations."""

import json

import pytest

from crossway.policies.soap.openapi import Document, NotOpenApiError

DOCUMENT = """
openapi: 3.1.0
servers: [{url: https://api.example.com/v2/}]
paths:
  /orders/{order-id}:
    parameters:
      - {$ref: "#/components/parameters/Id"}
    get:
      operationId: get-order
      summary: Gives one
      parameters: [{name: X-Trace, in: header}, {name: session, in: cookie}, {name: "a[b]", in: query}]
      responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}
    delete:
      responses: {"204": {description: gone}}
    put:
      operationId: put
      requestBody: {content: {text/plain: {}, application/merge-patch+json: {schema: {type: string}}}}
      responses: {}
components:
  parameters: {Id: {name: order-id, in: path, required: true, schema: {type: string}}}
  schemas: {Order: {type: object}}
"""


def test_each_operation_is_a_call() -> None:
    found = {name: (described, call) for name, described, call in Document(DOCUMENT.encode()).operations()}
    assert sorted(found) == ["delete_orders_order_id", "get_order", "put"]
    described, call = found["get_order"]
    assert call == {
        "method": "GET",
        "path": '/v2/orders/{params."order-id"}',
        "query": {"a[b]": '{params."a_b_"}'},
        "headers": {"x-trace": '{params."X-Trace"}'},
        "answer": {"result": "body"},
    }
    assert list(described.request["properties"]) == ["order-id", "X-Trace", "a_b_"]  # type: ignore[call-overload]
    assert described.request["required"] == ["order-id"]
    assert described.documentation == "Gives one"
    assert found["put"][1]["body"] == "params.body"
    assert found["delete_orders_order_id"][1]["answer"] == {}


def test_json_is_read_as_well() -> None:
    document = Document(json.dumps({"openapi": "3.0.0", "paths": {}}).encode())
    assert (list(document.operations()), document.schemas) == ([], {})


@pytest.mark.parametrize("content", [b"", b"{", b"a: [", b"swagger: '2.0'", b"[]", b"\xff\xfe\x00"])
def test_what_is_none_is_told(content: bytes) -> None:
    with pytest.raises(NotOpenApiError):
        Document(content)
