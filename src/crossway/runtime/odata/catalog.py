"""The sets of a service and where each comes from; and the ways from entities to others, followed for many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crossway.model.odata import Collection, EntitySet, ODataService, Table
from crossway.runtime.handler import Tools
from crossway.runtime.odata.collections import CollectionSource
from crossway.runtime.odata.error import ODataError, bad, unsupported
from crossway.runtime.odata.tree import (
    ROOT,
    Expression,
    Field,
    Found,
    Operation,
    Order,
    Place,
    Query,
    Row,
    Ways,
    Within,
)
from crossway.sdk.http import Request

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from crossway.runtime.odata.database import SqlDatabase
    from crossway.runtime.odata.tables import TableSource

_MOST_LINKED: Final = 10_000
"""How many entities one way may lead to, from all entities of an answer together."""
_KEYS: Final = 500
"""How many keys are asked for at a time."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Changes that happen together: in one transaction of a database, or one call of a service."""

    database: str | None
    connection: AsyncConnection | None


class Catalog:
    """What a service has. It belongs to the event loop in which it was made."""

    def __init__(self, settings: ODataService, tools: Tools) -> None:
        self.sets: Mapping[str, EntitySet] = settings.spec.sets
        self._databases: dict[str, SqlDatabase] = {}
        if settings.databases:
            from crossway.runtime.odata.database import SqlDatabase

            self._databases = {name: SqlDatabase(name, reached, tools) for name, reached in settings.databases.items()}
        self._sources = {name: self._source(name, tools) for name in self.sets}

    def _source(self, name: str, tools: Tools) -> CollectionSource | TableSource:
        source = self.sets[name].source
        if isinstance(source, Collection):
            return CollectionSource(self, name, source, tools)
        from crossway.runtime.odata.tables import TableSource

        return TableSource(self.sets, name, self._databases[source.database or ""])

    async def close(self) -> None:
        """Close all connections to databases."""
        for database in self._databases.values():
            await database.close()

    async def fetch(self, name: str, query: Query, client: Request) -> Found:
        """Return the entities of a set that *query* asks for."""
        return await self._sources[name].fetch(query, client)

    async def link_all(self, rows: list[Row], name: str, passed: Ways, client: Request) -> None:
        """Link *rows* of a set to what their navigation properties *passed* lead to, and these to what is behind."""
        for navigation, behind in passed.items():
            others = await self.link(rows, name, navigation, client)
            await self.link_all(others, self.sets[name].navigation[navigation].set, behind, client)

    async def link(
        self,
        rows: list[Row],
        name: str,
        navigation: str,
        client: Request,
        where: Expression | None = None,
        order: Order = (),
    ) -> list[Row]:
        """Link *rows* of a set to the entities that a navigation property leads to; return these.

        Those of all rows are asked for together. With *where*, others are left out.
        """
        way = self.sets[name].navigation[navigation]
        key = self.sets[way.set].key
        mine, theirs = (self.sets[name].key, way.by) if way.many else (way.by, key)
        wanted = list(dict.fromkeys(row.values[mine] for row in rows if row.values[mine] is not None))
        others: list[Row] = []
        for start in range(0, len(wanted), _KEYS):
            condition = self.among(way.set, theirs, tuple(wanted[start : start + _KEYS]))
            if where is not None:
                condition = Operation("and", (condition, where), "Boolean")
            query = Query(condition, order, top=_MOST_LINKED + 1 - len(others))
            others += (await self.fetch(way.set, query, client)).rows
            if len(others) > _MOST_LINKED:
                raise bad("too_many_items", f"{navigation} leads to more than {_MOST_LINKED} entities.", navigation)
        leading: dict[object, list[Row]] = {}
        for other in others:
            leading.setdefault(other.values[theirs], []).append(other)
        for row in rows:
            found = leading.get(row.values[mine], []) if row.values[mine] is not None else []
            row.links[navigation] = found if way.many else next(iter(found), None)
        return others

    def among(self, name: str, field: str, values: tuple[object, ...]) -> Expression:
        """Return the condition that a property of a set has one of *values*, as rows have them."""
        from crossway.runtime.odata.values import from_json

        kind = self.sets[name].properties[field].type
        try:
            plain = tuple(from_json(kind, value) for value in values)
        except (ValueError, TypeError, AttributeError, OverflowError):
            detail = f"A key that leads to {name} is not of the type of {field}."
            raise ODataError(502, "odata.malformed_item", detail, field) from None
        return Within(Field(Place(ROOT, name), field, kind), plain)

    @asynccontextmanager
    async def unit(self, name: str) -> AsyncIterator[Unit]:
        """Give what changes of a set, and others in the same database, happen in."""
        source = self.sets[name].source
        async with AsyncExitStack() as stack:
            if isinstance(source, Table) and source.database is not None:
                connection = await stack.enter_async_context(self._databases[source.database].write())
                yield Unit(source.database, connection)
            else:
                yield Unit(None, None)

    def fits(self, name: str, unit: Unit) -> bool:
        """Return whether a set can be changed in *unit*, beside others."""
        source = self.sets[name].source
        return isinstance(source, Table) and unit.database is not None and source.database == unit.database

    async def create(self, name: str, values: Mapping[str, object], unit: Unit, client: Request) -> Row:
        """Create an entity."""
        source = self._sources[name]
        if isinstance(source, CollectionSource):
            return await source.create(values, client)
        return await source.create(values, self._connection(unit))

    async def current(self, name: str, key: object, unit: Unit, client: Request) -> Row | None:
        """Return an entity that is about to be changed; in a database, nobody else can do so before it is."""
        source = self._sources[name]
        if isinstance(source, CollectionSource):
            kind = self.sets[name].properties[self.sets[name].key].type
            condition = Within(Field(Place(ROOT, name), self.sets[name].key, kind), (key,))
            return next(iter((await source.fetch(Query(condition, top=1), client)).rows), None)
        return await source.locked(key, self._connection(unit))

    async def update(
        self, name: str, key: object, values: Mapping[str, object], unit: Unit, client: Request, *, replace: bool
    ) -> bool:
        """Change an entity; return whether there is one. To *replace* it sets what is not named to null."""
        source = self._sources[name]
        if isinstance(source, CollectionSource):
            return await source.update(key, values, client, replace=replace)
        spec = self.sets[name]
        if replace:
            values = {**{each: None for each in spec.properties if each != spec.key}, **values}
        return await source.update(key, values, self._connection(unit)) is not None

    async def delete(self, name: str, key: object, unit: Unit, client: Request) -> bool:
        """Delete an entity; return whether there was one."""
        source = self._sources[name]
        if isinstance(source, CollectionSource):
            return await source.delete(key, client)
        return await source.delete(key, self._connection(unit))

    def _connection(self, unit: Unit) -> AsyncConnection:
        if unit.connection is None:
            raise unsupported("Only sets of one database can be changed together.")
        return unit.connection
