"""What was issued to clients, by hashes, and the keys that tokens are signed with, which are sealed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.model.issued import Issued, SigningKey
from crossway.sources.store.database import Database
from crossway.sources.store.tables import GRANTS, SIGNING_KEYS


async def add(connection: AsyncConnection, database: Database, issued: Issued, now: datetime) -> None:
    """Remember what was issued, unless it is known, and forget what is over."""
    await connection.execute(delete(GRANTS).where(GRANTS.c.until <= now))
    values = {
        "id": issued.id,
        "family": issued.family,
        "until": issued.until,
        "used": issued.used,
        "content": json.dumps(issued.content),
    }
    await connection.execute(database.insert_new(GRANTS).values(values))


async def find(connection: AsyncConnection, identifier: bytes, now: datetime) -> Issued | None:
    """Return what has this id and is not over."""
    wanted = (GRANTS.c.id == identifier) & (GRANTS.c.until > now)
    row = (await connection.execute(select(GRANTS).where(wanted))).one_or_none()
    return None if row is None else Issued(row.id, row.family, row.until, json.loads(row.content), row.used)


async def use(connection: AsyncConnection, identifier: bytes, now: datetime) -> Issued | None:
    """Mark what has this id as used, and return it as it was before: of several who do so, one finds it unused."""
    unused = (GRANTS.c.id == identifier) & GRANTS.c.used.is_(False)
    first = (await connection.execute(update(GRANTS).where(unused).values(used=True))).rowcount == 1
    found = await find(connection, identifier, now)
    if found is None or not first:
        return found
    return Issued(found.id, found.family, found.until, found.content)


async def end(connection: AsyncConnection, family: str) -> None:
    """Forget a family."""
    await connection.execute(delete(GRANTS).where(GRANTS.c.family == family))


async def keys(connection: AsyncConnection) -> Sequence[SigningKey]:
    """Return all signing keys, the oldest first."""
    rows = await connection.execute(select(SIGNING_KEYS).order_by(SIGNING_KEYS.c.created, SIGNING_KEYS.c.id))
    return [SigningKey(row.id, row.created, row.sealed) for row in rows]


async def add_key(connection: AsyncConnection, database: Database, key: SigningKey) -> None:
    """Keep a signing key."""
    values = {"id": key.id, "created": key.created, "sealed": key.sealed}
    await connection.execute(database.insert_new(SIGNING_KEYS).values(values))


async def remove_key(connection: AsyncConnection, identifier: str) -> None:
    """Forget a signing key."""
    await connection.execute(delete(SIGNING_KEYS).where(SIGNING_KEYS.c.id == identifier))
