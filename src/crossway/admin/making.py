"""A change as an answer: one document when it is done, or a line for each step while it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Literal

import msgspec
from litestar import Response
from litestar.response import Stream

from crossway.admin import answers
from crossway.admin.api import Ask, Backing
from crossway.admin.changes import Change
from crossway.admin.desk import Applied, Apply, State, Step
from crossway.admin.etags import quoted
from crossway.admin.problems import problem_of
from crossway.errors import Bug
from crossway.model import Ref
from crossway.model.access import Identity

NDJSON: Final = "application/x-ndjson"
STATUSES: Final = {
    State.LIVE: 200,
    State.UNCHANGED: 200,
    State.VALID: 200,
    State.PENDING: 202,
    State.REFUSED: 422,
    State.ROLLED_BACK: 409,
}
"""The status of an answer, by what became of the change. One that made a resource is 201."""

Made = Response[answers.Applied] | Stream
_Said = AsyncIterator[Step | Applied]


async def make(
    api: Backing, request: Ask, change: Change, options: Apply, target: str
) -> Response[answers.Applied] | Stream:
    """Make a change and answer what became of it, in the way that the client accepts."""
    said = _begin(api, request, change, options, target)
    if request.accept.best_match(["application/json", NDJSON]) == NDJSON:
        first = await anext(said)  # what cannot even begin is an answer of its own
        return Stream(_lines(api, request.user, first, said), media_type=NDJSON)
    applied = await _last(said)
    return Response(answers.applied(applied, api.desk, request.user), status_code=STATUSES[applied.state])


async def make_one(api: Backing, request: Ask, change: Change, options: Apply, ref: Ref) -> Response[answers.Applied]:
    """Make a change of one resource and answer what became of it, with the new version as the entity tag."""
    applied = await prove(api, request, change, options, str(ref))
    response = Response(answers.applied(applied, api.desk, request.user), status_code=STATUSES[applied.state])
    for difference in applied.differences:
        if difference.ref == ref and difference.after is not None and applied.state is State.LIVE:
            response.set_etag(quoted(difference.after.etag))
            if difference.before is None:
                response.status_code = 201
    return response


async def prove(api: Backing, request: Ask, change: Change, options: Apply, target: str) -> Applied:
    """Make a change and return what became of it."""
    return await _last(_begin(api, request, change, options, target))


def _begin(api: Backing, request: Ask, change: Change, options: Apply, target: str) -> _Said:
    if options.dry_run:
        api.audit.unwritten(request)
        return api.changes.make(change, None, wait=options.wait)
    return api.changes.make(change, api.audit.entry(request, request.user, target), wait=options.wait)


async def _last(said: _Said) -> Applied:
    async for item in said:
        if isinstance(item, Applied):
            return item
    raise Bug("a change ended without saying what became of it")


async def _lines(api: Backing, who: Identity, first: Step | Applied, said: _Said) -> AsyncIterator[bytes]:
    try:
        yield _line(api, who, first)
        async for item in said:
            yield _line(api, who, item)
    except Exception as error:  # noqa: BLE001 - the status is sent already, so the problem is the last line
        yield _encoded("problem", problem_of(error)[0])


def _line(api: Backing, who: Identity, item: Step | Applied) -> bytes:
    if isinstance(item, Step):
        return _encoded("step", answers.Step(item.name, item.text, item.seconds))
    return _encoded("applied", answers.applied(item, api.desk, who))


def _encoded(kind: Literal["step", "applied", "problem"], value: object) -> bytes:
    return msgspec.json.encode({kind: value}) + b"\n"
