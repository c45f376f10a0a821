"""Resources: read one or a list of them, put one, delete one."""

from __future__ import annotations

import asyncio
import fnmatch
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from crossway.admin import answers
from crossway.admin.api import NAME, Api, Ask, Backing, Kind, Limit, Name, Namespace, reachable
from crossway.admin.audit import ACTION
from crossway.admin.bodies import YAML, bounded, decode
from crossway.admin.conditions import is_known, required_version
from crossway.admin.cursors import cursor_of, read_cursor
from crossway.admin.desk import Apply
from crossway.admin.documented import problems
from crossway.admin.etags import quoted
from crossway.admin.gate import ROLE
from crossway.admin.making import make_one
from crossway.admin.problems import invalid
from crossway.admin.texts import settings_text, text_around
from crossway.dialects.native.rows import render
from crossway.model import Origin, Ref
from crossway.model.access import Role
from crossway.model.revision import Change, Row

_PATH = "/resources/{kind:str}/{namespace:str}/{name:str}"


class Resources(Struct, frozen=True):
    """A piece of the list of resources."""

    items: list[answers.Resource]
    next: Annotated[str | None, Meta(description="The `cursor` of what follows; null at the end.")]


@get("/resources", operation_id="listResources", tags=["resources"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_resources(
    request: Ask,
    api: Api,
    kind: Annotated[str | None, QueryParameter(max_length=64, description="Only this kind.")] = None,
    namespace: Annotated[str | None, QueryParameter(max_length=253, description="Only this namespace.")] = None,
    name: Annotated[
        str | None, QueryParameter(max_length=253, description="Only names like this: `*` and `?` stand for others.")
    ] = None,
    limit: Limit = 100,
    cursor: Annotated[str | None, QueryParameter(max_length=1024, description="From `next`.")] = None,
) -> Resources:
    """List resources, by kind, name and namespace."""
    rows = await api.desk.rows(request.user)
    start = bisect_right(rows, _after(cursor), key=lambda row: row.ref) if cursor is not None else 0
    wanted = _filter(kind, namespace, name)
    found: list[Row] = []
    for index in range(start, len(rows)):
        if wanted(rows[index].ref):
            found.append(rows[index])
            if len(found) > limit:
                break
    shown = await asyncio.to_thread(answers.resources, found[:limit], api.desk)
    return Resources(shown, cursor_of(found[limit - 1].ref) if len(found) > limit else None)


@get(
    _PATH,
    operation_id="getResource",
    tags=["resources"],
    responses=problems(404, unchanged=True),
    opt={ROLE: Role.VIEWER},
)
async def get_resource(
    request: Ask, api: Api, kind: Kind, namespace: Namespace, name: Name
) -> Response[answers.Resource]:
    """Read a resource; its version is the entity tag. As `application/yaml`, its settings alone."""
    row = await api.desk.row(request.user, reachable(request.user, kind, namespace, name))
    headers = {"ETag": quoted(row.etag), "Vary": "Accept"}
    # The annotation says what the OpenAPI document shows for 200; the other two answers are declared beside it.
    if is_known(request, row.etag):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    if request.accept.best_match(["application/json", *sorted(YAML)]) in YAML:
        text = settings_text(api.desk.value(row))
        return Response(text, media_type="application/yaml", headers=headers)  # type: ignore[arg-type]
    return Response(answers.resource(row, api.desk), headers=headers)


@put(
    _PATH,
    operation_id="putResource",
    tags=["resources"],
    responses=problems(404, 409, 412, 413, 415, applied=(201, 202, 409, 422)),
    opt={ROLE: Role.EDITOR, ACTION: "resource.put"},
)
async def put_resource(
    request: Ask, api: Api, options: NamedDependency[Apply], kind: Kind, namespace: Namespace, name: Name
) -> Response[answers.Applied]:
    """Put a resource: its settings are the body, as JSON or as YAML. `If-None-Match: *` only makes a new one."""
    ref = reachable(request.user, kind, namespace, name)
    if not re.fullmatch(NAME, name):
        raise invalid("name", f"{name!r} is no name", "letters, digits, '.', '_' and '-', no sign at the ends")
    text = await _text(request, ref)
    return await _change(api, request, options, ref, text)


@delete(
    _PATH,
    status_code=200,
    operation_id="deleteResource",
    tags=["resources"],
    responses=problems(404, 409, 412, applied=(202, 409, 422)),
    opt={ROLE: Role.EDITOR, ACTION: "resource.delete"},
)
async def delete_resource(
    request: Ask, api: Api, options: NamedDependency[Apply], kind: Kind, namespace: Namespace, name: Name
) -> Response[answers.Applied]:
    """Remove a resource."""
    ref = reachable(request.user, kind, namespace, name)
    await api.desk.row(request.user, ref)
    return await _change(api, request, options, ref, None)


async def _change(api: Backing, request: Ask, options: Apply, ref: Ref, text: str | None) -> Response[answers.Applied]:
    version = await required_version(api.desk, request, ref)
    change = Change(ref, text, Origin(str(ref)), version)
    options = replace(options, changes=(change,))
    return await make_one(api, request, partial(api.desk.apply, options, request.user), options, ref)


async def _text(request: Ask, ref: Ref) -> str:
    """Return the text of the resource whose settings a request brings."""
    body = await request.body()
    if request.content_type[0] not in YAML:
        return render(ref, bounded(decode(request, body, object), ""))
    try:
        return text_around(ref.name, body.decode())
    except UnicodeDecodeError:
        raise invalid("", "the body is no YAML: it is not UTF-8") from None


def _filter(kind: str | None, namespace: str | None, name: str | None) -> Callable[[Ref], bool]:
    like = re.compile(fnmatch.translate(name)).match if name is not None else None

    def wanted(ref: Ref) -> bool:
        return (
            (kind is None or ref.kind == kind)
            and (namespace is None or ref.namespace == namespace)
            and (like is None or like(ref.name) is not None)
        )

    return wanted


def _after(cursor: str) -> Ref:
    try:
        return read_cursor(cursor)
    except ValueError as error:
        raise invalid("cursor", str(error)) from None


PAGES: Sequence[object] = (list_resources, get_resource, put_resource, delete_resource)
