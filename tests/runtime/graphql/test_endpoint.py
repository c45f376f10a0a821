"""Requests of GraphQL over HTTP: what is answered to whom, and what is refused."""

import asyncio
import json
import time
from urllib.parse import quote

import pytest

from crossway.runtime.graphql import endpoint as module
from crossway.sdk.http import Request
from runtime.graphql.shop import answered, asking, endpoint, shop, told

each = pytest.mark.parametrize
RESPONSE = "application/graphql-response+json"
MUTATION = 'mutation { deleteOrder(id: "1") }'


async def test_a_query_may_come_with_get() -> None:
    request = Request("GET", f"/graphql?query={quote('{ listOrders { id } }')}", {"accept": RESPONSE})
    response = await answered(endpoint(shop()), request)
    assert (response.status, response.headers["content-type"]) == (200, f"{RESPONSE}; charset=utf-8")
    assert len(response.json()["data"]["listOrders"]) == 4


async def test_a_mutation_may_not() -> None:
    services = shop()
    request = Request("GET", f"/graphql?query={quote(MUTATION)}", {"accept": RESPONSE})
    response = await answered(endpoint(services), request)
    assert (response.status, response.headers["allow"], services.received) == (405, "POST", [])


@each(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ getOrder { id } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query($i: String!) { getOrder(id: $i) { id } }", {}, "BAD_USER_INPUT"),
        ("query($i: String!) { getOrder(id: $i) { id } }", {"i": 5}, "BAD_USER_INPUT"),
        ("query($s: Status) { listOrders(status: $s) { id } }", {"s": "on-hold"}, "BAD_USER_INPUT"),
        ("query($i: BigInt!) { getCustomer(id: $i) { id } }", {"i": "1x"}, "BAD_USER_INPUT"),
        ("subscription { nothing }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ listOrders { replaces { " + "replaces { " * 20 + "id" + " }" * 23, None, "MAX_DEPTH_LIMIT"),
        ("{ " + " ".join(f"a{number}: listOrders {{ id }}" for number in range(31)) + " }", None, "MAX_ALIASES_LIMIT"),
        ("{ listOrders { " + "id " * 3000 + "} }", None, "MAX_TOKENS_LIMIT"),
        ("{ listOrders { a: id a: total } }", None, "GRAPHQL_VALIDATION_FAILED"),
        ('{ a: getOrder(id: "1") { id } a: getOrder(id: "2") { id } }', None, "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_is_wrong_has_a_code(query: str, variables: object, code: str) -> None:
    services = shop()
    handler = endpoint(services)
    for accept, status in ((RESPONSE, 400), ("application/json", 200)):
        response = await answered(handler, asking(query, variables, accept=accept))
        assert (response.status, response.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert services.received == []


async def test_keys_that_stand_there_twice_are_refused() -> None:
    body = '{"query": "{ listOrders { id } }", "query": "{ listOrders { total } }"}'
    request = Request("POST", "/graphql", {"content-type": "application/json"}, body)
    response = await answered(endpoint(shop()), request)
    assert (response.status, response.json()["errors"][0]["extensions"]["code"]) == (400, "DUPLICATE_KEY")


@each(("content", "kind", "status"), [(b"{", "application/json", 400), (b"a=b", "text/plain", 415), (b"", "", 415)])
async def test_what_is_no_request(content: bytes, kind: str, status: int) -> None:
    request = Request("POST", "/graphql", {"content-type": kind}, content)
    assert (await answered(endpoint(shop()), request)).status == status


async def test_a_body_has_a_bound() -> None:
    response = await answered(endpoint(shop(), max_request="1KB"), asking("{ listOrders { id } }" + " " * 1000))
    assert response.status == 413


async def test_a_list_of_operations_is_answered_with_a_list() -> None:
    handler = endpoint(shop(), max_batch=2)
    asked = [{"query": '{ getOrder(id: "o1") { id } }'}, {"query": "{ nothing }"}]
    headers = {"content-type": "application/json"}
    response = await answered(handler, Request("POST", "/graphql", headers, json.dumps(asked)))
    first, second = response.json()
    assert first == {"data": {"getOrder": {"id": "o1"}}}
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@each("count", [3, 10_000])
async def test_so_many_operations_and_no_more(count: int) -> None:
    services = shop()
    asked = json.dumps([{"query": "{ listOrders { id } }"}] * count)
    request = Request("POST", "/graphql", {"content-type": "application/json"}, asked)
    response = await answered(endpoint(services, max_batch=2, max_request="1MB"), request)
    assert (response.status, services.received) == (400, [])


async def test_introspection_is_for_those_whom_the_limits_let() -> None:
    query = "{ __schema { queryType { name } } }"
    answer = await told(endpoint(shop()), query)
    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    response = await answered(endpoint(shop(), limits={}), asking(query))
    assert (response.status, response.json()["errors"][0]["extensions"]["code"]) == (403, "INTROSPECTION_DISABLED")


async def test_the_limits_know_the_schema() -> None:
    handler = endpoint(shop(), limits={"cost": 5, "fields": {"Customer.email": "pii"}})
    answer = await told(handler, "{ listOrders { id lines { count } } }")
    assert answer["errors"][0]["extensions"]["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"
    answer = await told(handler, "{ getCustomer(id: 1) { email } }")
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_operation_is_chosen_by_its_name() -> None:
    handler = endpoint(shop())
    query = 'query A { getOrder(id: "o1") { id } } query B { getOrder(id: "o2") { id } }'
    assert (await told(handler, query, operationName="B"))["data"] == {"getOrder": {"id": "o2"}}
    assert (await told(handler, query, operationName="A"))["data"] == {"getOrder": {"id": "o1"}}


async def test_what_decides_on_fields_may_change_between_requests() -> None:
    handler = endpoint(shop())
    query = 'query($yes: Boolean = true) { getOrder(id: "o1") { id @skip(if: $yes) total } }'
    for variables, fields in (({}, ["total"]), ({"yes": False}, ["id", "total"]), ({"yes": True}, ["total"])):
        assert list((await told(handler, query, variables))["data"]["getOrder"]) == fields


async def test_a_large_schema_is_made_beside_other_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 0)
    handler = endpoint(shop())
    query = "{ __typename listOrders { id } }"
    answers = await asyncio.gather(*(told(handler, query) for _ in range(3)))
    assert [len(answer["data"]["listOrders"]) for answer in answers] == [4] * 3


async def test_many_fields_alike_are_one() -> None:
    services = shop()
    query = "{ listOrders { " + "replaces { id } " * 480 + "} }"
    began = time.process_time()
    answer = await told(endpoint(services), query)
    assert len(answer["data"]["listOrders"]) == 4
    assert time.process_time() - began < 1, "it takes time in the square of the document"
