"""SQL databases behind sets of entities: a bounded pool of connections, statements that end in time, named errors."""

from __future__ import annotations

import asyncio
import sys
import time
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote, urlsplit

import aiosqlite
import asyncpg
from sqlalchemy.exc import DBAPIError, EmulatedDBAPIException, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from crossway.model.odata import Reached
from crossway.runtime.handler import Tools
from crossway.runtime.odata.error import ODataError, bad

_GRACE: Final = 1.0
"""Seconds that a database has beyond the time of a statement to say that it gave up."""
_STEPS: Final = 10_000
"""How often SQLite asks whether it is late: after so many instructions of its machine."""
_TOLD_EVERY: Final = 60.0

_Deadlines: TypeAlias = "weakref.WeakKeyDictionary[aiosqlite.Connection, float]"
"""When each connection of SQLite is late, by the clock that only goes forward."""


class SqlDatabase:
    """A database, reached from one event loop."""

    def __init__(self, name: str, reached: Reached, tools: Tools) -> None:
        self._name, self._reached = name, reached
        self.dialect = "sqlite" if urlsplit(reached.url).scheme == "sqlite" else "postgresql"
        self._seconds = reached.timeout.total_seconds()
        self._deadlines: _Deadlines = weakref.WeakKeyDictionary()
        self._told = 0.0
        self._reading = self._engine(isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        self._writing = self._engine() if reached.writable else None
        loop = asyncio.get_running_loop()
        for engine in filter(None, (self._reading, self._writing)):
            weakref.finalize(self, _let_go, loop, tools, engine.dispose)

    def _engine(self, **options: Any) -> AsyncEngine:  # noqa: ANN401  # those of SQLAlchemy
        is_sqlite = self.dialect == "sqlite"
        return create_async_engine(
            "sqlite+aiosqlite://" if is_sqlite else "postgresql+asyncpg://",
            async_creator=_creator(self._reached, self._deadlines),
            poolclass=AsyncAdaptedQueuePool,
            pool_size=self._reached.connections,
            max_overflow=0,
            pool_timeout=self._seconds,
            pool_pre_ping=not is_sqlite,
            hide_parameters=True,
            **options,
        )

    async def close(self) -> None:
        """Close all connections."""
        for engine in filter(None, (self._reading, self._writing)):
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for statements that read, each by itself."""
        with self._named():
            async with asyncio.timeout(self._seconds + _GRACE), self._reading.connect() as connection:
                await self._limit(connection)
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for statements that happen together or not at all."""
        if self._writing is None:
            raise ODataError(405, "odata.method", "Nothing is changed here.")
        with self._named():
            async with asyncio.timeout(self._seconds + _GRACE), self._writing.begin() as connection:
                await self._limit(connection)
                yield connection

    async def _limit(self, connection: AsyncConnection) -> None:
        if self.dialect == "sqlite":
            driver = (await connection.get_raw_connection()).driver_connection
            if isinstance(driver, aiosqlite.Connection):
                self._deadlines[driver] = time.monotonic() + self._seconds

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn what a database raises into errors that clients may see."""
        try:
            yield
        except (TimeoutError, PoolTimeoutError):
            raise ODataError(504, "odata.timeout", "The database did not answer in time.") from None
        except (SQLAlchemyError, EmulatedDBAPIException, asyncpg.PostgresError, aiosqlite.Error, OSError) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> ODataError:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        state = str(getattr(cause, "sqlstate", None) or "")
        if state == "57014" or "interrupted" in str(cause):
            return ODataError(504, "odata.timeout", "The database did not answer in time.")
        if state.startswith("22"):
            return bad("out_of_range", "The database cannot compute this: a value is out of range.")
        if isinstance(error, IntegrityError) or state.startswith("23"):
            return ODataError(409, "odata.conflict", "The database does not take this: a constraint is against it.")
        self._tell(cause)
        return ODataError(503, "odata.database", "The database cannot be asked at the moment.")

    def _tell(self, cause: BaseException) -> None:
        """Say on stderr what is wrong, once a minute: clients are not told."""
        if (now := time.monotonic()) > self._told:
            self._told = now + _TOLD_EVERY
            reason = str(cause).partition("\n")[0]
            print(f"crossway: odata: database {self._name}: {reason}", file=sys.stderr)  # noqa: T201


def _creator(reached: Reached, deadlines: _Deadlines) -> Callable[[], Awaitable[Any]]:
    """Return what makes connections. It does not hold the database, so that this can go while there are connections."""
    seconds = reached.timeout.total_seconds()

    async def postgres() -> asyncpg.Connection:
        settings = {
            "application_name": "crossway",
            "statement_timeout": str(int(seconds * 1000)),
            "timezone": "UTC",
            "default_transaction_read_only": "off" if reached.writable else "on",
        }
        return await asyncpg.connect(reached.url, timeout=seconds, server_settings=settings)

    async def sqlite() -> aiosqlite.Connection:
        path = unquote(urlsplit(reached.url).path).removeprefix("/")
        mode = "rw" if reached.writable else "ro"
        connection = await aiosqlite.connect(f"file:{quote(path)}?mode={mode}", uri=True, timeout=seconds)
        await connection.create_function("crossway_lower", 1, _lower, deterministic=True)
        await connection.create_function("crossway_upper", 1, _upper, deterministic=True)
        known = weakref.ref(connection)

        def late() -> bool:
            there = known()
            return there is not None and time.monotonic() > deadlines.get(there, float("inf"))

        await connection.set_progress_handler(late, _STEPS)
        return connection

    return sqlite if urlsplit(reached.url).scheme == "sqlite" else postgres


def _let_go(loop: asyncio.AbstractEventLoop, tools: Tools, dispose: Callable[[], Awaitable[None]]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(tools.background, dispose)


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _upper(text: object) -> object:
    return text.upper() if isinstance(text, str) else text
