"""REST endpoints over a GraphQL backend: what becomes of a request, and of an answer."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ariadne import graphql

from crossway.compile.contract import Site
from crossway.model import Defined, Finding, PathMatch, Ref
from crossway.model.graphql_backend import GraphqlBackend, Variable
from crossway.policies.graphql_backend import compile_graphql_backend
from crossway.runtime.graphql.backend import UnfitVariableError, fit, make
from crossway.sdk.http import Request, Response
from harness.shop import SDL, Shop
from runtime.composing.services import Answering, Services, never

each = pytest.mark.parametrize

ENDPOINTS = """
customer: {method: GET, path: "/customers/{id}", query: "query($id: ID!) {customer(id: $id) {id name}}"}
customers: {method: GET, path: /customers, query: "query($first: Int) {customers(first: $first) {name}}"}
both: {method: GET, path: /both, query: "{hello orders {total}}"}
shaped:
  method: GET
  path: /shaped
  query: "query A {hello} query B($n: Int = 1) {orders(first: $n) {nodes {id}}}"
  operation: B
  variables: {n: query.limit}
  answer: {ids: "data.orders.nodes[].id", by: consumer.name}
add: {path: /orders, query: "mutation($total: Int!) {addOrder(total: $total) {total}}"}
"""


class Api:
    def __init__(self, answering: Answering | None = None, endpoints: str = ENDPOINTS, **more: object) -> None:
        self.shop = Shop()
        self._schema = self.shop._schema()
        settings = {"service": "shop", "definition": "shop", "endpoints": yaml.safe_load(endpoints), **more}
        spec = GraphqlBackend.model_validate(settings)
        definitions = {Ref("definitions", "shop"): Defined(SDL.encode())}
        path = PathMatch.model_validate("/api/*")
        site = Site(Ref("routes", "api"), "default", path=path, definitions=definitions)
        self.fragment = compile_graphql_backend(spec, site)
        assert not isinstance(self.fragment, Finding), self.fragment
        (self.step,) = self.fragment.steps
        self.services = Services(**{site.cluster("shop"): answering or self._execute})
        self._handler = make(bytes(self.step.settings), "routes.api", self.services.tools)

    async def _execute(self, request: Request) -> Response:
        _, result = await graphql(self._schema, request.json(), error_formatter=lambda error, _: error.formatted)
        return Response(200, json=result)

    async def get(self, target: str, **headers: str) -> tuple[int, Any]:
        return await self.ask("GET", target, b"", **headers)

    async def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
        told = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._handler(Request(method, f"/api{target}", told, body), None)  # type: ignore[arg-type]
        return answer.status, answer.json()

    @property
    def sent(self) -> Mapping[str, Any]:
        return self.services.received[-1][1].json()


async def test_variables_come_from_where_they_belong():
    api = Api()
    assert await api.get("/customers/7") == (200, {"id": "7", "name": "Ada"})
    assert api.sent == {"query": "query($id: ID!) {customer(id: $id) {id name}}", "variables": {"id": "7"}}
    assert await api.get("/customers/a%2Fb") == (200, {"id": "a/b", "name": "Ada"})
    assert await api.get("/customers?first=2") == (200, [{"name": "Ada"}] * 2)
    assert api.sent["variables"] == {"first": 2}
    assert len((await api.get("/customers"))[1]) == 5
    assert "variables" not in api.sent
    assert await api.ask("POST", "/orders?total=9", b'{"total": 3}') == (200, {"total": 3})


async def test_an_answer_is_what_was_asked_for():
    api = Api()
    assert await api.get("/both") == (200, {"hello": "world", "orders": {"total": 2}})
    answer = await api.get("/shaped?limit=2", x_consumer_username="ada")
    assert answer == (200, {"ids": ["7", "7"], "by": "ada"})
    assert api.sent["operationName"] == "B"
    assert await api.get("/customers/0") == (404, {**(await api.get("/customers/0"))[1], "code": "graphql.not_found"})


async def test_what_a_client_gives_never_changes_the_document():
    api = Api()
    text = '7") {email} x: customer(id: "8'
    status, answer = await api.get("/customers/" + "".join(f"%{byte:02X}" for byte in text.encode()))
    assert (status, answer["id"]) == (200, text)
    assert api.sent["query"] == "query($id: ID!) {customer(id: $id) {id name}}"


@each(
    ("method", "target", "body", "status", "code"),
    [
        ("GET", "/customers?first=two", b"", 400, "graphql.unfit_variables"),
        ("GET", "/customers?first=1e3", b"", 400, "graphql.unfit_variables"),
        ("POST", "/orders", b"{}", 400, "graphql.unfit_variables"),
        ("POST", "/orders", b"[]", 400, "graphql.unfit_variables"),
        ("POST", "/orders", b"{", 400, "graphql.malformed_request"),
        ("POST", "/orders", b'{"total": "' + b"x" * 2**20 + b'"}', 413, "graphql.request_too_large"),
        ("GET", "/nothing", b"", 404, "endpoint.unknown"),
        ("PUT", "/orders", b"{}", 405, "endpoint.method"),
    ],
)
async def test_a_request_that_fits_no_operation_never_reaches_the_backend(method, target, body, status, code):
    api = Api()
    answer = await api.ask(method, target, body)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert api.services.received == []


async def test_what_only_the_backend_knows_is_wrong_is_told():
    status, answer = await Api().ask("POST", "/orders", b'{"total": {"much": 1}}')
    assert (status, answer["code"]) == (502, "graphql.refused")
    assert "Int cannot represent" in answer["detail"]


def failing(code: str | None = None, data: object = None) -> Answering:
    extensions = {} if code is None else {"extensions": {"code": code}}
    return lambda _: Response(
        200, json={"data": data, "errors": [{"message": "It fails.", "path": ["a"], **extensions}]}
    )


@each(
    ("code", "status"),
    [
        (None, 502),
        ("UNAUTHENTICATED", 401),
        ("FORBIDDEN", 403),
        ("NOT_FOUND", 404),
        ("BAD_USER_INPUT", 400),
        ("RATE_LIMITED", 429),
        ("INTERNAL_SERVER_ERROR", 502),
        ("GRAPHQL_VALIDATION_FAILED", 502),
        ("OUT_OF_STOCK", 409),
    ],
)
async def test_errors_have_a_status(code: str | None, status: int):
    api = Api(failing(code), errors={"OUT_OF_STOCK": 409})
    told, answer = await api.get("/both")
    assert (told, answer["code"], answer["detail"]) == (status, "graphql.refused", "It fails.")
    assert answer["errors"][0]["path"] == ["a"]


async def test_an_answer_with_errors_and_data_is_one_where_that_is_wanted():
    assert (await Api(failing(data={"hello": "a"})).get("/both"))[0] == 502
    assert await Api(failing(data={"hello": "a"}), partial=True).get("/both") == (200, {"hello": "a"})
    assert (await Api(failing(), partial=True).get("/both"))[0] == 502


def raises(error: Exception) -> Answering:
    async def fail(_: Request) -> Response:
        raise error

    return fail


@each(
    ("answering", "status", "code"),
    [
        (lambda _: Response(200, body="<html>"), 502, "graphql.malformed"),
        (lambda _: Response(200, body=b"\xff{}"), 502, "graphql.malformed"),
        (lambda _: Response(200, json=[]), 502, "graphql.malformed"),
        (lambda _: Response(500, json={"message": "no"}), 502, "graphql.malformed"),
        (lambda _: Response(401, body="who?"), 401, "graphql.malformed"),
        (lambda _: Response(200, body=b'{"data":"' + b"x" * 2**20 + b'"}'), 502, "graphql.too_large"),
        (lambda _: Response(200, json={"errors": ["odd"]}), 502, "graphql.refused"),
        (lambda _: Response(400, json={"errors": [{"message": "no", "extensions": []}]}), 502, "graphql.refused"),
        (raises(ConnectionError()), 502, "graphql.no_answer"),
        (never, 504, "graphql.timeout"),
    ],
)
async def test_a_backend_that_fails(answering: Answering, status: int, code: str):
    told, answer = await Api(answering, timeout="20ms").get("/both")
    assert (told, answer["code"]) == (status, code)


@each(
    ("kind", "text", "value"),
    [
        ("Int", "-12", -12),
        ("Int", "012", None),
        ("Int", "1.0", None),
        ("Int", "1" * 5000, None),
        ("Float", "1.5e3", 1500.0),
        ("Float", "7", 7.0),
        ("Float", "nan", None),
        ("Float", "1_0", None),
        ("Boolean", "true", True),
        ("Boolean", "1", None),
        ("text", "7", "7"),
        ("text", 7, "7"),
        ("Int", 7, 7),
        ("other", "RED", "RED"),
        ("other", {"a": 1}, {"a": 1}),
        ("Int", ["1", "2"], [1, 2]),
    ],
)
def test_text_becomes_what_the_type_asks_for(kind: Any, text: object, value: object):
    variable = Variable("v", kind, False, False)
    if value is None:
        with pytest.raises(UnfitVariableError):
            fit(variable, text)
    else:
        assert fit(variable, text) == value


async def test_the_endpoints_are_described():
    api = Api(
        openapi="/openapi.json",
        endpoints=ENDPOINTS
        + """
