"""Limits in front of an OData service: each request is read, held to its bounds, and passed on as it came.

Law: a property that is denied is in no request that goes on, and in no answer that comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from msgspec import MsgspecError, json

from crossway.model.odata import ODataLimits, QueryLimits
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.odata import batch
from crossway.runtime.odata.error import ODataError, bad
from crossway.runtime.odata.options import Expand, Options, decoded, read, split
from crossway.runtime.odata.syntax import Call, Lambda, Node, Path
from crossway.runtime.odata.wanted import preferences, version
from crossway.sdk.http import BodyTooLarge, Request, Response

_OPERATORS: Final = frozenset(
    {
        *("or", "and", "not", "eq", "ne", "gt", "ge", "lt", "le", "add", "sub", "mul", "div", "divby", "mod"),
        *("has", "in", "list", "negate"),
    }
)
_UNREAD: Final = frozenset({"$apply", "$compute", "$index"})
"""Options with expressions in them that are not read here."""
_NAMED: Final = re.compile(r"\s*([A-Za-z_]\w*)\s*=")
_TUNNELS: Final = ("x-http-method", "x-http-method-override", "x-method-override")
_DECODER: Final = json.Decoder(float_hook=Decimal)
_ENCODER: Final = json.Encoder(decimal_format="number")
_PAGE: Final = re.compile(r"\s*(?:odata\.)?maxpagesize\s*=[^,]*,?", re.IGNORECASE)


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about, tools  # it calls nobody, and errors name options
    return limit(ODataLimits.model_validate_json(settings))


def limit(spec: ODataLimits) -> Handler:
    """Return what holds requests to their bounds, and passes them on."""
    bounds = QueryLimits(**{name: getattr(spec, name) for name in QueryLimits.model_fields})
    check = _Check(spec, bounds)

    async def handle(request: Request, call_next: Next) -> Response:
        spoken = "4.01"
        try:
            spoken = version(request.headers)
            await check.request(request)
            if spec.page_size is not None:
                _prefer(request, spec.page_size)
            response = await call_next(request)
            return await check.answer(request, response) if spec.denied else response
        except ODataError as error:
            return error.response(spoken)

    return handle


class _Check:
    """Holds the requests of one route to its limits."""

    def __init__(self, spec: ODataLimits, bounds: QueryLimits) -> None:
        self._spec, self._bounds = spec, bounds
        self._denied = frozenset(name.casefold() for name in spec.denied)
        self._functions = None if spec.functions is None else frozenset(spec.functions)
        self._orderby = None if spec.orderby is None else frozenset(spec.orderby)
        self._options = (
            None if spec.options is None else frozenset(f"${name.removeprefix('$')}" for name in spec.options)
        )
        self._expressions = bool(spec.denied) or spec.functions is not None or spec.orderby is not None

    async def request(self, request: Request) -> None:
        """Raise `ODataError` for a request that is beyond the limits."""
        last = decoded(request.path.rstrip("/").rpartition("/")[2])
        if last == "$batch" and request.method == "POST":
            self._length(request.target)
            return await self._batch(request)
        if last == "$query" and request.method == "POST":
            self._target(request.target)
            try:
                query = (await self._body(request)).decode()
            except UnicodeDecodeError:
                raise bad("encoding", "The body is not in UTF-8.") from None
            return self._options_fit(query)
        self._method(request)
        self._target(request.target)
        if self._denied:
            request.headers["accept-encoding"] = "identity"
            if "accept" in request.headers and last != "$metadata":
                request.headers["accept"] = "application/json, text/plain;q=0.5"
        return None

    async def _batch(self, request: Request) -> None:
        kind = request.headers.get("content-type") or ""
        found = batch.read(kind, await self._body(request), self._bounds.max_batch)
        if self._denied and found.boundary:
            raise ODataError(415, "odata.media_type", "A batch is JSON here.", "Content-Type")
        for piece in found.pieces:
            parts = urlsplit(piece.url)
            if decoded(parts.path.rstrip("/").rpartition("/")[2]) == "$batch":
                raise bad("batch", "A batch has no batch in it.")
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            self._method(Request(piece.method, "/", piece.headers))
            self._target(target)
        if self._denied:
            request.headers["accept-encoding"] = "identity"
            request.headers["accept"] = "application/json"

    async def _body(self, request: Request) -> bytes:
        most = self._bounds.max_batch_body
        try:
            return await request.read(most)
        except BodyTooLarge:
            raise ODataError(413, "odata.body_too_large", f"A body has at most {most} bytes.") from None

    def _method(self, request: Request) -> None:
        tunnelled = [value for name in _TUNNELS for value in request.headers.get_all(name)]
        for method in (request.method, *tunnelled):
            plain = "GET" if method == "HEAD" else method.strip().upper()
            if plain not in self._spec.methods:
                raise ODataError(405, "odata.method", f"{method[:20]} is not allowed here.")

    def _length(self, target: str) -> None:
        if len(target) > self._bounds.max_url:
            raise ODataError(414, "odata.url_too_long", f"A URL has at most {self._bounds.max_url} bytes.")

    def _target(self, target: str) -> None:
        self._length(target)
        path, _, query = target.partition("?")
        if self._denied:
            for text in path.split("/"):
                name, _, keys = decoded(text).partition("(")
                self._allowed(name, "the path")
                for key in split(keys, ","):
                    if named := _NAMED.match(key):
                        self._allowed(named[1], "the path")
        self._options_fit(query)

    def _options_fit(self, query: str) -> None:
        options = read(query, self._bounds, passing=True)
        if self._denied and options.format and "json" not in options.format.lower():
            raise ODataError(406, "odata.not_acceptable", "Answers are JSON here.", "$format")
        for alias in options.aliases.values():
            self._expression(alias, "an alias")
        self._fit(options, ())

    def _fit(self, options: Options, way: tuple[str, ...]) -> None:
        """Raise `ODataError` if *options* are not allowed, for the entities to which *way* leads."""
        for name in options.written:
            if (self._options is not None and name not in self._options) or (self._expressions and name in _UNREAD):
                raise bad("option_denied", f"{name} is not allowed.", name)
        if options.filter is not None:
            self._expression(options.filter, "$filter")
        for node, _ in options.orderby:
            self._expression(node, "$orderby")
            if self._orderby is not None:
                named = "/".join((*way, *node.words)) if isinstance(node, Path) else ""
                if named not in self._orderby:
                    raise bad("orderby_denied", "This is nothing to be ordered by here.", "$orderby")
        for words in options.select or ():
            for word in words:
                self._allowed(word, "$select")
        for item in options.expand:
            self._expanded(item, way)

    def _expanded(self, item: Expand, way: tuple[str, ...]) -> None:
        for word in item.words:
            self._allowed(word, "$expand")
        self._fit(item.options, (*way, *(word for word in item.words if not word.startswith("$"))))

    def _expression(self, node: Node, option: str) -> None:
        for name, is_function in _names(node):
            if not is_function:
                self._allowed(name, option)
            elif self._functions is not None and name not in self._functions:
                raise bad("function_denied", f"{name[:40]}() is not allowed.", option)

    def _allowed(self, name: str, option: str) -> None:
        if name.casefold() in self._denied:
            raise ODataError(403, "odata.property_denied", f"{name[:60]} cannot be asked for in {option}.", name[:60])

    async def answer(self, request: Request, response: Response) -> Response:
        """Return an answer without the properties that are denied; `ODataError` if it cannot be read."""
        kind = (response.headers.get("content-type") or "").lower()
        if kind.startswith("text/plain") or decoded(request.path.rstrip("/")).endswith("/$metadata"):
            return response
        try:
            content = await response.read(self._spec.max_body)
        except BodyTooLarge:
            raise ODataError(502, "odata.backend", "The answer of the service is too large.") from None
        if not content:
            return response
        if "json" not in kind or (response.headers.get("content-encoding") or "identity") != "identity":
            raise ODataError(502, "odata.backend", "The answer of the service is not JSON.")
        try:
            response.body = _ENCODER.encode(self._without(_DECODER.decode(content)))
        except (MsgspecError, UnicodeDecodeError, RecursionError):
            raise ODataError(502, "odata.backend", "The answer of the service is not JSON.") from None
        return response

    def _without(self, value: object) -> object:
        if isinstance(value, dict):
            return {
                key: self._without(inner)
                for key, inner in value.items()
                if key.partition("@")[0].casefold() not in self._denied
            }
        return [self._without(inner) for inner in value] if isinstance(value, list) else value


def _names(node: Node) -> Iterator[tuple[str, bool]]:
    """Yield the words of all paths in an expression, and its functions, each with whether it is one."""
    match node:
        case Path(words):
            yield from ((word, False) for word in words)
        case Call(name, operands):
            if name not in _OPERATORS:
                yield name, True
            for operand in operands:
                yield from _names(operand)
        case Lambda():
            yield "all" if node.every else "any", True
            yield from _names(node.collection)
            if node.predicate is not None:
                yield from _names(node.predicate)


def _prefer(request: Request, size: int) -> None:
    """Ask for pages of at most *size* entities."""
    wished = preferences(request.headers).page_size
    others = [_PAGE.sub("", text).strip(" ,") for text in request.headers.get_all("prefer")]
    request.headers["prefer"] = ", ".join([*filter(None, others), f"odata.maxpagesize={min(size, wished or size)}"])
