"""Reading revisions: their states, what differs between two, and their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.errors import NotFound
from crossway.model.finding import Origin
from crossway.model.ref import Ref
from crossway.model.revision import EMPTY_DIGEST, Difference, Revision, RevisionState, Row
from crossway.sources.store.tables import CONTENTS, LARGEST_NUMBER, RESOURCES, REVISIONS

EMPTY: Final = Revision(0, EMPTY_DIGEST, 0, "", datetime.fromtimestamp(0, UTC), "", RevisionState.LIVE)
"""The state before the first revision."""

AT_ONCE: Final = 1000
"""Names in one condition: databases take some ten thousand parameters."""

RowRecord = Record[str, str, str, str, str, int, int, int]

NOW: Final = RESOURCES.c.until.is_(None)
"""Whether a row is part of the newest live revision."""


def ref_columns(table: Table) -> tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]:
    """Return the columns of the three parts of a `Ref`, in the order of that."""
    return table.c.kind, table.c.name, table.c.namespace


def origin_columns(table: Table) -> tuple[ColumnElement[str], ColumnElement[int], ColumnElement[int]]:
    """Return the columns of the three parts of an `Origin`, in the order of that."""
    return table.c.document, table.c.line, table.c.column


def about(refs: Iterable[Ref]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions, as many as it takes, that hold for the rows of the resources *refs* and for no other.

    Each leads any database through an index. A join would leave that to its planner, which guesses how much is there.
    """
    names: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for ref in refs:
        names[ref.kind, ref.namespace].append(ref.name)
    for (kind, namespace), all_names in names.items():
        within = and_(RESOURCES.c.kind == kind, RESOURCES.c.namespace == namespace)
        for start in range(0, len(all_names), AT_ONCE):
            yield and_(within, RESOURCES.c.name.in_(all_names[start : start + AT_ONCE]))


def row_query() -> Select[str, str, str, str, str, int, int, int]:
    """Return a query of the resources of all times, which `read_row` reads."""
    columns = (*ref_columns(RESOURCES), CONTENTS.c.text, *origin_columns(RESOURCES), RESOURCES.c.since)
    return select(*columns).join_from(RESOURCES, CONTENTS, RESOURCES.c.hash == CONTENTS.c.hash)


def read_row(record: RowRecord) -> Row:
    """Return a row as `row_query` finds it."""
    kind, name, namespace, text, document, line, column, since = record
    return Row(Ref(kind, name, namespace), text, Origin(document, line, column), since)


def read_revision(record: Record[*tuple[object, ...]]) -> Revision:
    """Return a revision from its record."""
    return Revision(
        number=record.number,
        digest=record.digest,
        parent=record.parent,
        author=record.author,
        time=record.time,
        message=record.message,
        state=RevisionState(record.state),
        reason=record.reason,
        changed=record.changed,
    )


async def head(connection: AsyncConnection) -> Revision:
    """Return the newest live revision."""
    query = select(REVISIONS).where(REVISIONS.c.state == RevisionState.LIVE.value)
    record = (await connection.execute(query.order_by(REVISIONS.c.number.desc()).limit(1))).first()
    return read_revision(record) if record else EMPTY


async def revision(connection: AsyncConnection, number: int) -> Revision:
    """Return one revision; `NotFound` if there is none."""
    if number == 0:
        return EMPTY
    record = None
    if 0 < number <= LARGEST_NUMBER:
        record = (await connection.execute(select(REVISIONS).where(REVISIONS.c.number == number))).first()
    if record is None:
        raise NotFound(f"there is no revision {number}")
    return read_revision(record)


async def live_revision(connection: AsyncConnection, number: int) -> Revision:
    """Return one revision that is live or was; `NotFound` if it never was."""
    found = await revision(connection, number)
    if found.state is not RevisionState.LIVE:
        raise NotFound(f"revision {number} is {found.state.value}: it never was the state of the store")
    return found


async def history(connection: AsyncConnection, before: int | None, limit: int) -> tuple[Revision, ...]:
    """Return at most *limit* revisions of any state, the newest first; those before a number, if there is one."""
    query = select(REVISIONS).order_by(REVISIONS.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(REVISIONS.c.number < min(before, LARGEST_NUMBER))
    return tuple(map(read_revision, await connection.execute(query)))


async def rows(connection: AsyncConnection, number: int | None) -> tuple[Row, ...]:
    """Return the resources of a live revision, or of the newest one, in ascending order."""
    if number is None:
        return _sorted(await connection.execute(row_query().where(NOW)))
    await live_revision(connection, number)
    return _sorted(await connection.execute(row_query().where(_says(number))))


async def difference(connection: AsyncConnection, old: int, new: int) -> tuple[Difference, ...]:
    """Return what the live revision *new* says differently from *old*, in ascending order."""
    for number in (old, new):
        await live_revision(connection, number)
    first, last = sorted((old, new))
    began = and_(RESOURCES.c.since > first, RESOURCES.c.since <= last)
    ended = and_(RESOURCES.c.until > first, RESOURCES.c.until <= last)
    moved = or_(and_(began, _says(last)), and_(ended, _says(first)))
    found = _sorted(await connection.execute(row_query().where(moved)))
    of_first = {row.ref: row for row in found if row.revision <= first}
    of_last = {row.ref: row for row in found if row.revision > first}
    before, after = (of_first, of_last) if old <= new else (of_last, of_first)
    differences = (Difference(ref, before.get(ref), after.get(ref)) for ref in sorted(before.keys() | after.keys()))
    return tuple(each for each in differences if _text(each.before) != _text(each.after))


def _text(row: Row | None) -> str | None:
    return row.text if row else None


def _says(number: int) -> ColumnElement[bool]:
    return and_(RESOURCES.c.since <= number, or_(NOW, RESOURCES.c.until > number))


def _sorted(records: Iterable[RowRecord]) -> tuple[Row, ...]:
    """Return rows in the order of their names: databases do not agree on one."""
    return tuple(sorted(map(read_row, records), key=lambda row: row.ref))
