"""Making revisions: a changeset is proposed, is proven elsewhere, and is then settled.

At most one is pending, and only what is pending may become the state of the store. So a change is checked against the
state that it will meet, and what was proven is what holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import Final, Literal

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.errors import Busy, Conflict, UserError
from crossway.model.finding import Origin
from crossway.model.ref import Ref
from crossway.model.revision import Change, Changeset, Revision, RevisionState, Row, combine
from crossway.sources.store.conflicts import check_conflicts
from crossway.sources.store.database import Database
from crossway.sources.store.planes import ALIVE, last_seen
from crossway.sources.store.revisions import (
    NOW,
    about,
    head,
    origin_columns,
    read_revision,
    read_row,
    ref_columns,
    revision,
    row_query,
)
from crossway.sources.store.tables import CHANGES, CONTENTS, RESOURCES, REVISIONS
from crossway.sources.store.text import check

INTERRUPTED: Final = "interrupted"
"""Why a revision was refused whose control plane went away."""

_AT: Final = and_(
    RESOURCES.c.kind == bindparam("at_kind"),
    RESOURCES.c.namespace == bindparam("at_namespace"),
    RESOURCES.c.name == bindparam("at_name"),
    RESOURCES.c.since == bindparam("at_since"),
)

Settled = Literal[RevisionState.LIVE, RevisionState.REFUSED]
Pending = tuple[Revision, str, Changeset]
"""A pending revision, the control plane that proposed it, and what it would change."""


async def propose(
    connection: AsyncConnection,
    database: Database,
    changeset: Changeset,
    owner: str,
    now: datetime,
    opened: Callable[[Row], Row],
) -> Revision:
    """Make a pending revision; `Conflict` if the changeset does not fit what is there, `Busy` if there is one.

    Texts are in *changeset* as they are kept; *opened* returns a row with its text as it was written.
    """
    _check(changeset)
    await _make_way(connection, now)
    current = await _current(connection, changeset)
    await check_conflicts(connection, changeset, current, opened)
    parent = await head(connection)
    changed = [change for change in changeset.changes if change.text != _text(current.get(change.ref))]
    removed = [current[change.ref] for change in changed if change.ref in current]
    added = [Row(change.ref, change.text, change.origin) for change in changed if change.text is not None]
    made = Revision(
        number=(await connection.scalar(select(func.coalesce(func.max(REVISIONS.c.number), 0))) or 0) + 1,
        digest=combine(parent.digest, removed, added),
        parent=parent.number,
        author=changeset.author,
        time=now,
        message=changeset.message,
        state=RevisionState.PENDING,
        changed=len(changed),
    )
    await connection.execute(insert(REVISIONS), {**_record(made), "owner": owner, "strict": changeset.strict})
    await _keep(connection, database, changeset, current)
    return made


async def settle(connection: AsyncConnection, number: int, state: Settled, reason: str) -> Revision:
    """Let a pending revision become the state of the store, or not; `Conflict` if it was settled the other way."""
    found = await revision(connection, number)
    if found.state is state:
        return found
    if found.state is not RevisionState.PENDING:
        raise Conflict(f"revision {number} is {found.state.value} already{found.reason and f': {found.reason}'}")
    if state is RevisionState.LIVE:
        await _apply(connection, number)
    else:
        await _forget(connection)
    await connection.execute(delete(CHANGES))
    values = update(REVISIONS).values(state=state.value, reason=reason)
    await connection.execute(values.where(REVISIONS.c.number == number))
    return replace(found, state=state, reason=reason)


async def pending(connection: AsyncConnection) -> Pending | None:
    """Return the pending revision, its owner and its changes, in ascending order, without those that change nothing."""
    record = await _pending(connection)
    if record is None:
        return None
    columns = *ref_columns(CHANGES), CONTENTS.c.text, *origin_columns(CHANGES)
    query = select(*columns).join_from(CHANGES, CONTENTS, CHANGES.c.hash == CONTENTS.c.hash, isouter=True)
    changes = [
        Change(Ref(kind, name, namespace), text, Origin(document, line, column))
        for kind, name, namespace, text, document, line, column in await connection.execute(query)
    ]
    made = read_revision(record)
    ordered = tuple(sorted(changes, key=lambda change: change.ref))
    return made, record.owner, Changeset(ordered, made.author, made.message, made.parent, record.strict)


async def abandon(connection: AsyncConnection, owner: str, now: datetime) -> Revision | None:
    """Refuse the pending revision if *owner* proposed it, or a control plane that is gone; return it if so."""
    record = await _pending(connection)
    if record is None or (record.owner != owner and await _is_alive(connection, record, now)):
        return None
    return await settle(connection, record.number, RevisionState.REFUSED, INTERRUPTED)


async def _make_way(connection: AsyncConnection, now: datetime) -> None:
    """Raise `Busy` if a revision is pending whose control plane is alive; refuse it if that is gone."""
    record = await _pending(connection)
    if record is not None:
        if await _is_alive(connection, record, now):
            raise Busy(f"revision {record.number}, by {record.author}, is being proven; try again when it is done")
        await settle(connection, record.number, RevisionState.REFUSED, INTERRUPTED)


async def _pending(connection: AsyncConnection) -> Record[*tuple[object, ...]] | None:
    query = select(REVISIONS).where(REVISIONS.c.state == RevisionState.PENDING.value)
    return (await connection.execute(query)).first()


async def _is_alive(connection: AsyncConnection, record: Record[*tuple[object, ...]], now: datetime) -> bool:
    """Return whether the owner of a pending revision was heard of lately; to propose it was a word too."""
    proposed: datetime = record.time
    seen = await last_seen(connection, record.owner) or proposed
    return max(seen, proposed) >= now - ALIVE


def _check(changeset: Changeset) -> None:
    """Raise `UserError` for what can be kept in no state of the store."""
    check("the author or the message", changeset.author, changeset.message)
    refs: set[Ref] = set()
    for change in changeset.changes:
        if change.ref in refs:
            raise UserError(f"{change.ref} is changed twice in one changeset")
        refs.add(change.ref)
        check("the name of a resource", *change.ref)
        check(f"{change.ref}, or the name of its file,", change.text or "", change.origin.document)


async def _current(connection: AsyncConnection, changeset: Changeset) -> Mapping[Ref, Row]:
    """Return what is there now of the resources that are to be changed."""
    refs = [change.ref for change in changeset.changes]
    found = [record for theirs in about(refs) for record in await connection.execute(row_query().where(theirs, NOW))]
    return {row.ref: row for row in map(read_row, found)}


async def _keep(
    connection: AsyncConnection, database: Database, changeset: Changeset, current: Mapping[Ref, Row]
) -> None:
    """Write down the changes that change something, and the texts that are new."""
    pairs = [(change, current.get(change.ref)) for change in changeset.changes]
    changes = [(change, row) for change, row in pairs if _differs(change, row)]
    contents = {_hash(change.text): change.text for change, _ in changes if change.text is not None}
    if contents:
        new = [{"hash": key, "text": text} for key, text in contents.items()]
        await connection.execute(database.insert_new(CONTENTS), new)
    if changes:
        await connection.execute(insert(CHANGES), [_change(change, row) for change, row in changes])


async def _apply(connection: AsyncConnection, number: int) -> None:
    """Make the changes."""
    moved, ended = [], []
    for record in await connection.execute(select(CHANGES).where(CHANGES.c.replaces.is_not(None))):
        at = {
            "at_kind": record.kind,
            "at_namespace": record.namespace,
            "at_name": record.name,
            "at_since": record.replaces,
        }
        if record.moves:
            moved.append({**at, "document": record.document, "line": record.line, "column": record.column})
        else:
            ended.append(at)
    if moved:
        await connection.execute(update(RESOURCES).where(_AT), moved)
    if ended:
        await connection.execute(update(RESOURCES).where(_AT).values(until=number), ended)
    kept = [column.name for column in RESOURCES.columns if column.name not in ("since", "until")]
    new = select(*(CHANGES.c[name] for name in kept), literal(number)).where(
        CHANGES.c.hash.is_not(None), ~CHANGES.c.moves
    )
    await connection.execute(insert(RESOURCES).from_select([*kept, "since"], new))


async def _forget(connection: AsyncConnection) -> None:
    """Delete the texts that no other revision needs."""
    proposed = CONTENTS.c.hash.in_(select(CHANGES.c.hash))
    needed = exists(select(RESOURCES.c.hash).where(RESOURCES.c.hash == CONTENTS.c.hash))
    await connection.execute(delete(CONTENTS).where(proposed, ~needed))


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=32).digest()


def _text(row: Row | None) -> str | None:
    return row.text if row else None


def _differs(change: Change, row: Row | None) -> bool:
    return change.text != _text(row) or (row is not None and change.origin != row.origin)


def _change(change: Change, row: Row | None) -> Mapping[str, object]:
    return {
        "kind": change.ref.kind,
        "namespace": change.ref.namespace,
        "name": change.ref.name,
        "hash": None if change.text is None else _hash(change.text),
        "document": change.origin.document,
        "line": change.origin.line,
        "column": change.origin.column,
        "replaces": row.revision if row else None,
        "moves": change.text == _text(row),
    }


def _record(made: Revision) -> Mapping[str, object]:
    return {
        "number": made.number,
        "digest": made.digest,
        "parent": made.parent,
        "author": made.author,
        "time": made.time,
        "message": made.message,
        "state": made.state.value,
        "reason": made.reason,
        "changed": made.changed,
    }
