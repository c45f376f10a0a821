"""Tables: columns with names of their own, views, and values that are not what they are said to be."""

import sqlite3
from pathlib import Path
from typing import Any

from runtime.odata.shop import Rest, Shop

SPEC: dict[str, Any] = {
    "Things": {
        "key": "id",
        "properties": {
            "id": "Int64",
            "made": {"type": "DateTimeOffset", "field": "made at"},
            "price": "Decimal",
            "raw": "Binary",
        },
        "source": {"table": "things", "database": "main"},
        "writable": True,
    },
    "Cheap": {"key": "id", "properties": {"id": "Int64"}, "source": {"table": "main.cheap", "database": "main"}},
}


def shop(path: Path) -> Shop:
    with sqlite3.connect(path) as connection:
        connection.execute(
            'CREATE TABLE things (id INTEGER PRIMARY KEY, "made at" TEXT, price NUMERIC, raw BLOB, hidden TEXT)'
        )
        connection.execute("CREATE VIEW cheap AS SELECT id FROM things WHERE price < 2")
        connection.execute("INSERT INTO things VALUES (1, '2024-01-01 10:00:00', 1.5, x'0102', 'secret')")
        connection.execute("INSERT INTO things VALUES (2, '2024-01-01T12:00:00+02:00', 3, NULL, 'secret')")
    connection.close()
    return Shop(SPEC, Rest({}).call, f"sqlite:///{path}")


async def test_columns(tmp_path: Path) -> None:
    made = shop(tmp_path / "x.db")
    body = await made.json("Things(1)?$format=application/json;odata.metadata=none")
    assert body == {"id": 1, "made": "2024-01-01T10:00:00Z", "price": 1.5, "raw": "AQI"}
    assert await made.ids("Things?$filter=made%20eq%202024-01-01T10:00:00Z") == [1, 2]
    assert await made.ids("Things?$filter=price%20div%202%20eq%201.5") == [2]
    assert await made.ids("Cheap") == [1]
    assert await made.error("Things?$filter=hidden%20eq%20'secret'") == (400, "odata.unknown_property")
    assert await made.error("Cheap(1)", "DELETE") == (405, "odata.method")
    created = await made.ask("Things", "POST", {"price": 9, "raw": "AQI", "made": "2025-01-01T00:00:00Z"})
    told = {name: value for name, value in created.json().items() if "@" not in name}
    assert told == {"id": 3, "made": "2025-01-01T00:00:00Z", "price": 9.0, "raw": "AQI"}
    await made.service.catalog.close()


async def test_a_value_that_is_not_of_its_type(tmp_path: Path) -> None:
    made = shop(tmp_path / "x.db")
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("""UPDATE things SET "made at" = 'soon'""")
    connection.close()
    assert await made.error("Things") == (502, "odata.malformed_item")
    await made.service.catalog.close()
