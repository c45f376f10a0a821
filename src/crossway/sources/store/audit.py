"""The audit log: entries that are only ever added, each with the hash of the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.model.access import GENESIS, AuditEntry
from crossway.sources.store.tables import AUDIT, LARGEST_NUMBER
from crossway.sources.store.text import clean

PAGE: Final = 1000
"""Entries that are checked at a time, so that the memory for it does not grow with the log."""

_FIELDS: Final = ("number", "time", "author", "address", "action", "target", "outcome", "previous")


async def append(
    connection: AsyncConnection, time: datetime, author: str, address: str, action: str, target: str, outcome: str
) -> AuditEntry:
    """Add an entry. It takes whatever it is told: what cannot be kept of a text is replaced."""
    query = select(AUDIT.c.number, AUDIT.c.hash).order_by(AUDIT.c.number.desc()).limit(1)
    last = (await connection.execute(query)).first()
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    author, address, action, target, outcome = map(clean, (author, address, action, target, outcome))
    entry = AuditEntry(number, time, author, address, action, target, outcome, previous)
    values = {field: getattr(entry, field) for field in _FIELDS} | {"hash": entry.hash}
    await connection.execute(insert(AUDIT), values)
    return entry


async def log(connection: AsyncConnection, before: int | None, limit: int) -> tuple[AuditEntry, ...]:
    """Return at most *limit* entries, the newest first; those before a number, if there is one."""
    query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT.c.number < min(before, LARGEST_NUMBER))
    return tuple(map(_entry, await connection.execute(query)))


async def verify(connection: AsyncConnection) -> int | None:
    """Return the number of the first entry that is not as it was written, or is missing; `None` if all are whole."""
    number, previous = 0, GENESIS
    query = select(AUDIT).order_by(AUDIT.c.number).limit(PAGE)
    while page := (await connection.execute(query.where(AUDIT.c.number > number))).all():
        for record in page:
            entry = _entry(record)
            number += 1
            if (entry.number, entry.previous, entry.hash) != (number, previous, record.hash):
                return number
            previous = record.hash
    return None


def _entry(record: Record[*tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(**{field: getattr(record, field) for field in _FIELDS})
