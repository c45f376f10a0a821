"""Changesets: any number of resources, changed whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from crossway.admin.api import NAME, Api, Ask, reachable
from crossway.admin.audit import ACTION
from crossway.admin.bodies import bounded
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.making import Made, make
from crossway.admin.options import Options
from crossway.admin.problems import invalid
from crossway.dialects.native.rows import render
from crossway.model import Document, Origin
from crossway.model.access import Identity, Role
from crossway.model.revision import Change


class DocumentInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A whole file."""

    name: Annotated[str, Meta(min_length=1, max_length=4096, description="What findings call it.")]
    text: Annotated[str, Meta(description="What it says: YAML, or TOML if the name ends in `.toml`.")]


class ChangeInput(Struct, forbid_unknown_fields=True, frozen=True):
    """What is to become of one resource: one of `value`, `text` and `delete` says it."""

    kind: Annotated[str, Meta(max_length=64)]
    name: Annotated[str, Meta(max_length=253, pattern=NAME)]
    namespace: Annotated[str, Meta(max_length=253, pattern=NAME)] = "default"
    value: Annotated[object, Meta(description="Its settings.")] = UNSET
    text: Annotated[str | UnsetType, Meta(description="Its text: the name, a colon and the settings, in YAML.")] = UNSET
    delete: Annotated[bool, Meta(description="Remove it.")] = False
    if_match: Annotated[
        Annotated[str, Meta(max_length=256)] | None,
        Meta(description="The `etag` that it must have; `*` for any, empty if it must not be there."),
    ] = None

    def change(self, who: Identity, path: str) -> Change:
        """Return the change; a 400 if it does not say one thing, `NotFound` if its resource cannot exist for *who*."""
        said = [self.value is not UNSET, self.text is not UNSET, self.delete]
        if sum(said) != 1:
            raise invalid(path, "this does not say what is to become of it", "one of value, text and delete")
        ref = reachable(who, self.kind, self.namespace, self.name)
        text: str | None = None
        if isinstance(self.text, str):
            text = self.text
        elif not self.delete:
            text = render(ref, bounded(self.value, f"{path}.value"))
        return Change(ref, text, Origin(str(ref)), self.if_match)


class ChangesetInput(Options, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Changes, and how they are to be made."""

    documents: Annotated[list[DocumentInput], Meta(description="Every resource in them is put.")] = msgspec.field(
        default_factory=list
    )
    prune: Annotated[bool, Meta(description="Remove what is in none of the documents.")] = False
    changes: list[ChangeInput] = msgspec.field(default_factory=list)
    base: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(description="What the author looked at: nothing changed here may be newer."),
    ] = None


@post(
    "/changesets",
    status_code=200,
    operation_id="applyChangeset",
    tags=["changesets"],
    responses=problems(404, 409, 412, 413, 415, applied=(202, 409, 422)),
    opt={ROLE: Role.EDITOR, ACTION: "changeset.apply"},
)
async def apply_changeset(request: Ask, api: Api, data: JSONBody[ChangesetInput]) -> Made:
    """Apply a changeset, whole or not at all. With `Accept: application/x-ndjson`, tell each step as it is done."""
    changes = [item.change(request.user, f"changes[{index}]") for index, item in enumerate(data.changes)]
    options = replace(
        data.apply(),
        documents=tuple(Document(item.name, item.text) for item in data.documents),
        prune=data.prune,
        changes=tuple(changes),
        base=data.base,
    )
    return await make(api, request, partial(api.desk.apply, options, request.user), options, _target(data))


def _target(data: ChangesetInput) -> str:
    """Return for the audit log what a changeset is about."""
    names = [item.name for item in data.documents] + [
        f"{item.kind}.{item.namespace}/{item.name}" for item in data.changes
    ]
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


PAGES: Sequence[object] = (apply_changeset,)
