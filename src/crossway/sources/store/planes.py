"""The control planes that share a store: which of them live, and how their proxies took a pending revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from crossway.model.finding import Findings
from crossway.model.revision import Report
from crossway.sources.store.database import Database
from crossway.sources.store.revisions import revision
from crossway.sources.store.tables import PLANES, REPORTS

ALIVE: Final = timedelta(seconds=15)
"""How long after its last word a control plane counts as alive. The clocks of all have to agree better than that."""

_FINDINGS: Final = msgspec.json.Decoder(Findings)


@dataclass(frozen=True, slots=True)
class Plane:
    """One living control plane."""

    name: str
    proxies: int
    """How many are connected to it."""
    seen: datetime


async def heartbeat(connection: AsyncConnection, database: Database, plane: Plane) -> None:
    """Note that *plane* lives, and forget those that do not."""
    await connection.execute(delete(PLANES).where(PLANES.c.seen < plane.seen - ALIVE))
    await connection.execute(database.put(PLANES), {"name": plane.name, "proxies": plane.proxies, "seen": plane.seen})


async def planes(connection: AsyncConnection, now: datetime) -> tuple[Plane, ...]:
    """Return the control planes that live, in the order of their names."""
    query = select(PLANES.c.name, PLANES.c.proxies, PLANES.c.seen).where(PLANES.c.seen >= now - ALIVE)
    found = [Plane(*record) for record in await connection.execute(query)]
    return tuple(sorted(found, key=lambda plane: plane.name))


async def last_seen(connection: AsyncConnection, plane: str) -> datetime | None:
    """Return when a control plane was heard of last; `None` if that is long ago, or never was."""
    return await connection.scalar(select(PLANES.c.seen).where(PLANES.c.name == plane))


async def report(connection: AsyncConnection, database: Database, number: int, said: Report) -> None:
    """Keep what a control plane says of a revision, in place of what it said before; `NotFound` if there is none."""
    await revision(connection, number)
    values = {
        "revision": number,
        "plane": said.plane,
        "live": said.live,
        "proxies": said.proxies,
        "refused": msgspec.json.encode(said.refused).decode(),
        "done": said.done,
    }
    await connection.execute(database.put(REPORTS), values)


async def reports(connection: AsyncConnection, number: int) -> tuple[Report, ...]:
    """Return what the control planes said of a revision, in the order of their names."""
    columns = REPORTS.c.plane, REPORTS.c.live, REPORTS.c.proxies, REPORTS.c.refused, REPORTS.c.done
    records = await connection.execute(select(*columns).where(REPORTS.c.revision == number))
    found = [
        Report(plane, live, proxies, _FINDINGS.decode(refused), done) for plane, live, proxies, refused, done in records
    ]
    return tuple(sorted(found, key=lambda each: each.plane))
