"""REST collections as sets of entities: what the service cannot do is done here, over a bounded number of items.

Law: what is left to the service only narrows what comes; every condition is looked at here once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import quote

from crossway.compile.program import PEER
from crossway.model.call import ALWAYS_FORWARDED
from crossway.model.odata import Collection
from crossway.runtime.composing.answers import read_json
from crossway.runtime.composing.expressions import Interpreter, Pattern, UnfitError, expression, segment
from crossway.runtime.handler import Tools
from crossway.runtime.odata.error import ODataError, bad
from crossway.runtime.odata.predicate import matches, sort
from crossway.runtime.odata.tree import ROOT, Const, Expression, Field, Found, Operation, Query, Row, Within, ways
from crossway.runtime.odata.values import to_json
from crossway.sdk.http import BodyTooLarge, Headers, Request, Response

if TYPE_CHECKING:
    from crossway.runtime.odata.catalog import Catalog

T = TypeVar("T")
_AT_ONCE: Final = 8
"""How many calls are made for one request at the same time."""
_MOST_CALLS: Final = 50
"""For more values than that, the collection is asked for as a whole instead of once for each."""
_IN_THREAD: Final = 2000
"""From so many rows on, they are looked at in a thread, so that other requests go on."""
_RELAYED: Final = frozenset({401, 403, 404, 409, 412, 422, 429, 503, 504})
_JSON: Final = ("content-type", "application/json")


class CollectionSource:
    """The entities of *name* in a collection."""

    def __init__(self, catalog: Catalog, name: str, source: Collection, tools: Tools) -> None:
        self._catalog, self._name, self._spec, self._source = catalog, name, catalog.sets[name], source
        self._call = tools.call
        self._fields = {name: each.field or name for name, each in self._spec.properties.items()}
        self._items = expression(source.items) if source.items is not None else None
        self._item = expression(source.item) if source.item is not None else None
        self._item_path = Pattern(source.item_path) if source.item_path is not None else None
        self._forwarded = ALWAYS_FORWARDED | {PEER} | {*source.forward}
        self._parameters = {
            text if " " in text else f"{text} eq": name for text, name in source.pushdown.filter.items()
        }

    async def fetch(self, query: Query, client: Request) -> Found:
        """Return what *query* asks for."""
        conditions = list(_conjuncts(query.where))
        passed = ways(iter([*conditions, *(node for node, _ in query.order)]))
        test = matches(query.where) if query.where is not None else None
        enough = None
        if not query.order and not query.count and not passed and query.top is not None:
            enough = query.skip + query.top
        rows: list[Row] = []
        async for page in self._pages(conditions, enough if test is None else None, client):
            if passed:
                await self._catalog.link_all(page, self._name, passed, client)
            rows += await _beside(len(page), lambda page=page: list(filter(test, page)))  # type: ignore[misc]
            if enough is not None and len(rows) >= enough:
                break
        if query.order:
            await _beside(len(rows), lambda: sort(rows, query.order))
        last = None if query.top is None else query.skip + query.top
        return Found(rows[query.skip : last], len(rows) if query.count else None)

    async def _pages(
        self, conditions: list[Expression], enough: int | None, client: Request
    ) -> AsyncIterator[list[Row]]:
        """Yield the rows that the service has and that may meet the *conditions*."""
        keys = self._among(conditions, self._spec.key)
        if keys is not None and self._item_path is not None and len(keys) <= _MOST_CALLS:
            found = await _all_of([lambda key=key: self._one(key, client) for key in keys])  # type: ignore[misc]
            yield [row for row in found if row is not None]
            return
        seen = 0
        for parameters in self._narrowed(conditions):
            async for items in self._walk(parameters, enough, client):
                seen += len(items)
                if seen > self._source.max_items:
                    most = self._source.max_items
                    raise bad("too_many_items", f"This would look at more than {most} items; narrow it with $filter.")
                yield await _beside(len(items), lambda items=items: list(map(self._row, items)))  # type: ignore[misc]

    def _among(self, conditions: list[Expression], name: str) -> tuple[object, ...] | None:
        """Return the values one of which the property *name* has to have; `None` if it may have any."""
        for node in conditions:
            match node:
                case Within(Field(place, field), values) if field == name and place.variable == ROOT and not place.hops:
                    return tuple(value for value in values if value is not None)
                case Operation("eq", (Field(place, field), Const(value))) if (
                    field == name and place.variable == ROOT and not place.hops and value is not None
                ):
                    return (value,)
        return None

    def _narrowed(self, conditions: list[Expression]) -> list[list[tuple[str, str]]]:
        """Return the parameters of each call: one call for each combination of values that a property may have."""
        choices: list[list[tuple[str, str]]] = []
        for text, parameter in self._parameters.items():
            name, operator = text.split(" ")
            if operator == "eq":
                values = self._among(conditions, name)
            else:
                values = next(iter(_compared(conditions, name, operator)), None)
            if values is not None and len(values) <= _MOST_CALLS:
                choices.append([(parameter, _as_text(value)) for value in values])
        combined = list(map(list, product(*choices)))
        return combined if len(combined) <= _MOST_CALLS else [[]]

    async def _walk(
        self, parameters: list[tuple[str, str]], enough: int | None, client: Request
    ) -> AsyncIterator[list[object]]:
        """Yield the items of each answer of the service."""
        pushdown, at = self._source.pushdown, 0
        while True:
            paging: list[tuple[str, str]] = []
            size = pushdown.page_size if enough is None else max(1, min(pushdown.page_size, enough - at))
            if pushdown.top is not None:
                paging.append((pushdown.top, str(size)))
                if pushdown.skip is not None and at:
                    paging.append((pushdown.skip, str(at)))
            items = self._list(await self._get(self._source.path, [*parameters, *paging], client))
            yield items
            at += len(items)
            if pushdown.skip is None or len(items) != size:
                return  # the last page, or a service that gives everything at once

    async def _one(self, key: object, client: Request) -> Row | None:
        try:
            body = await self._get(self._path(key), [], client)
        except ODataError as error:
            if error.status == 404:
                return None
            raise
        return self._row(self._evaluated(self._item, body))

    async def _get(self, path: str, parameters: list[tuple[str, str]], client: Request) -> object:
        pairs = [*self._source.query.items(), *parameters]
        query = "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs)
        response = await self._answer(Request("GET", f"{path}?{query}" if query else path, self._headers(client)))
        return await self._read(response)

    async def create(self, values: Mapping[str, object], client: Request) -> Row:
        """Create an entity, and return it as the service says that it is."""
        response = await self._send("POST", self._source.path, values, client)
        body = await self._read(response) if response.body else None
        there = self._row(self._evaluated(self._item, body)) if isinstance(body, dict) else Row({}, {})
        return Row({**dict.fromkeys(self._fields), **_jsoned(values), **_known(there.values)}, {})

    async def update(self, key: object, values: Mapping[str, object], client: Request, *, replace: bool) -> bool:
        """Change an entity; return whether there is one."""
        return await self._change("PUT" if replace else "PATCH", key, values, client)

    async def delete(self, key: object, client: Request) -> bool:
        """Delete an entity; return whether there was one."""
        return await self._change("DELETE", key, None, client)

    async def _change(self, method: str, key: object, values: Mapping[str, object] | None, client: Request) -> bool:
        try:
            await self._send(method, self._path(key), values, client)
        except ODataError as error:
            if error.status == 404:
                return False
            raise
        return True

    async def _send(self, method: str, path: str, values: Mapping[str, object] | None, client: Request) -> Response:
        body = None if values is None else {self._fields[name]: value for name, value in _jsoned(values).items()}
        return await self._answer(Request(method, path, self._headers(client), json=body))

    def _path(self, key: object) -> str:
        assert self._item_path is not None  # the compiler asks for one where it is needed
        try:
            return self._item_path.fill({"key": to_json(key)}, Interpreter(), segment) or ""
        except UnfitError:
            raise ODataError(404, "odata.not_found", "There is no entity with such a key.") from None

    def _headers(self, client: Request) -> Headers:
        return Headers.of([item for item in client.headers.items() if item[0] in self._forwarded])

    async def _answer(self, request: Request) -> Response:
        """Return what the service says, read; `ODataError` if it is an error."""
        try:
            response = await self._call(self._source.service, request)
            await response.read(self._source.max_body)
        except BodyTooLarge:
            raise ODataError(502, "odata.backend", "The answer of the service is too large.") from None
        except TimeoutError:
            raise ODataError(504, "odata.timeout", "The service did not answer in time.") from None
        except ConnectionError:
            raise ODataError(502, "odata.backend", "The service gave no answer, or not all of it.") from None
        if response.status >= 300:
            status = response.status if response.status in _RELAYED else 502
            raise ODataError(status, "odata.backend", f"The service answered with status {response.status}.")
        return response

    async def _read(self, response: Response) -> object:
        try:
            return await _beside(len(response.body) // 64, lambda: read_json(response.body))
        except ValueError:
            raise ODataError(502, "odata.malformed", "The answer of the service is not JSON.") from None

    def _evaluated(self, compute: Callable[[dict[str, object], Interpreter], object] | None, body: object) -> object:
        if compute is None:
            return body
        try:
            return compute(cast("dict[str, object]", body), Interpreter())
        except UnfitError:
            raise ODataError(502, "odata.malformed", "The answer of the service is not what was expected.") from None

    def _list(self, body: object) -> list[object]:
        items = self._evaluated(self._items, body)
        if not isinstance(items, list):
            raise ODataError(502, "odata.malformed", "The answer of the service has no list of items.")
        return items

    def _row(self, item: object) -> Row:
        if not isinstance(item, dict):
            raise ODataError(502, "odata.malformed", "The answer of the service has an item that is no object.")
        return Row({name: item.get(field) for name, field in self._fields.items()}, {})


def _conjuncts(where: Expression | None) -> Iterator[Expression]:
    """Yield conditions all of which have to hold."""
    match where:
        case None:
            return
        case Operation("and", operands):
            for operand in operands:
                yield from _conjuncts(operand)
        case _:
            yield where


def _compared(conditions: list[Expression], name: str, operator: str) -> Iterator[tuple[object, ...]]:
    for node in conditions:
        match node:
            case Operation(there, (Field(place, field), Const(value))) if (
                (there, field) == (operator, name) and place.variable == ROOT and not place.hops and value is not None
            ):
                yield (value,)


def _as_text(value: object) -> str:
    plain = to_json(value)
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _jsoned(values: Mapping[str, object]) -> dict[str, object]:
    return {name: to_json(value) for name, value in values.items()}


def _known(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


async def _beside(size: int, work: Callable[[], T]) -> T:
    """Return what *work* over *size* things returns: done in a thread if these are many."""
    return await asyncio.to_thread(work) if size > _IN_THREAD else work()


async def _all_of(calls: list[Callable[[], object]]) -> list[Row | None]:
    """Make calls, some at once, and return what each of them gives."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(call: Callable[[], object]) -> Row | None:
        async with gate:
            return await cast("asyncio.Future[Row | None]", call())

    if len(calls) == 1:
        return [await one(calls[0])]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as errors:
        first: BaseException = errors
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    return [task.result() for task in tasks]
