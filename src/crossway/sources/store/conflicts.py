"""Optimistic locking: whether the state that an author looked at still holds where they change it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.errors import Conflict
from crossway.model.ref import Ref
from crossway.model.revision import Changeset, Row
from crossway.sources.store.revisions import about, live_revision, ref_columns, revision
from crossway.sources.store.tables import RESOURCES

TOLD: Final = 3
"""Of so many resources the sentence says what became of them."""


async def check_conflicts(
    connection: AsyncConnection, changeset: Changeset, current: Mapping[Ref, Row], opened: Callable[[Row], Row]
) -> None:
    """Raise `Conflict` if the changeset does not fit what is there, and say who wrote that in which revision.

    *current* has the resources that it changes, as they are kept; versions are of what they say once they are *opened*.
    """
    misfits = {
        change.ref
        for change in changeset.changes
        if change.if_match is not None
        and not _matches(change.if_match, opened(current[change.ref]) if change.ref in current else None)
    }
    if misfits:
        raise Conflict(f"the change does not fit what is there: {await _said(connection, misfits)}")
    if changeset.base is not None:
        base = await live_revision(connection, changeset.base)
        newer = or_(RESOURCES.c.since > base.number, RESOURCES.c.until > base.number)
        changed = {
            Ref(*record)
            for theirs in about(change.ref for change in changeset.changes)
            for record in await connection.execute(select(*ref_columns(RESOURCES)).where(theirs, newer))
        }
        if changed:
            raise Conflict(f"since revision {base.number}, {await _said(connection, changed)}")


def _matches(if_match: str, row: Row | None) -> bool:
    if if_match == "*":
        return row is not None
    return (row.etag if row else "") == if_match


async def _said(connection: AsyncConnection, refs: Collection[Ref]) -> str:
    told = [await _history(connection, ref) for ref in sorted(refs)[:TOLD]]
    rest = len(refs) - len(told)
    return ", ".join(told) + (f", and {rest:,} more do not fit" if rest else "")


async def _history(connection: AsyncConnection, ref: Ref) -> str:
    """Say what became of a resource last."""
    same = (column == value for column, value in zip(ref_columns(RESOURCES), ref, strict=True))
    query = select(RESOURCES.c.since, RESOURCES.c.until).where(*same).order_by(RESOURCES.c.since.desc()).limit(1)
    record = (await connection.execute(query)).first()
    if record is None:
        return f"{ref} does not exist"
    last = await revision(connection, record.until or record.since)
    return f"{ref} was {'removed' if record.until else 'written'} by {last.author} in revision {last.number}"
