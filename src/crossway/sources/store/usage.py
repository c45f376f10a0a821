"""How many requests were let through, by tally: what limits and quotas have counted while a window is open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.model import Unit
from crossway.model.usage import Tally, Usage
from crossway.sources.store.database import Database
from crossway.sources.store.tables import USAGE

BATCH: Final = 1000
"""Rows in a statement: databases know at most 32766 parameters in one."""

T = TypeVar("T")

_COLUMNS: Final = USAGE.c.counter, USAGE.c.per, USAGE.c.since, USAGE.c.by
"""Those of a tally, in its order."""


async def used(connection: AsyncConnection, tallies: Iterable[Tally]) -> Mapping[Tally, int]:
    """Return the numbers of those of *tallies* that are known."""
    found: dict[Tally, int] = {}
    for batch in _batches(tallies):
        wanted = tuple_(*_COLUMNS).in_([(tally.counter, tally.per, tally.since, _text(tally)) for tally in batch])
        found |= await _numbers(connection, wanted)
    return found


async def add(
    connection: AsyncConnection, database: Database, numbers: Mapping[Tally, int], now: datetime
) -> Mapping[Tally, int]:
    """Add to the numbers of tallies, forget windows that are over, and return what the numbers are now."""
    await connection.execute(delete(USAGE).where(USAGE.c.until <= now))
    for batch in _batches(sorted(numbers)):  # in one order, so that nobody waits for somebody who waits for them
        rows = [
            {
                "counter": tally.counter,
                "per": tally.per,
                "since": tally.since,
                "by": _text(tally),
                "until": tally.until,
                "consumer": tally.consumer,
                "used": numbers[tally],
            }
            for tally in batch
        ]
        await connection.execute(database.add(USAGE, USAGE.c.used), rows)
    return await used(connection, numbers)


async def usage(connection: AsyncConnection, consumer: str, now: datetime) -> Sequence[Usage]:
    """Return the numbers of a consumer in windows that are open, in the order of tallies."""
    numbers = await _numbers(connection, (USAGE.c.consumer == consumer) & (USAGE.c.until > now))
    return sorted(Usage(tally, number) for tally, number in numbers.items())


async def _numbers(connection: AsyncConnection, condition: ColumnElement[bool]) -> dict[Tally, int]:
    records = await connection.execute(select(*_COLUMNS, USAGE.c.used).where(condition))
    return {
        Tally(counter, Unit(per), since, tuple((key, value) for key, value in json.loads(by))): number
        for counter, per, since, by, number in records
    }


def _text(tally: Tally) -> str:
    return json.dumps(tally.by)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
