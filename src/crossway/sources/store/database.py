"""A database, as the rest of a store sees it: transactions, a lock, and words to whoever listens.

The law: what fails half way has changed nothing, and is told as `Unavailable`, in a sentence that holds nothing of what
was written, since texts may hold secrets. Nothing is tried again here; whoever asks knows what that would mean.
"""

from __future__ import annotations

import asyncio
import enum
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Column, Insert, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crossway.errors import Unavailable
from crossway.sources.store.tables import migrate

P = ParamSpec("P")
T = TypeVar("T")


class Lock(enum.IntEnum):
    """What only one transaction at a time may write, in all processes together."""

    SCHEMA = 1
    REVISIONS = 2
    AUDIT = 3
    PURGES = 4


class Database(ABC):
    """What SQLite and PostgreSQL have in common."""

    def __init__(self, engine: AsyncEngine, writer: AsyncEngine) -> None:
        self._engine = engine
        self._writer = writer
        self._preparing = asyncio.Lock()
        self._prepared = False

    async def prepare(self) -> None:
        """Make the tables, or bring them up to date, unless that has been done; `UserError` if it cannot be."""
        async with self._preparing:
            if not self._prepared:
                await self._check()
                await self._write(Lock.SCHEMA, _migrate)
                self._prepared = True

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def read(
        self, work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what *work* does, which is given a connection to read one state with, and the other arguments."""
        await self.prepare()

        async def transaction() -> T:
            with self.reachable():
                async with self._engine.connect() as connection:
                    return await work(connection, *args, **kwargs)

        return await self._run(transaction())

    async def write(
        self,
        lock: Lock | None,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as `read`, to write: all is done when *work* returns, and nothing if it raises.

        With a *lock*, each statement sees what was written before; nobody else who takes it writes meanwhile.
        """
        await self.prepare()
        return await self._write(lock, work, *args, **kwargs)

    async def _write(
        self,
        lock: Lock | None,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        async def transaction() -> T:
            with self.reachable():
                async with self._writer.begin() as connection:
                    if lock is not None:
                        await self._lock(connection, lock)
                    return await work(connection, *args, **kwargs)

        return await self._run(transaction())

    async def announce(
        self,
        lock: Lock | None,
        work: Callable[Concatenate[AsyncConnection, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do as `write`, and let everybody hear of it who listens to the store."""

        async def announced(connection: AsyncConnection) -> T:
            result = await work(connection, *args, **kwargs)
            await self._announce(connection)
            return result

        return await self.write(lock, announced)

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Turn what the database and its driver raise into `Unavailable`."""
        try:
            yield
        except DBAPIError as error:
            raise self._unavailable(error.orig or error) from None
        except (SQLAlchemyError, OSError) as error:
            raise self._unavailable(error) from None
        except self.driver_errors as error:
            raise self._unavailable(error) from None

    driver_errors: tuple[type[Exception], ...]
    """What the driver raises past SQLAlchemy."""

    def _unavailable(self, error: BaseException) -> Unavailable:
        return Unavailable(f"the store cannot be used: {self.reason(error)}")

    @abstractmethod
    def reason(self, error: BaseException) -> str:
        """Return what went wrong, without a word of the data."""

    @abstractmethod
    def announcements(self) -> AsyncGenerator[None, None]:
        """Yield at once, and then whenever a transaction was announced, whoever made it."""

    def insert_new(self, table: Table) -> Insert:
        """Return an insertion that passes over rows that are there."""
        return self._insert(table).on_conflict_do_nothing()

    def put(self, table: Table) -> Insert:
        """Return an insertion that takes the place of the row with the same primary key."""
        insert = self._insert(table)
        values = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
        return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=values)

    def add(self, table: Table, number: Column[int]) -> Insert:
        """Return an insertion that adds to the *number* of the row with the same primary key."""
        insert = self._insert(table)
        total = number + insert.excluded[number.key]
        return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_={number.key: total})

    @abstractmethod
    def _insert(self, table: Table) -> SqliteInsert | PostgresInsert: ...

    @abstractmethod
    async def _check(self) -> None:
        """Raise `UserError` if there can be no database where the URL leads."""

    @abstractmethod
    async def _run(self, transaction: Coroutine[None, None, T]) -> T:
        """Return what *transaction* returns, such that a cancellation does no harm to the database."""

    @abstractmethod
    async def _lock(self, connection: AsyncConnection, lock: Lock) -> None: ...

    @abstractmethod
    async def _announce(self, connection: AsyncConnection) -> None: ...


async def _migrate(connection: AsyncConnection) -> None:
    await connection.run_sync(migrate)
