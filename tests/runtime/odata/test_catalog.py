"""Ways from many entities to others, followed for all of them at once."""

from pathlib import Path

import pytest

from crossway.runtime.odata.error import ODataError
from crossway.sdk.http import Request
from runtime.odata.shop import DATA, Rest, fill, of_collections, of_tables

CLIENT = Request("GET", "/odata")


async def test_links_of_many_rows() -> None:
    catalog = of_collections(Rest(DATA)).service.catalog
    from crossway.runtime.odata.tree import Query

    rows = (await catalog.fetch("Orders", Query(), CLIENT)).rows
    await catalog.link_all(rows, "Orders", {"items": {"order": {}}, "customer": {}}, CLIENT)
    items = rows[0].links["items"]
    assert isinstance(items, list)
    assert [item.values["id"] for item in items] == [104, 108]
    customers = {id(row.links["customer"]) for row in rows}
    assert len(customers) == 3, "an entity that several lead to is there once"


async def test_a_key_that_is_not_of_its_type() -> None:
    rest = Rest({**DATA, "Orders": [{"id": 1, "customer_id": "one"}]})
    assert await of_collections(rest).error("Orders?$expand=customer") == (502, "odata.malformed_item")


async def test_only_sets_of_one_database_change_together(tmp_path: Path) -> None:
    fill(tmp_path / "shop.db", DATA)
    async with of_tables(f"sqlite:///{tmp_path}/shop.db") as shop, shop.service.catalog.unit("Orders") as unit:
        assert shop.service.catalog.fits("Items", unit)
    catalog = of_collections(Rest(DATA)).service.catalog
    async with catalog.unit("Orders") as unit:
        assert not catalog.fits("Orders", unit)
    async with of_tables(f"sqlite:///{tmp_path}/shop.db") as shop:
        with pytest.raises(ODataError):
            await shop.service.catalog.create("Orders", {}, unit, CLIENT)
