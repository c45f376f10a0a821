"""SQL tables as sets of entities: one statement for what is asked, with every value as a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, column, delete, func, insert, select, table, update
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.model.odata import EntitySet, Table
from crossway.runtime.odata.database import SqlDatabase
from crossway.runtime.odata.error import ODataError
from crossway.runtime.odata.sql import POSTGRES, SQLITE, Translation
from crossway.runtime.odata.tree import Found, Query, Row
from crossway.runtime.odata.values import READ_AS_TEXT, to_json
from crossway.sdk.http import Request


class TableSource:
    """The entities of *name* in a table."""

    def __init__(self, sets: Mapping[str, EntitySet], name: str, database: SqlDatabase) -> None:
        self._sets, self._name, self._spec = sets, name, sets[name]
        self.database = database
        self._names = list(self._spec.properties)
        source = cast("Table", self._spec.source)
        schema, _, local = source.table.rpartition(".")
        types = SQLITE if database.dialect == "sqlite" else POSTGRES
        self._columns = {
            name: column(each.field or name, types[each.type]) for name, each in self._spec.properties.items()
        }
        self._table = table(local, *self._columns.values(), schema=schema or None)
        self._readers = [
            READ_AS_TEXT.get(each.type) if database.dialect == "sqlite" else None
            for each in self._spec.properties.values()
        ]

    async def fetch(self, query: Query, client: Request) -> Found:
        """Return what *query* asks for."""
        del client
        made = Translation(self._sets, self._name, self.database.dialect)
        root = made.root
        wanted = select(*(made.column(root, self._name, name) for name in self._names)).select_from(root)
        counted = select(func.count()).select_from(root)
        if query.where is not None:
            condition = made.condition(query.where)
            wanted, counted = wanted.where(condition), counted.where(condition)
        key = made.column(root, self._name, self._spec.key)
        wanted = wanted.order_by(*made.order(query.order), key)
        if query.top is not None:
            wanted = wanted.limit(query.top)
        if query.skip:
            wanted = wanted.offset(query.skip)
        rows: list[Row] = []
        count = None
        async with self.database.read() as connection:
            if query.top != 0:
                rows = [self._row(record) for record in await connection.execute(wanted)]
            if query.count:
                count = int((await connection.execute(counted)).scalar_one())
        return Found(rows, count)

    def _row(self, record: Record[Any] | Sequence[object]) -> Row:
        try:
            values = {
                name: to_json(value if read is None or value is None else read(value))
                for name, value, read in zip(self._names, record, self._readers, strict=True)
            }
        except (ValueError, TypeError, AttributeError):
            raise ODataError(502, "odata.malformed_item", "The table has a value that is not of its type.") from None
        return Row(values, {})

    async def create(self, values: Mapping[str, object], connection: AsyncConnection) -> Row:
        """Insert an entity, and return it as it is then."""
        statement = insert(self._table).values(self._stored(values)).returning(*self._columns.values())
        return self._row((await connection.execute(statement)).one())

    async def update(self, key: object, values: Mapping[str, object], connection: AsyncConnection) -> Row | None:
        """Change an entity, and return it as it is then; `None` if there is none."""
        if not values:
            return await self.locked(key, connection)
        statement = update(self._table).where(self._is(key)).values(self._stored(values))
        record = (await connection.execute(statement.returning(*self._columns.values()))).one_or_none()
        return None if record is None else self._row(record)

    async def delete(self, key: object, connection: AsyncConnection) -> bool:
        """Delete an entity; return whether there was one."""
        statement = delete(self._table).where(self._is(key)).returning(self._columns[self._spec.key])
        return (await connection.execute(statement)).first() is not None

    async def locked(self, key: object, connection: AsyncConnection) -> Row | None:
        """Return an entity that nobody else changes before the transaction ends."""
        statement = select(*self._columns.values()).select_from(self._table).where(self._is(key)).with_for_update()
        record = (await connection.execute(statement)).one_or_none()
        return None if record is None else self._row(record)

    def _is(self, key: object) -> ColumnElement[bool]:
        made = Translation(self._sets, self._name, self.database.dialect)
        kind = self._spec.properties[self._spec.key].type
        return self._columns[self._spec.key] == made.plain(key, kind)

    def _stored(self, values: Mapping[str, object]) -> dict[Any, object]:
        made = Translation(self._sets, self._name, self.database.dialect)
        return {
            self._columns[name]: None if value is None else made.stored(value, self._spec.properties[name].type)
            for name, value in values.items()
        }
