"""Revisions: the history, what each one says, what lies between two, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

from litestar import get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from crossway.admin import answers
from crossway.admin.api import Api, Ask, Before, Limit
from crossway.admin.audit import ACTION
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.making import Made, make
from crossway.admin.options import Options
from crossway.errors import NotFound
from crossway.model.access import Role

HEAD: Final = "head"
_LARGEST: Final = 2**63 - 1

Number = Annotated[str, PathParameter(pattern="^([0-9]{1,19}|head)$", description="The number, or `head`: the newest.")]


class Revisions(Struct, frozen=True):
    """A piece of the history, the newest first."""

    items: list[answers.Revision]
    next: Annotated[int | None, Meta(description="The `before` of what follows; null at the end.")]


class RevisionResources(Struct, frozen=True):
    """All resources of a revision."""

    items: list[answers.ResourceText]


class Differences(Struct, frozen=True):
    """What two revisions say differently."""

    differences: list[answers.Difference]


class RollbackInput(Options, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How to go back."""


@get("/revisions", operation_id="listRevisions", tags=["revisions"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_revisions(request: Ask, api: Api, limit: Limit = 100, before: Before = None) -> Revisions:
    """List revisions, the newest first."""
    found = list(await api.desk.revisions(before, limit + 1))
    items, more = found[:limit], len(found) > limit
    return Revisions(answers.revisions(items, request.user), items[-1].number if more else None)


@get(
    "/revisions/{number:str}",
    operation_id="getRevision",
    tags=["revisions"],
    responses=problems(404),
    opt={ROLE: Role.VIEWER},
)
async def get_revision(request: Ask, api: Api, number: Number) -> answers.Revision:
    """Read a revision."""
    return answers.revision(await api.desk.revision(_read(number)), request.user)


@get(
    "/revisions/{number:str}/resources",
    operation_id="listRevisionResources",
    tags=["revisions"],
    responses=problems(404),
    opt={ROLE: Role.VIEWER},
)
async def list_revision_resources(request: Ask, api: Api, number: Number) -> RevisionResources:
    """List all resources of a revision, with their texts."""
    rows = await api.desk.rows(request.user, _read(number))
    return RevisionResources(await asyncio.to_thread(answers.resource_texts, rows, api.desk))


@get(
    "/revisions/{old:str}/diff/{new:str}",
    operation_id="diffRevisions",
    tags=["revisions"],
    responses=problems(404),
    opt={ROLE: Role.VIEWER},
)
async def diff_revisions(request: Ask, api: Api, old: Number, new: Number) -> Differences:
    """Read what two revisions say differently."""
    first, second = [(await api.desk.revision(_read(number))).number for number in (old, new)]
    found = await api.desk.difference(request.user, first, second)
    return Differences(answers.differences(found, api.desk))


@post(
    "/revisions/{number:str}/rollback",
    status_code=200,
    operation_id="rollBack",
    tags=["revisions"],
    responses=problems(404, 409, 412, 413, 415, applied=(202, 409, 422)),
    opt={ROLE: Role.OPERATOR, ACTION: "revision.rollback"},
)
async def roll_back(request: Ask, api: Api, number: Number, data: JSONBody[RollbackInput]) -> Made:
    """Go back to what a revision said. This is a change like any other, and makes a new revision."""
    options = data.apply()
    target = (await api.desk.revision(_read(number))).number
    change = partial(api.desk.rollback, target, options, request.user)
    return await make(api, request, change, options, f"revision {target}")


def _read(number: str) -> int | None:
    if number == HEAD:
        return None
    if int(number) > _LARGEST:
        raise NotFound(f"there is no revision {number}")
    return int(number)


PAGES: Sequence[object] = (list_revisions, get_revision, list_revision_resources, diff_revisions, roll_back)