tree:
  method: GET
  path: /tree
  query: |
    query($id: ID!) { node(id: $id) { __typename id ... on Customer { ...C } ... on Order { total } } }
    fragment C on Customer { friends { name } email }
""",
    )
    status, described = await api.get("/openapi.json")
    assert status == 200
    customer = described["paths"]["/api/customers/{id}"]["get"]
    assert customer["parameters"] == [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    text = {"type": "string"}
    answer = customer["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"type": ["object", "null"], "properties": {"id": text, "name": text}}
    (first,) = described["paths"]["/api/customers"]["get"]["parameters"]
    assert first == {
        "name": "first",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "format": "int32"},
    }
    body = described["paths"]["/api/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["total"]
    tree = described["paths"]["/api/tree"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert list(tree["properties"]) == ["__typename", "id", "friends", "email", "total"]
    assert tree["properties"]["friends"]["items"]["properties"] == {"name": text}


async def test_headers_pass_that_are_named():
    api = Api(forward=["authorization"], headers={"x-tenant": "{headers.host}"})
    await api.get("/both", authorization="Bearer a", cookie="b", x_request_id="c", host="shop.test")
    _, received = api.services.received[0]
    assert received.headers["authorization"] == "Bearer a"
    assert received.headers["x-tenant"] == "shop.test"
    assert received.headers["x-request-id"] == "c"
    assert "cookie" not in received.headers
    assert json.loads(received.body)["query"] == "{hello orders {total}}"
    assert (received.method, received.path) == ("POST", "/graphql")
