"""What is particular about a store in a file."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from crossway.errors import Unavailable, UserError
from crossway.sources.store import Store, sqlite
from sources.store.changing import live, texts

FULL = 2


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "state" / "store.db"


@pytest.fixture
def url(path) -> str:
    return f"sqlite:///{path}"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_nobody_else_may_read_it(store, path):
    await live(store, a="one")
    assert mode(path.parent) == 0o700
    assert {entry.name: mode(entry) for entry in path.parent.iterdir()} == {
        "store.db": 0o600,
        "store.db-wal": 0o600,
        "store.db-shm": 0o600,
    }


async def test_a_file_that_others_may_read_is_closed_to_them(path, open_store):
    path.parent.mkdir()
    path.touch(0o644)
    await open_store()
    assert mode(path) == 0o600


async def test_a_directory_that_is_there_stays_as_it_is(path, open_store):
    path.parent.mkdir(0o755)
    await open_store()
    assert mode(path.parent) == 0o755


async def test_what_is_done_is_on_the_disk(store):
    async def check(connection):
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == FULL

    await store._database.read(check)


async def test_the_path_is_taken_as_it_is_written(tmp_path, clock, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for url in "sqlite:///a%20b?c#d.db", f"sqlite:///{tmp_path}/e f.db":
        await (await Store.open(url, clock)).close()
    assert {entry.name for entry in tmp_path.iterdir()} == {"a%20b?c#d.db", "e f.db"}


async def test_a_file_that_is_no_store(path, open_store):
    path.parent.mkdir()
    path.write_text("this is a text, and quite a long one" * 100)
    with pytest.raises(Unavailable, match="file is not a database"):
        await open_store()


@pytest.mark.parametrize("wrong", ["/proc/crossway/store.db", "/dev/null/store.db", "/tmp"])
async def test_a_place_where_no_file_can_be(clock, wrong):
    with pytest.raises(UserError, match=f"the store {wrong} cannot be opened: "):
        await Store.open(f"sqlite:///{wrong}", clock)


async def test_somebody_else_who_writes_is_waited_for(store, path):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.ensure_future(live(store, a="one"))
        assert await texts(store) == {}
        assert not writing.done()
        other.execute("ROLLBACK")
        await writing
    assert await texts(store) == {"a": "one"}


async def test_somebody_else_who_writes_for_ever(path, open_store, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE", 0.05)
    store = await open_store()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="the store cannot be used: database is locked"):
            await live(store, a="one")
    await live(store, a="one")
