"""Stores to test: a new one in each kind of database, for each test."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from crossway.sources.store import Store
from harness.background import Background
from harness.postgres import Postgres, binary

Open = Callable[[], Awaitable[Store]]
Query = Callable[[str], Awaitable[list[tuple[object, ...]]]]


class Clock:
    """A time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres(background: Background) -> Iterator[Postgres]:
    if binary("postgres") is None:
        pytest.skip("there is no PostgreSQL server here: install the package postgresql")
    with background.entered(Postgres()) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request, tmp_path) -> str:
    """Where a store may be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/store.db"
    return await request.getfixturevalue("postgres").place()


@pytest.fixture
def query(url, store) -> Query:  # noqa: ARG001 - the tables have to be there
    """Runs a statement behind the back of the store."""

    async def run(statement: str) -> list[tuple[object, ...]]:
        if url.startswith("postgresql:"):
            connection = await asyncpg.connect(url)
            try:
                return [tuple(record) for record in await connection.fetch(statement)]
            finally:
                await connection.close()
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as database:
            return database.execute(statement).fetchall()

    return run


@pytest.fixture
async def open_store(url, clock) -> AsyncIterator[Open]:
    """Opens the store once more, as another process would."""
    async with AsyncExitStack() as stack:

        async def opened() -> Store:
            store = await Store.open(url, clock)
            stack.push_async_callback(store.close)
            return store

        yield opened


@pytest.fixture
async def store(open_store) -> Store:
    return await open_store()
