"""A shop as sets of entities: orders, customers and the items of orders, in SQLite and as plain rows."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from crossway.model.odata import EntitySet, ODataService
from crossway.runtime.handler import Call, Tools
from crossway.runtime.odata import Service, handler
from crossway.runtime.odata.tree import Row
from crossway.sdk.http import Request, Response

PROPERTIES = {
    "Customers": {"id": "Int64", "name": "String", "city": "String"},
    "Orders": {
        "id": "Int64",
        "customer_id": "Int64",
        "note": "String",
        "price": "Double",
        "amount": "Int32",
        "paid": "Boolean",
        "placed": "DateTimeOffset",
        "due": "Date",
        "at": "TimeOfDay",
    },
    "Items": {"id": "Int64", "order_id": "Int64", "sku": "String", "count": "Int32"},
}
NAVIGATION = {
    "Customers": {"orders": {"set": "Orders", "by": "customer_id", "many": True}},
    "Orders": {
        "customer": {"set": "Customers", "by": "customer_id"},
        "items": {"set": "Items", "by": "order_id", "many": True},
    },
    "Items": {"order": {"set": "Orders", "by": "order_id"}},
}
SQL_TYPES = {"Int64": "INTEGER", "Int32": "INTEGER", "Double": "REAL", "Boolean": "BOOLEAN"}
Data = Mapping[str, list[dict[str, Any]]]


def settings(**source: Any) -> dict[str, Any]:
    """Return the sets as people write them, each from a table of its name in lower case, or from *source*."""
    return {
        name: {
            "key": "id",
            "properties": dict(properties),
            "navigation": NAVIGATION[name],
            "source": {"table": name.lower(), "database": "main"} | source,
        }
        for name, properties in PROPERTIES.items()
    }


def sets() -> dict[str, EntitySet]:
    return {name: EntitySet.model_validate(spec) for name, spec in settings().items()}


def fill(path: Path, data: Data) -> None:
    """Write *data* into a database of SQLite."""
    with sqlite3.connect(path) as connection:
        write(connection, data)
    connection.close()


def write(connection: sqlite3.Connection, data: Data) -> None:
    """Write *data* in the place of what is there."""
    for name, properties in PROPERTIES.items():
        columns = ", ".join(f"{column} {SQL_TYPES.get(kind, 'TEXT')}" for column, kind in properties.items())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name.lower()} ({columns}, PRIMARY KEY (id))")
        connection.execute(f"DELETE FROM {name.lower()}")
        marks = ", ".join("?" for _ in properties)
        values: Iterable[tuple[Any, ...]] = [tuple(map(row.get, properties)) for row in data.get(name, [])]
        connection.executemany(f"INSERT INTO {name.lower()} VALUES ({marks})", values)


def linked(data: Data) -> dict[str, list[Row]]:
    """Return *data* as rows that are linked to each other."""
    rows = {name: [Row(dict(values), {}) for values in data[name]] for name in data}
    for name, ways in NAVIGATION.items():
        for way, leads in ways.items():
            others = rows[str(leads["set"])]
            for row in rows[name]:
                if leads.get("many"):
                    row.links[way] = [other for other in others if other.values[str(leads["by"])] == row.values["id"]]
                else:
                    by = row.values[str(leads["by"])]
                    row.links[way] = next((other for other in others if other.values["id"] == by), None)
    return rows


DATA: Data = {
    "Customers": [
        {"id": 1, "name": "Ada", "city": "London"},
        {"id": 2, "name": "Bo", "city": None},
        {"id": 3, "name": "O'Neil", "city": "Cork"},
    ],
    "Orders": [
        {
            "id": place,
            "customer_id": (place % 3) + 1,
            "note": f"note {place}",
            "price": place / 2,
            "amount": place % 4,
            "paid": place % 2 == 0,
            "placed": f"2024-01-{place:02}T10:00:00Z",
            "due": f"2024-02-{place:02}",
            "at": "09:30:00",
        }
        for place in range(1, 13)
    ],
    "Items": [
        {"id": 100 + place, "order_id": (place % 4) + 1, "sku": f"s{place}", "count": place} for place in range(1, 9)
    ],
}


class Rest:
    """A REST service with the data: `GET /orders?amount=1&limit=5&offset=5`, `/orders/7`, and changes of items."""

    def __init__(self, data: Data) -> None:
        self.data = {name.lower(): [dict(row) for row in rows] for name, rows in data.items()}
        self.asked: list[str] = []
        self.sent: list[Request] = []

    async def call(self, service: str, request: Request) -> Response:
        assert service == "shop"
        self.asked.append(f"{request.method} {request.target}")
        self.sent.append(request)
        _, name, *key = request.path.split("/")
        rows = self.data[name]
        if key:
            found = [row for row in rows if str(row["id"]) == key[0]]
            if not found:
                return Response(404, json={})
            if request.method == "DELETE":
                rows.remove(found[0])
                return Response(204)
            if request.method in {"PATCH", "PUT"}:
                found[0].update(json.loads(request.body))
            return Response(json=found[0])
        if request.method == "POST":
            rows.append({"id": len(rows) + 1} | json.loads(request.body))
            return Response(201, json=rows[-1])
        params = request.params
        for parameter, value in params.items():
            if parameter not in {"limit", "offset"}:
                rows = [row for row in rows if str(row[parameter]) == value]
        start, size = int(params.get("offset", 0)), int(params.get("limit", 1000))
        return Response(json={"data": rows[start : start + size]})


def tools(call: Call) -> Tools:
    return Tools(call, store=None, clock=lambda: 0.0, background=lambda _: None)  # type: ignore[arg-type]


async def nothing_behind(_: Request) -> Response:
    raise AssertionError("an OData service calls nothing behind it")


class Shop:
    """The shop as an OData service, which answers requests at once."""

    def __init__(self, spec: dict[str, Any], call: Call, url: str = "", **others: Any) -> None:
        databases = {"main": {"url": url, "connections": 2, "timeout": "5s", "writable": True}} if url else {}
        service = {"root": "/odata", "spec": {"sets": spec} | others, "databases": databases}
        self.service = Service(ODataService.model_validate(service), tools(call))
        self._handle = handler(self.service)

    async def ask(self, target: str, method: str = "GET", body: Any = None, **headers: str) -> Response:
        """Return the answer to a request, whose target stands behind the root."""
        fields = {"host": "shop.test"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            request = Request(method, f"/odata/{target}", fields, body)
        else:
            request = Request(method, f"/odata/{target}", fields, json=body)
        return await self._handle(request, nothing_behind)

    async def json(self, target: str, **headers: str) -> Any:
        """Return what a request is answered with, which is to succeed."""
        response = await self.ask(target, **headers)
        assert response.status == 200, response.text
        return json.loads(response.body)

    async def ids(self, target: str) -> list[int]:
        """Return the ids of the entities of an answer."""
        return [each["id"] for each in (await self.json(target))["value"]]

    async def error(self, target: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str]:
        """Return the status and the code of the error that a request is answered with, in OData's format."""
        response = await self.ask(target, method, body, **headers)
        assert response.headers["content-type"].startswith("application/json")
        assert response.headers["odata-version"] in {"4.0", "4.01"}
        error = json.loads(response.body)["error"]
        assert error["message"].endswith("."), error
        return response.status, error["code"]


@asynccontextmanager
async def of_tables(url: str, **others: Any) -> AsyncIterator[Shop]:
    """Give the shop over tables of a database."""
    spec = {name: each | {"writable": True} for name, each in settings().items()}
    shop = Shop(spec, Rest({}).call, url, **others)
    try:
        yield shop
    finally:
        await shop.service.catalog.close()


def of_collections(rest: Rest, pushdown: dict[str, Any] | None = None, **others: Any) -> Shop:
    """Return the shop over REST collections."""
    spec = {
        name: each
        | {
            "writable": True,
            "source": {
                "service": "shop",
                "path": f"/{name.lower()}",
                "item_path": f"/{name.lower()}/{{key}}",
                "items": "data",
                "pushdown": pushdown or {},
            },
        }
        for name, each in settings().items()
    }
    return Shop(spec, rest.call, **others)
