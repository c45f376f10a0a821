"""Databases: PostgreSQL and SQLite answer alike, in time, and without what they say of themselves."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from crossway.model.odata import Reached
from crossway.runtime.odata.database import SqlDatabase
from crossway.runtime.odata.error import ODataError
from harness.background import Background
from harness.postgres import Postgres, binary
from runtime.odata.shop import DATA, PROPERTIES, Rest, Shop, fill, of_tables, tools
from runtime.odata.test_service import FILTERED

each = pytest.mark.parametrize
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
POSTGRES_TYPES = {
    "Int64": "bigint",
    "Int32": "integer",
    "Double": "double precision",
    "Boolean": "boolean",
    "String": "text",
    "DateTimeOffset": "timestamptz",
    "Date": "date",
    "TimeOfDay": "time",
}


@pytest.fixture(scope="module")
def postgres(background: Background) -> Iterator[Postgres]:
    if binary("postgres") is None:
        pytest.skip("there is no PostgreSQL server here: install the package postgresql")
    with background.entered(Postgres()) as running:
        yield running


async def filled(url: str) -> None:
    """Write the data into a database of PostgreSQL, as texts that it reads by itself."""
    connection = await asyncpg.connect(url)
    for name, properties in PROPERTIES.items():
        columns = ", ".join(f'"{column}" {POSTGRES_TYPES[kind]}' for column, kind in properties.items())
        await connection.execute(f"CREATE TABLE {name.lower()} ({columns}, PRIMARY KEY (id))")
        for row in DATA[name]:
            values = ", ".join(
                "NULL" if row.get(column) is None else "'" + str(row[column]).replace("'", "''") + "'"
                for column in properties
            )
            await connection.execute(f"INSERT INTO {name.lower()} VALUES ({values})")
    await connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/shop.db"
        fill(tmp_path / "shop.db", DATA)
    else:
        url = await request.getfixturevalue("postgres").place()
        await filled(url)
    async with of_tables(url) as made:
        yield made


async def test_both_answer_alike(shop: Shop) -> None:
    for condition, ids in FILTERED.items():
        assert await shop.ids(f"Orders?$filter={condition.replace(' ', '%20')}") == ids, condition
    functions = (
        "startswith(note,'no') and endswith(note,'7') and indexof(note,'7') eq 5 and substring(note,5) eq '7' and "
        "substring(note,0,4) eq 'note' and length(trim(concat(note,' '))) eq 6 and toupper(note) eq 'NOTE 7' and "
        "round(price) eq 4 and floor(price) eq 3 and ceiling(price) eq 4 and -amount eq -3 and amount div 2 eq 1 and "
        "amount divby 2 eq 1.5 and price mul 2 eq 7 and hour(placed) eq 10 and time(placed) eq 10:00:00 and "
        "minute(at) eq 30 and month(due) eq 2 and amount div 0 eq null"
    )
    assert await shop.ids(f"Orders?$filter={functions.replace(' ', '%20')}") == [7]
    assert await shop.ids("Orders?$orderby=placed%20desc&$top=2&$select=id") == [12, 11]
    assert await shop.ids("Customers?$orderby=city&$select=id") == [2, 3, 1], "null comes first"
    order = await shop.json("Orders(7)?$expand=customer,items")
    assert (order["placed"], order["due"], order["at"]) == ("2024-01-07T10:00:00Z", "2024-02-07", "09:30:00")
    assert order["customer"]["name"] == "Bo"


async def test_both_are_changed_alike(shop: Shop) -> None:
    body = {
        "id": 77,
        "note": "new",
        "price": 1.25,
        "paid": True,
        "placed": "2025-01-01T12:00:00+02:00",
        "due": "2025-01-02",
        "at": "10:00:00.5",
    }
    created = await shop.ask("Orders", "POST", body)
    assert created.status == 201, created.text
    assert created.json()["placed"] == "2025-01-01T10:00:00Z"
    assert await shop.ids("Orders?$filter=placed%20eq%202025-01-01T10:00:00Z%20and%20due%20eq%202025-01-02") == [77]
    assert await shop.error("Orders", "POST", body) == (409, "odata.conflict")
    assert (await shop.ask("Orders(77)", "PATCH", {"note": None})).status == 204
    assert (await shop.ask("Orders(77)", "DELETE")).status == 204


async def test_it_is_read_only_unless_a_set_is_writable(postgres: Postgres, tmp_path: Path) -> None:
    fill(tmp_path / "shop.db", DATA)
    url = await postgres.place()
    await filled(url)
    for each_url in (f"sqlite:///{tmp_path}/shop.db", url):
        reached = Reached(url=each_url, connections=1, timeout="5s", writable=False)
        database = SqlDatabase("main", reached, tools(Rest({}).call))
        with pytest.raises(ODataError):
            async with database.read() as connection:
                await connection.execute(text("DELETE FROM orders"))
        with pytest.raises(ODataError):
            async with database.write():
                raise AssertionError
        await database.close()


async def test_a_statement_ends_in_time(postgres: Postgres, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").close()
    slow = {
        f"sqlite:///{tmp_path}/x.db": ENDLESS,
        postgres.url(): "SELECT pg_sleep(60)",
    }
    for url, statement in slow.items():
        reached = Reached(url=url, connections=1, timeout="200ms", writable=False)
        database = SqlDatabase("main", reached, tools(Rest({}).call))
        with pytest.raises(ODataError) as raised:
            async with database.read() as connection:
                await connection.execute(text(statement))
        assert (raised.value.status, raised.value.code) == (504, "odata.timeout")
        async with database.read() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await database.close()


async def test_the_pool_is_bounded(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").close()
    reached = Reached(url=f"sqlite:///{tmp_path}/x.db", connections=1, timeout="100ms", writable=False)
    database = SqlDatabase("main", reached, tools(Rest({}).call))
    async with database.read():
        with pytest.raises(ODataError) as raised:
            async with asyncio.timeout(5), database.read():
                raise AssertionError
    assert raised.value.code == "odata.timeout"
    await database.close()


async def test_one_that_is_away_is_told_without_its_words(capfd: pytest.CaptureFixture[str]) -> None:
    async with of_tables("postgresql://crossway:sesame@127.0.0.1:1/shop") as shop:
        response = await shop.ask("Orders")
        await shop.ask("Orders")
    assert (response.status, response.json()["error"]["code"]) == (503, "odata.database")
    assert "127.0.0.1" not in response.text
    told = capfd.readouterr().err
    assert told.count("odata: database main") == 1
    assert "sesame" not in told


async def test_it_comes_back(postgres: Postgres, background: Background) -> None:
    url = await postgres.place()
    await filled(url)
    async with of_tables(url) as shop:
        assert (await shop.ask("Orders")).status == 200
        with background.entered(postgres.away()):
            assert (await shop.ask("Orders")).status == 503
        assert (await shop.ask("Orders")).status == 200
