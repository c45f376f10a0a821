"""OData v4 over REST collections and SQL tables: the handler of a route.

A request is read into a tree that knows no schema (`syntax`, `options`), fitted to the sets of the service (`binding`,
`asked`), and evaluated where the entities are: in SQL (`sql`, `tables`) or here (`predicate`, `collections`).
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from crossway.model.odata import ODataService
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.odata import batch
from crossway.runtime.odata.answer import plain
from crossway.runtime.odata.batch import Batch, Outcome, Piece
from crossway.runtime.odata.catalog import Unit
from crossway.runtime.odata.error import ODataError, bad
from crossway.runtime.odata.service import BATCH, Service
from crossway.runtime.odata.wanted import form, preferences, version
from crossway.sdk.http import Request, Response


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del about  # errors name sets and options
    return handler(Service(ODataService.model_validate_json(settings), tools))


def handler(service: Service) -> Handler:
    """Return what answers the requests of a route with a service. It never calls what is behind it."""
    seconds = service.spec.timeout.total_seconds()

    async def handle(request: Request, _: Next) -> Response:
        try:
            spoken = version(request.headers)
        except ODataError as error:
            return error.response()
        try:
            async with asyncio.timeout(seconds):
                if service.path(request) == BATCH:
                    return await _batch(service, request)
                return await service.respond(request)
        except ODataError as error:
            return error.response(spoken)
        except TimeoutError:
            return ODataError(504, "odata.timeout", "The answer was not there in time.").response(spoken)

    return handle


async def _batch(service: Service, request: Request) -> Response:
    if request.method != "POST":
        raise ODataError(405, "odata.method", "A batch is sent with POST.")
    read = batch.read(
        request.headers.get("content-type") or "", await service.body(request), service.spec.limits.max_batch
    )
    outcome = Outcome()
    run = _Run(service, request, outcome)
    await run.all_of(read)
    shape = form(Request("GET", "/").headers, "")
    if read.boundary:
        boundary, body = outcome.as_parts()
        return plain(shape, body, f"multipart/mixed; boundary={boundary}")
    return plain(shape, outcome.as_json(), "application/json")


class _Run:
    """Answers the requests of one batch, one after the other."""

    def __init__(self, service: Service, outer: Request, outcome: Outcome) -> None:
        self._service, self._outer, self._outcome = service, outer, outcome
        self._places: dict[str, str] = {}
        """Where the entities are that earlier requests were about, by the ids of these requests."""
        self._failed: set[str] = set()

    async def all_of(self, requests: Batch) -> None:
        """Answer the requests; after an error no more of them, unless the client wants that."""
        goes_on = preferences(self._outer.headers).goes_on
        for group, pieces in requests.groups():
            if group:
                good = await self._together(group, pieces)
            else:
                response = await self._safely(pieces[0])
                self._outcome.answers.append((pieces[0], response))
                good = response.status < 400
            if not good and not goes_on:
                return

    async def _together(self, group: str, pieces: list[Piece]) -> bool:
        """Answer requests that happen together: if one fails, all have failed with its error."""
        answers: list[tuple[Piece, Response]] = []
        try:
            first = self._service.path(pieces[0].request(self._outer, self._target(pieces[0]))).partition("(")[0]
            if first not in self._service.spec.sets:
                raise ODataError(404, "odata.not_found", f"There is no {first[:60]} here.")
            async with self._service.catalog.unit(first) as unit:
                if unit.connection is None and len(pieces) > 1:
                    detail = "Requests happen together only where they change tables of one database."
                    raise ODataError(501, "odata.unsupported", detail)
                shared = unit if unit.connection is not None else None
                for piece in pieces:
                    answers.append((piece, await self._one(piece, shared)))  # noqa: PERF401  # each may fail
        except ODataError as error:
            self._failed |= {group, *(piece.id for piece in pieces)}
            self._outcome.answers += [(piece, error.response()) for piece in pieces]
            return False
        self._outcome.answers += answers
        return True

    async def _safely(self, piece: Piece) -> Response:
        try:
            return await self._one(piece, None)
        except ODataError as error:
            self._failed.add(piece.id)
            return error.response()

    async def _one(self, piece: Piece, unit: Unit | None) -> Response:
        if not self._failed.isdisjoint(piece.waits_for):
            raise ODataError(424, "odata.failed_dependency", "A request that this one depends on has failed.")
        request = piece.request(self._outer, self._target(piece))
        if self._service.path(request).startswith(BATCH):
            raise bad("batch", "A batch has no batch in it.")
        version(request.headers)
        response = await self._service.respond(request, unit)
        if piece.id:
            self._places[piece.id] = urlsplit(response.headers.get("location") or request.target).path
        return response

    def _target(self, piece: Piece) -> str:
        """Return the path and query of a request: its URL may be relative, or begin with `$` and the id of another."""
        url, root = piece.url, self._service.root
        if url.startswith("$") and (there := self._places.get(url[1:].partition("/")[0])):
            return there + url[1 + len(url[1:].partition("/")[0]) :]
        if "://" in url:
            parts = urlsplit(url)
            url = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if not url.startswith("/"):
            return f"{root}/{url}"
        if not url.startswith(f"{root}/"):
            raise ODataError(404, "odata.not_found", "A URL in the batch leads out of the service.")
        return url


__all__ = ["Service", "handler", "make"]
