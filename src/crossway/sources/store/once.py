"""What may come only once: nonces of signed requests, each remembered until nobody would take it any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.sources.store.database import Database
from crossway.sources.store.tables import ONCE


async def once(connection: AsyncConnection, database: Database, key: bytes, until: datetime, now: datetime) -> bool:
    """Remember *key*, and return whether it came for the first time; forget what is over."""
    await connection.execute(delete(ONCE).where(ONCE.c.until <= now))
    written = await connection.execute(database.insert_new(ONCE).values(key=key, until=until))
    return written.rowcount == 1
