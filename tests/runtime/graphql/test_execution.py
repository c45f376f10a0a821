"""Operations at work: what is asked for together, what is asked once, and what becomes of what fails."""

import asyncio
import json

import pytest

from crossway.runtime.graphql import execution
from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, never, says
from runtime.graphql.shop import answered, asking, data, endpoint, shop, told

each = pytest.mark.parametrize


async def test_objects_ask_together_for_what_belongs_to_them() -> None:
    services = shop()
    answer = await told(endpoint(services), "{ listOrders { id customer { name } } }")
    names = [order["customer"]["name"] for order in answer["data"]["listOrders"]]
    assert names == ["Ada", "Bob", "Ada", "Bob"]
    assert services.targets == ["/v1/orders", "/customers?ids=1&ids=2"]


async def test_without_a_batch_each_key_is_asked_for_once() -> None:
    services = shop()
    answer = await told(endpoint(services), "{ listOrders { buyer { name email } } }")
    assert [order["buyer"]["name"] for order in answer["data"]["listOrders"]] == ["Ada", "Bob", "Ada", "Bob"]
    assert sorted(services.targets) == ["/customers/1", "/customers/2", "/v1/orders"]


async def test_lists_of_keys_are_asked_for_in_calls_of_a_size() -> None:
    services = shop()
    answer = await told(endpoint(services), "{ getCustomer(id: 1) { friends { name friends { name } } } }")
    friends = [{"name": "Bob", "friends": []}, {"name": "Eve", "friends": None}]
    assert answer == {"data": {"getCustomer": {"friends": friends}}}
    assert sorted(services.targets) == ["/customers/1", "/customers?ids=2&ids=3", "/customers?ids=9"]


async def test_calls_that_are_alike_are_made_once() -> None:
    services = shop()
    answer = await told(endpoint(services), '{ a: getOrder(id: "o1") { id } b: getOrder(id: "o1") { total } }')
    assert answer == {"data": {"a": {"id": "o1"}, "b": {"total": 1.5}}}
    assert services.targets == ["/v1/orders/o1"]


async def test_links_take_arguments_of_the_client_beside_their_own() -> None:
    services = shop()
    query = "query($s: Status) { getCustomer(id: 1) { orders(status: $s) { id } } }"
    answer = await told(endpoint(services), query, {"s": "on_hold"})
    assert len(answer["data"]["getCustomer"]["orders"]) == 4
    _, request = services.received[-1]
    assert (request.target, request.headers["x-tenant"]) == ("/v1/orders?status=on-hold", "Ada")


async def test_mutations_are_made_one_after_the_other() -> None:
    services = shop()
    query = """mutation($o: OrderInput!) {
      first: placeOrder(input: $o) { id status customer { name } }
      deleteOrder(id: "a/../b")
      second: placeOrder(input: $o) { id }
    }"""
    order = {"total": 2, "customerId": "1", "status": "on_hold", "lines": [{"productId": "x", "unit_price": 1}]}
    answer = await told(endpoint(services), query, {"o": order})
    assert answer["data"]["first"] == {"id": "o9", "status": "on_hold", "customer": {"name": "Ada"}}
    assert list(answer["data"]) == ["first", "deleteOrder", "second"]
    assert [(request.method, request.path) for _, request in services.received] == [
        ("POST", "/v1/orders"),
        ("GET", "/customers"),
        ("POST", "/v1/orders"),
    ]
    sent = {"total": 2.0, "customerId": 1, "status": "on-hold", "lines": [{"productId": "x", "unit-price": 1.0}]}
    assert json.loads(services.received[0][1].body) == sent
    assert answer["data"]["deleteOrder"] is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def raw(content: bytes) -> Response:
    return Response(200, {"content-type": "application/json"}, content)


async def gone(_: Request) -> Response:
    raise ConnectionError


