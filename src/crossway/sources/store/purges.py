"""What caches must not give any more.

Law: nothing that was purged comes back. A purge says what it means for `KEPT`, unless there come more than `MOST`; from
then on it means everything from before it. So there is never more than can be told, and whoever missed some, a proxy
that was cut off for a week, is told the rest of it in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import convert
from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row as Record
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.compile.program import Purge
from crossway.sources.store.tables import PURGES
from crossway.sources.store.text import check

KEPT: Final = timedelta(hours=25)
"""How long a purge says what it means: longer than what proxies share is kept."""
MOST: Final = 1000
"""How many purges there are at once: each proxy is told all of them."""
WORDS: Final = ("url", "prefix", "tag", "host", "route")
"""What a purge can mean, if not everything."""


async def add(connection: AsyncConnection, purge: Purge, now: datetime) -> None:
    """Keep a purge, and make those fewer that are there. One at a time may do so."""
    check("what is purged", target(purge)[1])
    before = await purges(connection)
    after = fewer([*before, purge], now)
    gone = [one.id for one in before if one not in after]
    await connection.execute(delete(PURGES).where(PURGES.c.id.in_(gone)))
    for one in after:
        if one not in before:
            await connection.execute(insert(PURGES), _record(one))


async def purges(connection: AsyncConnection) -> tuple[Purge, ...]:
    """Return the purges that hold, the oldest first."""
    return tuple(sorted(map(_purge, await connection.execute(select(PURGES))), key=_age))


def fewer(purges: Sequence[Purge], now: datetime) -> tuple[Purge, ...]:
    """Return purges that mean all that *purges* mean, the oldest first: the last one is new."""
    *before, new = purges
    if any(includes(one, new) for one in before):  # it was made just before one that was kept first
        return tuple(before)
    held = sorted((*(one for one in before if not includes(new, one)), new), key=_age)
    old = (now - KEPT).timestamp()
    while len(held) > MOST or (len(held) > 1 and held[1].at < old):
        first, second, *others = held
        held = [Purge(second.id, second.at, soft=first.soft and second.soft, everything=True), *others]
    return tuple(held)


def target(purge: Purge) -> tuple[str, str]:
    """Return what *purge* means: the word, and its value."""
    return next(((word, value) for word in WORDS if (value := getattr(purge, word))), ("everything", ""))


def includes(new: Purge, old: Purge) -> bool:
    """Return whether *new* means all that *old* means."""
    return old.at <= new.at and (old.soft or not new.soft) and (new.everything or target(new) == target(old))


def _age(purge: Purge) -> tuple[float, str]:
    return purge.at, purge.id


def _record(purge: Purge) -> dict[str, object]:
    word, value = target(purge)
    at = datetime.fromtimestamp(purge.at, UTC)
    return {"id": purge.id, "at": at, "soft": purge.soft, "word": word, "value": value}


def _purge(record: Record[*tuple[object, ...]]) -> Purge:
    meant = record.value if record.word in WORDS else True
    return convert({"id": record.id, "at": record.at.timestamp(), "soft": record.soft, record.word: meant}, Purge)
