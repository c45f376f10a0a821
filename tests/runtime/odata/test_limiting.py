"""Limits in front of an OData service, which is another one of ours here; the journey has one of other people."""

import json
from typing import Any

import pytest

from crossway.model.odata import ODataLimits
from crossway.runtime.odata import handler
from crossway.runtime.odata.limiting import limit
from crossway.sdk.http import Request, Response
from runtime.odata.shop import DATA, Rest, of_collections

each = pytest.mark.parametrize
LIMITS: dict[str, Any] = {
    "max_top": 10,
    "max_expand_depth": 1,
    "max_expands": 2,
    "max_batch": 2,
    "max_url": 500,
    "functions": ["contains", "any"],
    "orderby": ["id", "customer/name", "items/id"],
    "denied": ["note", "City"],
    "methods": ["GET", "PATCH"],
}


async def asked(target: str, method: str = "GET", body: Any = None, limits: Any = LIMITS, **headers: str) -> Response:
    behind = handler(of_collections(Rest(DATA)).service)
    fields = {"host": "shop.test"} | {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(method, f"/odata/{target}", fields, json=body)

    async def call_next(request: Request) -> Response:
        return await behind(request, call_next)

    return await limit(ODataLimits.model_validate(limits))(request, call_next)


REFUSED = {
    "Orders?$top=11": (400, "odata.top_too_large"),
    "Orders?$expand=items($top=11)": (400, "odata.top_too_large"),
    "Orders?$expand=items($expand=order)": (400, "odata.expand_too_deep"),
    "Orders?$expand=items,customer,items": (400, "odata.too_many_expands"),
    "Orders?$filter=startswith(sku,'a')": (400, "odata.function_denied"),
    "Orders?$filter=items/all(i:i/id%20gt%201)": (400, "odata.function_denied"),
    "Orders?$orderby=price": (400, "odata.orderby_denied"),
    "Orders?$orderby=id%20add%201": (400, "odata.orderby_denied"),
    "Orders?$expand=items($orderby=sku)": (400, "odata.orderby_denied"),
    "Orders?$apply=groupby((note))": (400, "odata.option_denied"),
    "Orders?$compute=note%20as%20x": (400, "odata.option_denied"),
    "Orders?$select=id,note": (403, "odata.property_denied"),
    "Orders?$filter=contains(NOTE,'a')": (403, "odata.property_denied"),
    "Orders?$filter=contains($it/note,@p)&@p='a'": (403, "odata.property_denied"),
    "Orders?$filter=@p&@p=contains(note,'a')": (403, "odata.property_denied"),
    "Orders?$expand=customer($select=city)": (403, "odata.property_denied"),
    "Orders?$filter=items/any(i:i/order/note%20eq%20'x')": (403, "odata.property_denied"),
    "Orders(1)/note": (403, "odata.property_denied"),
    "Orders(1)/no%74e/$value": (403, "odata.property_denied"),
    "Orders(note='x')": (403, "odata.property_denied"),
    "Orders?$format=atom": (406, "odata.not_acceptable"),
    "Orders?$filter=" + "(" * 30 + "1" + ")" * 30 + "%20eq%201": (400, "odata.too_deep"),
    "Orders?$filter=" + "a%20or%20" * 60 + "a": (414, "odata.url_too_long"),
    "Orders?$filter=a%20b": (400, "odata.syntax"),
    "Orders?$top=1&top=2": (400, "odata.duplicate_option"),
}


@each("target", REFUSED)
async def test_what_is_refused(target: str) -> None:
    response = await asked(target)
    assert (response.status, response.json()["error"]["code"]) == REFUSED[target]


@each(
    ("method", "headers"),
    [
        ("DELETE", {}),
        ("POST", {}),
        ("PATCH", {"x_http_method": "DELETE"}),
        ("GET", {"x_http_method_override": "DELETE"}),
    ],
)
async def test_methods(method: str, headers: dict[str, str]) -> None:
    response = await asked("Customers(1)", method, **headers)
    assert (response.status, response.json()["error"]["code"]) == (405, "odata.method")


async def test_what_is_denied_is_in_no_answer() -> None:
    response = await asked("Orders?$top=2&$expand=customer&$orderby=customer/name,id")
    assert response.status == 200
    for order in response.json()["value"]:
        assert "note" not in order
        assert order["customer"].keys() == {"id", "name"}
    assert response.headers["content-length"] == str(len(response.body))
    assert (await asked("Orders/$count")).text == "12"
    assert b"note" in (await asked("$metadata")).body


async def test_an_answer_that_cannot_be_read_is_none() -> None:
    async def call_next(_: Request) -> Response:
        return Response(200, {"content-type": "application/atom+xml"}, "<note>x</note>")

    response = await limit(ODataLimits.model_validate(LIMITS))(Request("GET", "/odata/Orders"), call_next)
    assert (response.status, response.json()["error"]["code"]) == (502, "odata.backend")


async def test_numbers_stay_as_they_are() -> None:
    async def call_next(_: Request) -> Response:
        return Response(
            200, {"content-type": "application/json"}, '{"price":1.10,"big":12345678901234567890.123456789}'
        )

    response = await limit(ODataLimits.model_validate(LIMITS))(Request("GET", "/odata/Orders"), call_next)
    assert response.text == '{"price":1.10,"big":12345678901234567890.123456789}'


async def test_batches_are_held_to_the_same() -> None:
    def of(*urls: str, method: str = "GET") -> dict[str, Any]:
        return {"requests": [{"id": str(place), "method": method, "url": url} for place, url in enumerate(urls)]}

    good = await asked("$batch", "POST", of("Orders?$top=1", "Customers(1)"))
    assert "note" not in good.text
    for body, code in [
        (of("Orders", "Orders", "Orders"), "odata.batch_too_large"),
        (of("Orders?$filter=note%20eq%20'x'"), "odata.property_denied"),
        (of("Orders(1)", method="DELETE"), "odata.method"),
        (of("$batch"), "odata.batch"),
    ]:
        assert (await asked("$batch", "POST", body)).json()["error"]["code"] == code
    content = "--b\r\ncontent-type: application/http\r\n\r\nGET Orders HTTP/1.1\r\n\r\n\r\n--b--"
    request = Request("POST", "/odata/$batch", {"content-type": "multipart/mixed;boundary=b"}, content)

    async def call_next(_: Request) -> Response:
        return Response()

    refused = await limit(ODataLimits.model_validate(LIMITS))(request, call_next)
    assert (refused.status, refused.json()["error"]["code"]) == (415, "odata.media_type")
    assert (await limit(ODataLimits())(request, call_next)).status == 200


async def test_a_query_in_a_body_is_held_to_the_same() -> None:
    behind = of_collections(Rest(DATA))
    request = Request("POST", "/odata/Orders/$query", {"content-type": "text/plain"}, "$filter=note eq 'x'")

    async def call_next(_: Request) -> Response:
        raise AssertionError(behind)

    response = await limit(ODataLimits.model_validate(LIMITS))(request, call_next)
    assert response.json()["error"]["code"] == "odata.property_denied"


async def test_what_only_the_service_knows_goes_on() -> None:
    seen: list[str] = []

    async def call_next(request: Request) -> Response:
        seen.append(request.target)
        return Response(200, json={})

    targets = [
        "/odata/Orders?$apply=aggregate(price with sum as all)&$skiptoken=abc~1&$deltatoken=x",
        "/odata/Orders?$filter=colour has Shop.Colour'Red' and id in @ids&@ids=[1,2]",
        "/odata/Orders?$filter=geo.distance(place,geography'POINT(1 2)') lt 5&custom=1",
        "/odata/Orders/Shop.Rush()?$select=Shop.*,id",
    ]
    handle = limit(ODataLimits())
    for target in targets:
        assert (await handle(Request("GET", target), call_next)).status == 200
    assert seen == targets


async def test_pages() -> None:
    async def call_next(request: Request) -> Response:
        return Response(200, json=request.headers.get("prefer"))

    handle = limit(ODataLimits(page_size=50))
    for said, passed in {
        "return=minimal, odata.maxpagesize=20": "return=minimal, odata.maxpagesize=20",
        "maxpagesize=900,return=minimal": "return=minimal, odata.maxpagesize=50",
    }.items():
        response = await handle(Request("GET", "/odata/Orders", {"prefer": said}), call_next)
        assert json.loads(response.body) == passed


async def test_versions_are_not_mixed() -> None:
    response = await asked("Orders", odata_version="4.0", dataserviceversion="2.0")
    assert response.json()["error"]["code"] == "odata.version"
