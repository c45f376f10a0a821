"""PostgreSQL: one database for several control planes, which hear of each other by NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Final

import asyncpg
from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.exc import EmulatedDBAPIException
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from crossway.errors import Unavailable, UserError
from crossway.sources.store.database import Database, Lock, T

PATIENCE: Final = 5.0
"""Seconds to wait for a connection."""
LONGEST: Final = 30.0
"""Seconds that a statement may take."""
LOOK: Final = 10.0
"""Seconds of silence after which the listener looks whether its connection still stands."""
PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to connect again; the last one over and over."""

CHANNEL: Final = "crossway"
_LOCKS: Final = 0x63726F73
"""The first half of our advisory locks, "cros", so that they are not those of somebody else."""
_TOLD: Final = ("08", "25", "28", "3D", "40", "42", "53", "57")
"""The classes of SQLSTATE whose messages are of connections, rights and resources, not of values."""


class Postgres(Database):
    """A database that is reached through a pool of connections, and one more to listen with."""

    driver_errors = (asyncpg.PostgresError, asyncpg.InterfaceError)

    def __init__(self, url: str) -> None:
        self._url = url
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            isolation_level="REPEATABLE READ",
            pool_pre_ping=True,
            pool_timeout=PATIENCE,
            hide_parameters=True,
        )
        super().__init__(engine, writer=engine.execution_options(isolation_level="READ COMMITTED"))

    async def _check(self) -> None:
        """Raise `UserError` if the URL leads to no database, or not with these credentials."""
        with self.reachable():
            try:
                connection = await self._connect()
            except ValueError:  # its text may have a part of the password
                raise UserError(
                    "the URL of the store cannot be read: postgresql://user:password@host/database is expected, with "
                    "%-escapes in the password"
                ) from None
            except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
                raise UserError(f"the store cannot be opened: {self.reason(error)}") from None
            await connection.close()

    async def announcements(self) -> AsyncGenerator[None, None]:
        """Yield at once, whenever a transaction was announced, and when a lost connection is there again."""
        attempts = 0
        while True:
            heard = asyncio.Event()
            connection = await self._listen(heard)
            if connection is None:
                await asyncio.sleep(PAUSES[min(attempts, len(PAUSES) - 1)])
                attempts += 1
                continue
            attempts = 0
            try:
                yield
                while await self._hear(connection, heard):
                    yield
            finally:
                connection.terminate()

    def reason(self, error: BaseException) -> str:
        """Return what went wrong: the message of the server where that speaks of no values, else what kind it is."""
        if isinstance(error, EmulatedDBAPIException):
            error = error.driver_exception
        if isinstance(error, TimeoutError):
            return "it does not answer"
        if isinstance(error, OSError):
            return error.strerror or str(error)
        if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(_TOLD):
            return str(error.message or error)  # the driver's own have no message, but a text
        return type(error).__name__

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._url, timeout=PATIENCE, command_timeout=LONGEST)

    async def _listen(self, heard: asyncio.Event) -> asyncpg.Connection | None:
        """Return a connection that sets *heard* for each word, and at its end; `None` if there is none to be had."""
        with suppress(Unavailable), self.reachable():
            connection = await self._connect()
            connection.add_termination_listener(lambda _: heard.set())
            try:
                await connection.add_listener(CHANNEL, lambda *_: heard.set())
            except BaseException:
                connection.terminate()
                raise
            return connection
        return None

    async def _hear(self, connection: asyncpg.Connection, heard: asyncio.Event) -> bool:
        """Return whether there was a word, or else the connection is lost."""
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await heard.wait()
            except TimeoutError:
                with suppress(Unavailable), self.reachable():
                    await connection.execute("SELECT 1", timeout=PATIENCE)
                    continue
                return False
            heard.clear()
            return not connection.is_closed()

    def _insert(self, table: Table) -> Insert:
        return Insert(table)

    async def _run(self, transaction: Coroutine[None, None, T]) -> T:
        return await transaction  # the driver tells the server of a cancellation

    async def _lock(self, connection: AsyncConnection, lock: Lock) -> None:
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCKS, lock.value)))

    async def _announce(self, connection: AsyncConnection) -> None:
        await connection.execute(select(func.pg_notify(CHANNEL, "")))
