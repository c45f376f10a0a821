"""An OData service: what each request comes to, for one request and for those in a batch alike."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from crossway.model.odata import ODataService
from crossway.runtime import strict
from crossway.runtime.handler import Tools
from crossway.runtime.odata import metadata
from crossway.runtime.odata.answer import Form, Writer, answer, etag, plain
from crossway.runtime.odata.asked import Fitting, Segment, Selection, both, key_of, segments
from crossway.runtime.odata.catalog import Catalog, Unit
from crossway.runtime.odata.error import ODataError, bad, unsupported
from crossway.runtime.odata.options import Options, read
from crossway.runtime.odata.tree import Expression, Query, Row
from crossway.runtime.odata.values import entity
from crossway.runtime.odata.wanted import XML, form, is_xml, preferences, version
from crossway.sdk.http import BodyTooLarge, Request, Response

TEXT: Final = "text/plain;charset=utf-8"
BATCH: Final = "$batch"
_SUFFIXES: Final = frozenset({"$count", "$ref", "$value", "$query"})
_READING: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Target:
    """What the path of a request leads to: entities of a set, one of them, or a property of one."""

    set: str
    where: Expression | None = None
    """Which of them."""
    one: bool = False
    key: object = None
    """The key of one that is not looked for yet."""
    row: Row | None = None
    """One that is found."""
    property: str = ""
    suffix: str = ""
    linked: bool = False
    """Whether the way there is a navigation property, so that there may be nothing at its end."""


class Service:
    """Answers requests. It belongs to the event loop in which it was made."""

    def __init__(self, settings: ODataService, tools: Tools) -> None:
        self.spec, self.root = settings.spec, settings.root
        self.catalog = Catalog(settings, tools)
        self._metadata: dict[str, bytes] = {}

    async def respond(self, request: Request, unit: Unit | None = None) -> Response:
        """Return the answer to a request that is no batch; `ODataError` for one that has none.

        What it changes happens in *unit*, if there is one.
        """
        if len(request.target) > self.spec.limits.max_url:
            raise ODataError(414, "odata.url_too_long", f"A URL has at most {self.spec.limits.max_url} bytes.")
        path = segments(self.path(request))
        options = read(request.query, self.spec.limits)
        if path and path[0].name == "$metadata":
            return self._described(request, options)
        if path and path[-1].name == "$query" and request.method == "POST":
            request, path = _as_get(request, await self.body(request)), path[:-1]
            options = read(request.query, self.spec.limits)
        is_text = bool(path) and path[-1].name in {"$count", "$value"}
        shape = form(request.headers, options.format, is_text=is_text)
        if not path:
            _only_reading(request)
            return answer(shape, metadata.service_document(self.spec, self.address(request)))
        writer = Writer(self.spec.sets, self.address(request), shape)
        fitting = Fitting(self.spec.sets, self.spec.limits, options.aliases)
        target = await self._target(path, options, request)
        if request.method in _READING:
            response = await self._read(target, options, fitting, writer, request)
            if request.method == "HEAD":
                response.arriving(b"")
            return response
        return await self._change(target, writer, request, unit)

    def path(self, request: Request) -> str:
        """Return the path of a request below the root of the service."""
        return request.path.removeprefix(self.root).lstrip("/")

    def address(self, request: Request) -> str:
        """Return the URL of the service, as the client of *request* knows it."""
        scheme = request.headers.get("x-forwarded-proto") or "http"
        return f"{scheme}://{request.headers.get('host') or 'localhost'}{self.root}"

    async def body(self, request: Request) -> bytes:
        """Return the body of a request; `ODataError` if it is too large."""
        most = self.spec.limits.max_batch_body
        try:
            return await request.read(most)
        except BodyTooLarge:
            raise ODataError(413, "odata.body_too_large", f"A body has at most {most} bytes.") from None

    async def json(self, request: Request) -> object:
        """Return what the body of a request says; `ODataError` if that is not JSON, or says two things."""
        if "json" not in (request.headers.get("content-type") or ""):
            raise ODataError(415, "odata.media_type", "The body of this request is JSON.", "Content-Type")
        return read_json(await self.body(request))

    def _described(self, request: Request, options: Options) -> Response:
        _only_reading(request)
        if is_xml(request.headers, options.format):
            shape = Form(version(request.headers))
            if shape.version not in self._metadata:
                self._metadata[shape.version] = metadata.as_xml(self.spec, shape.version)
            return plain(shape, self._metadata[shape.version], XML)
        shape = form(request.headers, options.format)
        if "json" not in self._metadata:
            self._metadata["json"] = metadata.as_json(self.spec)
        return plain(shape, self._metadata["json"], "application/json")

    async def _target(self, path: tuple[Segment, ...], options: Options, request: Request) -> Target:
        """Return what a path leads to. Entities on the way are asked for, the last one is not."""
        first, *others = path
        if first.name not in self.spec.sets:
            raise _missing(first.name)
        target = self._keyed(Target(first.name), first, options)
        for segment in others:
            if target.suffix:
                raise _missing(segment.name)
            if segment.name in _SUFFIXES:
                target = replace(target, suffix=segment.name)
                continue
            spec = self.spec.sets[target.set]
            if target.property or not target.one:
                raise _missing(segment.name)
            if segment.name in spec.properties and segment.key is None:
                target = replace(target, property=segment.name)
            elif (way := spec.navigation.get(segment.name)) is not None:
                row = await self._one(target, request)
                mine, theirs = (spec.key, way.by) if way.many else (way.by, self.spec.sets[way.set].key)
                value = row.values[mine]
                where = self.catalog.among(way.set, theirs, () if value is None else (value,))
                target = self._keyed(Target(way.set, where, one=not way.many, linked=True), segment, options)
            else:
                raise _missing(segment.name)
        return target

    def _keyed(self, target: Target, segment: Segment, options: Options) -> Target:
        """Return *target*, or the one of its entities that the key of a segment names."""
        if segment.key is None:
            return target
        if target.one:
            raise bad("key", f"{segment.name} leads to one entity, which needs no key.")
        key = key_of(self.spec.sets, target.set, segment.key, options.aliases)
        there = self.catalog.among(target.set, self.spec.sets[target.set].key, (key,))
        return Target(target.set, both(target.where, there), one=True, key=None if target.linked else key)

    async def _one(self, target: Target, request: Request) -> Row:
        """Return the entity that *target* is."""
        rows = (await self.catalog.fetch(target.set, Query(target.where, top=1), request)).rows
        if not rows:
            raise ODataError(404, "odata.not_found", f"There is no such entity in {target.set}.")
        return rows[0]

    async def _read(
        self, target: Target, options: Options, fitting: Fitting, writer: Writer, request: Request
    ) -> Response:
        if target.suffix == "$value" and not target.property:
            raise unsupported("Entities have no $value here.")
        if not target.one:
            return await self._many(target, options, fitting, writer, request)
        if options.written and _OF_SETS & {*options.written}:
            raise bad("unfit_option", "These options are for sets, and this is one entity.")
        if target.suffix == "$count":
            raise _missing("$count")
        try:
            row = await self._one(target, request)
        except ODataError as error:
            if error.status == 404 and target.linked and not target.property:
                return plain(writer.form, b"", status=204)
            raise
        if target.property:
            return self._property(target, row, writer)
        if target.suffix == "$ref":
            context = {"@odata.context": f"{writer.root}/$metadata#$ref"} if writer.form.metadata != "none" else {}
            return answer(writer.form, context | writer.reference(target.set, row))
        tag = etag(row)
        if request.headers.get("if-none-match") in {tag, "*"}:
            return plain(writer.form, b"", status=304, more={"etag": tag})
        selection = fitting.selection(target.set, options)
        await self._expand([row], target.set, selection, request)
        head: dict[str, object] = writer.context(target.set, selection, "/$entity")
        if writer.form.metadata != "none":
            head["@odata.etag"] = tag
        return answer(writer.form, head | writer.entity(target.set, row, selection), more={"etag": tag})

    def _property(self, target: Target, row: Row, writer: Writer) -> Response:
        value = writer.entity(target.set, row, Selection((target.property,)))[target.property]
        if value is None or target.suffix not in {"", "$value"}:
            if target.suffix not in {"", "$value"}:
                raise _missing(target.suffix)
            return plain(writer.form, b"", status=204)
        if target.suffix == "$value":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            return plain(writer.form, text.encode(), TEXT)
        where = f"{target.set}({writer.key(target.set, row)})/{target.property}"
        return answer(writer.form, writer.context(where, Selection()) | {"value": value})

    async def _many(
        self, target: Target, options: Options, fitting: Fitting, writer: Writer, request: Request
    ) -> Response:
        where = both(target.where, fitting.condition(target.set, options))
        if target.suffix == "$count":
            found = await self.catalog.fetch(target.set, Query(where, top=0, count=True), request)
            return plain(writer.form, str(found.count).encode(), TEXT)
        selection = fitting.selection(target.set, options)
        wished = preferences(request.headers).page_size
        page = min(self.spec.page_size, wished or self.spec.page_size)
        left = page + 1 if options.top is None else max(options.top - options.skiptoken, 0)
        query = Query(
            where,
            fitting.order(target.set, options),
            options.skip + options.skiptoken,
            min(left, page + 1),
            options.count,
        )
        found = await self.catalog.fetch(target.set, query, request)
        rows, goes_on = found.rows[:page], len(found.rows) > page
        if target.suffix != "$ref":
            await self._expand(rows, target.set, selection, request)
        body: dict[str, object] = (
            writer.context("Collection($ref)", Selection())
            if target.suffix == "$ref"
            else writer.context(target.set, selection)
        )
        if found.count is not None:
            body["@odata.count"] = found.count
        if target.suffix == "$ref":
            body["value"] = [writer.reference(target.set, row) for row in rows]
        else:
            body["value"] = [writer.entity(target.set, row, selection) for row in rows]
        if goes_on:
            body["@odata.nextLink"] = _next(writer.root, self.path(request), request, options.skiptoken + page)
        more = {"preference-applied": f"odata.maxpagesize={page}"} if wished is not None else None
        return answer(writer.form, body, more=more)

    async def _expand(self, rows: list[Row], name: str, selection: Selection, request: Request) -> None:
        """Link *rows* to what is expanded, for all of them at once."""
        for each in selection.expands:
            others = await self.catalog.link(rows, name, each.navigation, request, each.where, each.order)
            if not each.only:
                await self._expand(others, each.set, each.selection, request)

    async def _change(self, target: Target, writer: Writer, request: Request, unit: Unit | None) -> Response:
        spec = self.spec.sets[target.set]
        if target.property or target.suffix or target.linked:
            raise unsupported("Entities are changed as a whole, in their own set.")
        allowed = {"PATCH", "PUT", "DELETE"} if target.one else {"POST"}
        if request.method not in allowed or not spec.writable:
            raise ODataError(405, "odata.method", f"{request.method} is not allowed here.")
        body = await self.json(request) if request.method != "DELETE" else {}
        values = entity(spec, body, whole=request.method == "POST")
        async with AsyncExitStack() as stack:
            if unit is None:
                unit = await stack.enter_async_context(self.catalog.unit(target.set))
            elif not self.catalog.fits(target.set, unit):
                raise unsupported("Only sets of one database can be changed together.")
            if not target.one:
                return await self._create(target.set, values, writer, request, unit)
            await self._check(target, unit, request)
            if request.method == "DELETE":
                there = await self.catalog.delete(target.set, target.key, unit, request)
            else:
                replaces = request.method == "PUT"
                values.pop(spec.key, None)
                there = await self.catalog.update(target.set, target.key, values, unit, request, replace=replaces)
            if not there:
                raise ODataError(404, "odata.not_found", f"There is no such entity in {target.set}.")
            row = None
            if request.method != "DELETE" and preferences(request.headers).returning == "representation":
                row = await self.catalog.current(target.set, target.key, unit, request)
        if row is None:
            return plain(writer.form, b"", status=204)
        return _shown(target.set, row, writer, 200, {"preference-applied": "return=representation"})

    async def _create(
        self, name: str, values: Mapping[str, object], writer: Writer, request: Request, unit: Unit
    ) -> Response:
        row = await self.catalog.create(name, values, unit, request)
        address = writer.address(name, row)
        if preferences(request.headers).returning == "minimal":
            more = {"location": address, "odata-entityid": address, "preference-applied": "return=minimal"}
            return plain(writer.form, b"", status=204, more=more)
        return _shown(name, row, writer, 201, {"location": address})

    async def _check(self, target: Target, unit: Unit, request: Request) -> None:
        """Raise `ODataError` if the client changes an entity that is not the one it knows."""
        wanted = request.headers.get("if-match")
        if wanted is None:
            return
        row = await self.catalog.current(target.set, target.key, unit, request)
        if row is None or wanted not in {etag(row), "*"}:
            raise ODataError(412, "odata.changed", "The entity is not what If-Match says.", "If-Match")


_OF_SETS: Final = frozenset({"$filter", "$orderby", "$top", "$skip", "$count", "$search", "$skiptoken"})


def _shown(name: str, row: Row, writer: Writer, status: int, more: Mapping[str, str]) -> Response:
    tag = etag(row)
    head = writer.context(name, Selection(), "/$entity")
    if writer.form.metadata != "none":
        head["@odata.etag"] = tag
    return answer(writer.form, head | writer.entity(name, row, Selection()), status, {**more, "etag": tag})


def _next(root: str, path: str, request: Request, delivered: int) -> str:
    """Return the URL of what follows an answer."""
    kept = [part for part in request.query.split("&") if part and not part.lower().startswith(_TOKENS)]
    return f"{root}/{path}?{'&'.join([*kept, f'$skiptoken={delivered}'])}"


_OF_QUERIES: Final = "%$=&'(),;:@/*+!?~"
_TOKENS: Final = ("$skiptoken=", "%24skiptoken=", "skiptoken=")


def _as_get(request: Request, query: bytes) -> Request:
    """Return the request that has in its URL what one to `$query` has in its body."""
    try:
        text = quote(query.decode().strip(), safe=_OF_QUERIES)
    except UnicodeDecodeError:
        raise bad("encoding", "The body is not in UTF-8.") from None
    asked = Request("GET", f"{request.path.rpartition('/')[0]}?{text}", request.headers)
    asked.headers.of_body(None)
    return asked


def _missing(name: str) -> ODataError:
    return ODataError(404, "odata.not_found", f"There is no {name[:60]} here.")


def _only_reading(request: Request) -> None:
    if request.method not in _READING:
        raise ODataError(405, "odata.method", f"{request.method} is not allowed here.")


def read_json(content: bytes) -> object:
    """Return what *content* says; `ODataError` if that is not JSON, or says two things."""
    try:
        value: object = strict.read(content)
    except strict.AmbiguousError as error:
        raise bad("duplicate_key", f"The body of this request {error}.") from None
    except ValueError as error:
        raise bad("malformed", f"The body of this request {error}.") from None
    return value
