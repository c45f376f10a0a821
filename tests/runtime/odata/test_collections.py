"""Collections: what is left to the service, what is bounded, and what becomes of its mistakes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from crossway.sdk.http import Request, Response
from runtime.odata.shop import DATA, Rest, Shop, of_collections, settings

each = pytest.mark.parametrize
PAGES = {"top": "limit", "skip": "offset", "page_size": 5}


async def asked(target: str, pushdown: dict[str, Any]) -> list[str]:
    """Return what the service is asked for a request."""
    rest = Rest(DATA)
    await of_collections(rest, pushdown).json(target)
    return [text.removeprefix("GET ") for text in rest.asked]


FILTER = {"filter": {"id": "id", "amount": "amount", "customer_id eq": "customer_id", "placed ge": "placed"}}


@each(
    ("target", "pushdown", "calls"),
    [
        ("Items?$top=2", {}, ["/items"]),
        ("Items?$top=2", PAGES, ["/items?limit=2"]),
        ("Items?$top=9", PAGES, ["/items?limit=5", "/items?limit=4&offset=5"]),
        ("Items", PAGES, ["/items?limit=5", "/items?limit=5&offset=5"]),
        ("Items?$orderby=sku&$top=1", PAGES, ["/items?limit=5", "/items?limit=5&offset=5"]),
        ("Items?$filter=count%20ge%201&$top=2", PAGES, ["/items?limit=5"]),
        ("Items(101)", PAGES, ["/items/101"]),
        ("Items?$filter=id%20in%20(101,102)", {}, ["/items/101", "/items/102"]),
        ("Orders?$filter=amount%20eq%203%20and%20paid", FILTER, ["/orders?amount=3"]),
        ("Orders?$filter=amount%20in%20(1,2)%20and%20customer_id%20eq%201", FILTER,
         ["/orders?amount=1&customer_id=1", "/orders?amount=2&customer_id=1"]),
        ("Orders?$filter=amount%20eq%203%20or%20paid", FILTER, ["/orders"]),
        ("Orders?$filter=not%20(amount%20eq%203)", FILTER, ["/orders"]),
        ("Orders?$filter=placed%20ge%202024-01-05", FILTER, ["/orders?placed=2024-01-05T00%3A00%3A00Z"]),
        ("Orders?$filter=amount%20eq%203&$expand=customer&$top=2", FILTER,
         ["/orders?amount=3", "/customers/1", "/customers/2"]),
    ],
)  # fmt: skip
async def test_what_is_left_to_the_service(target: str, pushdown: dict[str, Any], calls: list[str]) -> None:
    assert sorted(await asked(target, pushdown)) == sorted(calls)


async def test_a_hundred_entities_are_one_question() -> None:
    rows = [{"id": key, "order_id": key, "sku": "x", "count": 1} for key in range(200)]
    rest = Rest({**DATA, "Items": rows})
    spec = settings(service="shop", path="/orders", items="data", table=None, database=None)
    for name, part in spec.items():
        part["source"] = {"service": "shop", "path": f"/{name.lower()}", "items": "data"}
    body = await Shop(spec, rest.call).json("Orders?$expand=customer,items")
    assert len(body["value"]) == 12
    assert sorted(rest.asked) == ["GET /customers", "GET /items", "GET /orders"]


def serving(answer: Callable[[Request], Response | Awaitable[Response]], **source: Any) -> Shop:
    async def call(_: str, request: Request) -> Response:
        given = answer(request)
        return given if isinstance(given, Response) else await given

    spec = settings()
    for name, part in spec.items():
        part["source"] = {"service": "shop", "path": f"/{name.lower()}", **source}
    return Shop(spec, call, timeout="100ms")


def raises(error: Exception) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        raise error

    return answer


async def never(_: Request) -> Response:
    await asyncio.Event().wait()
    raise AssertionError


def says(value: object, status: int = 200) -> Callable[[Request], Response]:
    return lambda _: Response(status, json=value)


@each(
    ("answer", "source", "expected"),
    [
        (says({}), {}, (502, "odata.malformed")),
        (says([1]), {}, (502, "odata.malformed")),
        (lambda _: Response(200, body=b"<a/>"), {}, (502, "odata.malformed")),
        (says([{"id": 1}] * 3), {"max_items": 2}, (400, "odata.too_many_items")),
        (says([{"id": 1, "note": "x" * 2000}]), {"max_body": "1KiB"}, (502, "odata.backend")),
        (says({}, 500), {}, (502, "odata.backend")),
        (says({}, 401), {}, (401, "odata.backend")),
        (says({}, 302), {}, (502, "odata.backend")),
        (raises(ConnectionError()), {}, (502, "odata.backend")),
        (raises(TimeoutError()), {}, (504, "odata.timeout")),
        (never, {}, (504, "odata.timeout")),
        (says([{"id": 1, "amount": "3"}]), {}, (502, "odata.malformed_item")),
        (says({"a": {}}), {"items": "length(a.b)"}, (502, "odata.malformed")),
    ],
)
async def test_what_a_service_does_wrong(answer: Any, source: dict[str, Any], expected: tuple[int, str]) -> None:
    assert await serving(answer, **source).error("Orders?$filter=amount%20eq%203") == expected


async def test_a_service_that_knows_no_pages_is_asked_once() -> None:
    rest: list[Request] = []

    def answer(request: Request) -> Response:
        rest.append(request)
        return Response(json=[{"id": key} for key in range(30)])

    shop = serving(answer, pushdown=PAGES)
    assert len(await shop.ids("Orders")) == 30
    assert len(rest) == 1


async def test_a_key_stays_in_its_segment() -> None:
    rest = Rest(DATA)
    spec = settings()
    spec["Customers"]["properties"]["id"] = "String"
    source = {"service": "shop", "path": "/customers", "item_path": "/customers/{key}", "items": "data"}
    shop = Shop({"Customers": {**spec["Customers"], "navigation": {}, "source": source}}, rest.call)
    assert await shop.error("Customers('..')") == (404, "odata.not_found")
    assert await shop.error("Customers('a%2F..%2Fb')") == (404, "odata.not_found")
    assert await shop.error("Customers('a%3Fb')") == (404, "odata.not_found")
    assert rest.asked == ["GET /customers/a%3Fb"]


async def test_headers_and_parameters() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(json=[])

    shop = serving(answer, query={"all": "yes"}, forward=["authorization"])
    await shop.json("Orders", authorization="Bearer x", cookie="c=1", x_consumer_username="ada")
    assert seen[0].target == "/orders?all=yes"
    names = {name for name, _ in seen[0].headers.items()}
    assert names == {"authorization", "x-consumer-username"}


async def test_what_is_written_has_the_names_of_the_service() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(201, json={"item": {"key": 5, "title": "made"}})

    async def call(_: str, request: Request) -> Response:
        return answer(request)

    properties = {"id": {"type": "Int64", "field": "key"}, "name": {"type": "String", "field": "title"}, "due": "Date"}
    source = {"service": "shop", "path": "/things", "item_path": "/things/{key}", "item": "item"}
    shop = Shop({"Things": {"key": "id", "properties": properties, "source": source, "writable": True}}, call)
    response = await shop.ask("Things", "POST", {"name": "new", "due": "2024-01-01"})
    assert json.loads(seen[0].body) == {"title": "new", "due": "2024-01-01"}
    body = response.json()
    assert (body["id"], body["name"], body["due"]) == (5, "made", "2024-01-01")
    assert response.headers["location"].endswith("/Things(5)")
