"""SQLite: one file, for one control plane and whoever looks into its directory.

Other processes are heard of through a counter that every announced transaction raises, and a look at it each second.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from contextlib import closing, contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Concatenate, Final

from sqlalchemy import URL, Connection, Table, event, select, update
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from crossway.errors import Unavailable, UserError
from crossway.sources.store.database import Database, Lock, P, T
from crossway.sources.store.tables import STORE

LOOK: Final = 1.0
"""Seconds between two looks at what other processes did."""
PATIENCE: Final = 10.0
"""Seconds to wait for somebody who writes."""

logging.getLogger("aiosqlite").setLevel(logging.INFO)  # below, it logs what is written


class Sqlite(Database):
    """One file in WAL mode, each transaction of which is on the disk when it is done."""

    driver_errors = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        _prepare_file(path)
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            hide_parameters=True,
            connect_args={"timeout": PATIENCE, "isolation_level": None},
        )
        event.listen(engine.sync_engine, "connect", _connected)
        event.listen(engine.sync_engine, "begin", _begin)
        super().__init__(engine, writer=engine.execution_options(crossway_begin="BEGIN IMMEDIATE"))
        self._listeners: set[asyncio.Event] = set()

    async def announce(
        self,
        lock: Lock | None,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as `write`; those in this process hear of it at once."""
        result = await super().announce(lock, work, *args, **kwargs)
        for listener in self._listeners:
            listener.set()
        return result

    async def announcements(self) -> AsyncGenerator[None, None]:
        """Yield at once, and then whenever a transaction was announced."""
        heard: int | None = None
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            while True:
                changed.clear()
                words = await self._words()
                if words not in (None, heard):
                    heard = words
                    yield
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await changed.wait()
        finally:
            self._listeners.discard(changed)

    def reason(self, error: BaseException) -> str:
        """Return what went wrong; the messages of SQLite hold names of tables and no values."""
        return str(error) or type(error).__name__

    async def _words(self) -> int | None:
        """Return how often something was announced; `None` if that cannot be read now."""
        with suppress(Unavailable):
            return await self.read(_words)
        return None

    def _insert(self, table: Table) -> Insert:
        return Insert(table)

    async def _check(self) -> None:
        """Do nothing: the file is there."""

    async def _run(self, transaction: Coroutine[None, None, T]) -> T:
        """Return what *transaction* returns, and let it come to its end even if this is cancelled.

        The driver works in a thread, which a cancellation does not reach: what it left there would keep its lock.
        """
        running = asyncio.ensure_future(transaction)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def _lock(self, connection: AsyncConnection, lock: Lock) -> None:
        """Do nothing: one transaction at a time may write at all."""

    async def _announce(self, connection: AsyncConnection) -> None:
        await connection.execute(update(STORE).values(words=STORE.c.words + 1))


async def _words(connection: AsyncConnection) -> int | None:
    return await connection.scalar(select(STORE.c.words))


def _prepare_file(path: Path) -> None:
    """Make the file, and the directory if need be, such that nobody else may read them, and set its mode.

    One at a time: SQLite waits for nobody while it changes the mode of a file. A file that is there is not opened,
    since to close it would give up the locks that this process has on it (sqlite.org/howtocorrupt.html, section 2.2).
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path.parent):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            path.chmod(0o600) if path.exists() else path.touch(0o600)
            with closing(sqlite3.connect(path, PATIENCE, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
    except OSError as error:
        raise UserError(f"the store {path} cannot be opened: {error.strerror}") from None
    except sqlite3.Error as error:
        raise Unavailable(f"the store {path} cannot be opened: {error}") from None


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep other processes out that want the same."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        flock(descriptor, LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin as the driver would not: with the lock, so that what was read is still so when it is written."""
    connection.exec_driver_sql(connection.get_execution_options().get("crossway_begin", "BEGIN"))
