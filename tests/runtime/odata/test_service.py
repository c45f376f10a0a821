"""What clients ask of a service, over tables and over collections alike."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from runtime.odata.shop import DATA, Rest, Shop, fill, of_collections, of_tables

each = pytest.mark.parametrize


@pytest.fixture(params=["tables", "collections", "pushdown"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    match request.param:
        case "tables":
            fill(tmp_path / "shop.db", DATA)
            async with of_tables(f"sqlite:///{tmp_path}/shop.db") as made:
                yield made
        case "collections":
            yield of_collections(Rest(DATA))
        case "pushdown":
            yield of_collections(
                Rest(DATA),
                {
                    "top": "limit",
                    "skip": "offset",
                    "page_size": 5,
                    "filter": {"amount": "amount", "order_id": "order_id"},
                },
            )


FILTERED = {
    "amount eq 3": [3, 7, 11],
    "3 eq amount": [3, 7, 11],
    "amount in (1,2) and paid": [2, 6, 10],
    "price gt 5": [11, 12],
    "not (price le 5)": [11, 12],
    "contains(note,'1') and not paid": [1, 11],
    "customer/name eq 'Ada' and price lt 3": [3],
    "customer/city eq null": [1, 4, 7, 10],
    "items/any(i: i/count gt 6)": [1, 4],
    "items/$count eq 2": [1, 2, 3, 4],
    "items/all(i: i/count gt 4)": [5, 6, 7, 8, 9, 10, 11, 12],
    "placed ge 2024-01-11": [11, 12],
    "placed gt 2024-01-11T10:00:00Z": [12],
    "date(placed) eq 2024-01-11": [11],
    "year(due) eq 2024 and day(due) eq 5": [5],
    "tolower(note) eq 'note 7'": [7],
    "id add 1 eq 5": [4],
    "id mod 5 eq 0": [5, 10],
    "id eq @p&@p=9": [9],
    "id eq @missing": [],
    "at ge 09:30:00 and id lt 2": [1],
    "isof(price,Edm.Double) and cast(price,Edm.Int32) eq 6": [12],
}


async def test_filter(shop: Shop) -> None:
    for text, ids in FILTERED.items():
        assert await shop.ids(f"Orders?$filter={quote(text, safe='&=@')}") == ids, text


ASKED = {
    "Orders?$top=3": [1, 2, 3],
    "Orders?$top=3&$skip=4": [5, 6, 7],
    "Orders?$orderby=amount%20desc,id%20desc&$top=4": [11, 7, 3, 10],
    "Orders?$orderby=customer/name,id&$top=2": [3, 6],
    "Orders?$search=%22note%201%22&$orderby=id": [1, 10, 11, 12],
    "Orders?$search=note%20NOT%201&$top=2": [2, 3],
    "Orders?$search=7%20OR%208": [7, 8],
    "Customers(1)/orders?$top=2": [3, 6],
    "Customers(1)/orders(6)/items": [],
    "Orders(1)/items?$orderby=id%20desc": [108, 104],
    "Orders?$filter=amount%20eq%203&$top=2": [3, 7],
    "Orders?%24top=2&top2=5": [1, 2],
    "Orders?filter=id+eq+2": [2],
    "Orders?$top=0": [],
}


async def test_what_is_asked(shop: Shop) -> None:
    for target, ids in ASKED.items():
        assert await shop.ids(target) == ids, target


async def test_an_entity(shop: Shop) -> None:
    body = await shop.json("Orders(2)?$select=id,note,placed,paid")
    assert body.pop("@odata.etag").startswith('W/"')
    assert body == {
        "@odata.context": "http://shop.test/odata/$metadata#Orders(id,note,paid,placed)/$entity",
        "id": 2,
        "note": "note 2",
        "paid": True,
        "placed": "2024-01-02T10:00:00Z",
    }
    assert await shop.error("Orders(99)") == (404, "odata.not_found")


async def test_expand(shop: Shop) -> None:
    body = await shop.json(
        "Customers?$filter=id%20le%202&$select=name&$expand=orders($select=id;$orderby=id%20desc;$top=2;$count=true;"
        "$filter=paid;$expand=items($select=sku))"
    )
    assert body["@odata.context"].endswith("#Customers(name,orders(id,items(sku)))")
    ada, bo = body["value"]
    assert ada["name"] == "Ada"
    assert ada["orders@odata.count"] == 2
    assert [order["id"] for order in ada["orders"]] == [12, 6]
    assert [order["id"] for order in bo["orders"]] == [10, 4]
    assert [item["sku"] for item in bo["orders"][1]["items"]] == ["s3", "s7"]


async def test_expand_to_one_and_to_nothing(shop: Shop) -> None:
    await shop.ask("Orders", "POST", {"id": 13, "customer_id": None})
    body = await shop.json("Orders?$select=id&$expand=customer($select=name)&$orderby=id%20desc&$top=2")
    assert body["value"] == [{"id": 13, "customer": None}, {"id": 12, "customer": {"name": "Ada"}}]


async def test_levels(shop: Shop) -> None:
    body = await shop.json(
        "Orders(4)?$select=id&$expand=items($select=id;$expand=order($select=id;$expand=items/$ref))"
    )
    assert body["items"][0]["order"]["items"][0] == {"@odata.id": "http://shop.test/odata/Items(103)"}
    assert await shop.error("Orders?$expand=items($levels=2)") == (400, "odata.unfit_option")


async def test_references_and_numbers(shop: Shop) -> None:
    body = await shop.json("Orders(1)/items/$ref")
    assert body["@odata.context"].endswith("#Collection($ref)")
    assert body["value"] == [{"@odata.id": f"http://shop.test/odata/Items({key})"} for key in (104, 108)]
    assert (await shop.json("Items(104)/order/$ref"))["@odata.id"] == "http://shop.test/odata/Orders(1)"
    assert (await shop.ask("Orders/$count?$filter=paid", accept="text/plain")).text == "6"
    assert (await shop.json("Orders?$count=true&$top=1&$filter=paid"))["@odata.count"] == 6
    body = await shop.json("Customers(1)?$expand=orders/$count&$select=id")
    assert body["orders@odata.count"] == 4


async def test_a_property(shop: Shop) -> None:
    body = await shop.json("Customers(3)/name")
    assert body == {"@odata.context": "http://shop.test/odata/$metadata#Customers(3)/name", "value": "O'Neil"}
    response = await shop.ask("Orders(4)/customer/name/$value")
    assert (response.text, response.headers["content-type"]) == ("Bo", "text/plain;charset=utf-8")
    assert (await shop.ask("Customers(2)/city")).status == 204


async def test_pages(shop: Shop) -> None:
    ids, target, pages = [], "Orders?$orderby=id&$top=11&$count=true", 0
    while target:
        body = await shop.json(target, prefer="odata.maxpagesize=4")
        assert body["@odata.count"] == 12
        ids += [order["id"] for order in body["value"]]
        pages += 1
        target = body.get("@odata.nextLink", "").removeprefix("http://shop.test/odata/")
    assert (ids, pages) == (list(range(1, 12)), 3)


async def test_a_query_in_a_body(shop: Shop) -> None:
    query = b"$filter=id gt 3 and note ne '%26'&$select=id"
    response = await shop.ask("Orders/$query", "POST", query, content_type="text/plain", prefer="maxpagesize=2")
    assert response.json()["value"] == [{"id": 4}, {"id": 5}]
    following = response.json()["@odata.nextLink"].removeprefix("http://shop.test/odata/")
    assert await shop.ids(following) == [6, 7, 8, 9, 10, 11, 12]


async def test_forms(shop: Shop) -> None:
    body = await shop.json("Customers(1)?$select=id", accept="application/json;odata.metadata=none")
    assert body == {"id": 1}
    body = await shop.json("Customers(1)?$select=id&$format=application/json;IEEE754Compatible=true")
    assert body["id"] == "1"
    assert await shop.error("Customers?$format=atom") == (406, "odata.not_acceptable")
    assert await shop.error("Customers", accept="text/html") == (406, "odata.not_acceptable")
    head = await shop.ask("Customers", "HEAD")
    assert (head.status, head.body) == (200, b"")


async def test_changes(shop: Shop) -> None:
    response = await shop.ask("Customers", "POST", {"id": 4, "name": "Cy", "city": "Oslo"})
    assert (response.status, response.headers["location"]) == (201, "http://shop.test/odata/Customers(4)")
    assert response.json()["name"] == "Cy"
    assert (await shop.ask("Customers(4)", "PATCH", {"city": "Rome"})).status == 204
    body = await shop.json("Customers(4)")
    assert (body["name"], body["city"]) == ("Cy", "Rome")
    stale = await shop.ask("Customers(4)", "PATCH", {"city": "Bonn"}, if_match='W/"other"')
    assert stale.status == 412
    good = await shop.ask(
        "Customers(4)", "PATCH", {"city": "Bonn"}, if_match=body["@odata.etag"], prefer="return=representation"
    )
    assert good.json()["city"] == "Bonn"
    unchanged = await shop.ask("Customers(4)", if_none_match=good.headers["etag"])
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert (await shop.ask("Customers(4)", "PUT", {"name": "Di"}, if_match="*")).status == 204
    assert (await shop.ask("Customers(4)", "DELETE")).status == 204
    assert await shop.error("Customers(4)", "DELETE") == (404, "odata.not_found")
    assert await shop.error("Customers(4)", "PATCH", {"name": "x"}) == (404, "odata.not_found")


WRONG = {
    "Nothing": (404, "odata.not_found"),
    "Orders(1)/nothing": (404, "odata.not_found"),
    "Orders('x')": (400, "odata.type"),
    "Orders(name=1)": (400, "odata.key"),
    "Orders(1)(2)": (400, "odata.syntax"),
    "Orders?$filter=nothing%20eq%201": (400, "odata.unknown_property"),
    "Orders?$filter=note%20eq%201": (400, "odata.type"),
    "Orders?$filter=note": (400, "odata.type"),
    "Orders?$filter=customer%20eq%20null": (400, "odata.type"),
    "Orders?$filter=paid%20gt%20true": (400, "odata.type"),
    "Orders?$filter=geo.distance(note,note)%20lt%201": (501, "odata.unknown_function"),
    "Orders?$filter=not%20note%20eq%20'x'": (400, "odata.type"),
    "Orders?$filter=length(note,note)%20eq%201": (400, "odata.syntax"),
    "Orders?$filter=items/any(id:%20id/count%20gt%201)": (400, "odata.syntax"),
    "Orders?$filter=" + "(" * 30 + "paid" + ")" * 30: (400, "odata.too_deep"),
    "Orders?$filter=" + "%20or%20".join(["paid"] * 150): (400, "odata.too_many_nodes"),
    "Orders?$filter=note%20eq%20'" + "x" * 8192 + "'": (414, "odata.url_too_long"),
    "Orders?$filter=note%20eq%20'%00'": (400, "odata.encoding"),
    "Orders?$filter=note%20eq%20'%ff'": (400, "odata.encoding"),
    "Orders?$orderby=id,id,id,id,id,id": (400, "odata.too_many_orderby"),
    "Orders?$select=nothing": (400, "odata.unknown_property"),
    "Orders?$expand=nothing": (400, "odata.unknown_property"),
    "Orders?$expand=customer($filter=id%20eq%201)": (400, "odata.unfit_option"),
    "Orders?$expand=items($expand=order($expand=items($expand=order)))": (400, "odata.expand_too_deep"),
    "Orders?$expand=items($levels=max;$expand=order($levels=99999999999))": (400, "odata.syntax"),
    "Orders?$expand=" + ",".join(["items"] * 11): (400, "odata.too_many_expands"),
    "Orders?$expand=items,items": (400, "odata.duplicate_option"),
    "Orders?$top=1&$top=2": (400, "odata.duplicate_option"),
    "Orders?$top=5000": (400, "odata.top_too_large"),
    "Orders?$top=x": (400, "odata.syntax"),
    "Orders?$apply=aggregate(price%20with%20sum%20as%20all)": (501, "odata.unsupported"),
    "Orders?$compute=price%20mul%202%20as%20p": (501, "odata.unsupported"),
    "Orders?$nothing=1": (400, "odata.unknown_option"),
    "Orders(1)?$top=1": (400, "odata.unfit_option"),
    "Orders?@a=@b&@b=1&$filter=id%20eq%20@a": (400, "odata.alias"),
    "$crossjoin(Orders,Items)": (404, "odata.not_found"),
    "/".join(["Orders(1)", *["items(101)/order"] * 6]): (400, "odata.too_deep"),
}


@each("target", WRONG)
async def test_what_is_wrong_has_a_name(target: str) -> None:
    assert await of_collections(Rest(DATA)).error(target) == WRONG[target]


async def test_wrong_bodies(shop: Shop) -> None:
    assert await shop.error("Customers", "POST", b"{", content_type="application/json") == (400, "odata.malformed")
    twice = b'{"id": 8, "name": "a", "name": "b"}'
    assert await shop.error("Customers", "POST", twice, content_type="application/json") == (400, "odata.duplicate_key")
    assert await shop.error("Customers", "POST", b"<a/>", content_type="text/xml") == (415, "odata.media_type")
    assert await shop.error("Customers", "POST", [1]) == (400, "odata.malformed")
    assert await shop.error("Customers", "POST", {"id": 8, "age": 1}) == (400, "odata.unknown_property")
    assert await shop.error("Customers", "POST", {"id": 8, "name": 1}) == (400, "odata.type")
    assert await shop.error("Customers", "POST", {"id": None}) == (400, "odata.null")
    assert await shop.error("Customers", "POST", {"id": 8, "orders": []}) == (400, "odata.deep_insert")
    assert await shop.error("Items(101)", "PATCH", {"count": 2**31}) == (400, "odata.type")
    large = json.dumps({"id": 8, "name": "x" * 2**20}).encode()
    assert await shop.error("Customers", "POST", large, content_type="application/json") == (
        413,
        "odata.body_too_large",
    )
    assert await shop.error("Customers", "DELETE") == (405, "odata.method")
    assert await shop.error("Customers(1)/name", "PUT", {"value": 1}) == (501, "odata.unsupported")


@each(
    ("headers", "status"),
    [
        ({"odata_version": "4.0"}, 200),
        ({"odata_version": "4.01", "odata_maxversion": "4.0"}, 200),
        ({"odata_maxversion": "5.0"}, 200),
        ({"odata_version": "3.0"}, 400),
        ({"odata_maxversion": "3.0"}, 400),
        ({"odata_maxversion": "new"}, 400),
        ({"odata_version": "4.0", "maxdataserviceversion": "3.0"}, 400),
        ({"odata_version": "4.0", "dataserviceversion": "2.0"}, 400),
    ],
)
async def test_versions(headers: dict[str, str], status: int) -> None:
    response = await of_collections(Rest(DATA)).ask("Customers", **headers)
    assert response.status == status
    if status == 200:
        expected = "4.0" if "4.0" in (headers.get("odata_maxversion"), headers.get("odata_version")) else "4.01"
        assert response.headers["odata-version"] == expected
    else:
        assert response.json()["error"]["code"] == "odata.version"