@each(
    ("answering", "code"),
    [
        (says({"secret": 1}, 503), "DOWNSTREAM_SERVICE_ERROR"),
        (lambda _: raw(b"{"), "DOWNSTREAM_SERVICE_MALFORMED"),
        (lambda _: raw(b"[" * 1000), "DOWNSTREAM_SERVICE_MALFORMED"),
        (says({"items": 1}), "DOWNSTREAM_SERVICE_MALFORMED"),
        (says(["x" * 2000]), "DOWNSTREAM_SERVICE_TOO_LARGE"),
        (never, "DOWNSTREAM_SERVICE_TIMEOUT"),
        (gone, "DOWNSTREAM_SERVICE_UNAVAILABLE"),
    ],
)
async def test_what_fails_leaves_everything_beside_it(answering: Answering, code: str) -> None:
    services = shop()
    services.services["customers"] = answering
    handler = endpoint(services, timeout="100ms", max_body="1KB")
    answer = await told(handler, "{ listOrders { id customer { name } } }")
    orders = answer["data"]["listOrders"]
    assert [order["customer"] for order in orders] == [None] * 4
    paths = sorted(error["path"] for error in answer["errors"])
    assert paths == [["listOrders", index, "customer"] for index in range(4)]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    assert {error["extensions"]["service"] for error in answer["errors"]} == {"customers"}
    assert "secret" not in json.dumps(answer)


async def test_the_status_of_a_service_is_told() -> None:
    answer = await told(endpoint(shop()), '{ getOrder(id: "none") { id } }')
    assert answer["data"] == {"getOrder": None}
    assert answer["errors"][0]["extensions"] == {"code": "DOWNSTREAM_SERVICE_ERROR", "service": "orders", "status": 404}


async def test_an_operation_makes_so_many_calls_and_no_more() -> None:
    services = shop()
    answer = await told(endpoint(services, max_calls=2), "{ listOrders { buyer { name } } }")
    assert len(services.received) == 2
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"CALL_LIMIT_EXCEEDED"}


async def test_so_many_calls_run_at_once() -> None:
    known = data()
    known["orders"] = [{**known["orders"][0], "customerId": number} for number in range(10)]
    services = shop(known)

    async def slow(_: Request) -> Response:
        await asyncio.sleep(0)
        return Response(json={"id": 1, "name": "Ada"})

    services.services["customers"] = slow
    await told(endpoint(services, parallel=3), "{ listOrders { buyer { name } } }")
    assert services.most == 3


async def test_what_many_places_share_counts_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LARGEST", 7000)
    known = data()
    known["customers"][0]["name"] = "x" * 4000
    query = "{ listOrders { customer { name } } }"
    answer = await told(endpoint(shop(known)), query)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"ANSWER_TOO_LARGE"}
    answer = await told(endpoint(shop()), query)
    assert "errors" not in answer


async def test_fields_repeated_by_aliases_count_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LARGEST", 3000)
    query = "{ listOrders { lines { %s } } }"
    assert "errors" not in await told(endpoint(shop()), query % "productId")
    answer = await told(endpoint(shop()), query % " ".join(f"a{number}: productId" for number in range(20)))
    assert answer["errors"][0]["extensions"]["code"] == "ANSWER_TOO_LARGE"


async def test_an_answer_lists_so_many_errors() -> None:
    known = data()
    known["orders"] = [{**known["orders"][0], "placed": 5} for _ in range(500)]
    answer = await told(endpoint(shop(known)), "{ listOrders { placed } }")
    assert len(answer["data"]["listOrders"]) == 500
    assert len(answer["errors"]) == execution.MOST_ERRORS


async def test_a_client_that_leaves_takes_its_calls_with_it() -> None:
    services = Services(orders=never)
    task = asyncio.ensure_future(told(endpoint(services), "{ listOrders { id } }"))
    async with asyncio.timeout(5):
        while not services.running:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert services.running == 0


async def test_headers_are_passed_on_as_settings_say() -> None:
    services = shop()
    handler = endpoint(services, forward=["authorization"])
    request = asking("{ listOrders { id } }")
    for name in ("authorization", "cookie", "x-request-id"):
        request.headers[name] = "1"
    await answered(handler, request)
    _, sent = services.received[0]
    assert {"authorization", "x-request-id", "accept"} <= set(sent.headers)
    assert "cookie" not in sent.headers


async def test_an_argument_that_is_null_after_all() -> None:
    services = shop()
    query = 'query($id: String = "o1") { getOrder(id: $id) { id } listOrders { id } }'
    answer = await told(endpoint(services), query, {"id": None})
    assert answer["data"]["getOrder"] is None
    assert len(answer["data"]["listOrders"]) == 4
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["getOrder"], "BAD_USER_INPUT")
    ]
