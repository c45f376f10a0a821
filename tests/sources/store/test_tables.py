"""The tables and their versions."""

import asyncio
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.dialects.sqlite import dialect

from crossway.errors import UserError
from crossway.sources.store.tables import METADATA, STEPS, Instant, migrate
from sources.store.changing import live, texts


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=30))])))
def test_a_time_is_kept_to_the_microsecond(time):
    kept = Instant().process_bind_param(time, dialect())
    assert isinstance(kept, int)
    assert Instant().process_result_value(kept, dialect()) == time
    assert Instant().process_bind_param(time + timedelta(microseconds=1), dialect()) == kept + 1


def test_no_time_stays_none():
    assert Instant().process_bind_param(None, dialect()) is Instant().process_result_value(None, dialect()) is None


async def test_many_open_a_new_store_at_once(open_store):
    stores = await asyncio.gather(*(open_store() for _ in range(6)))
    await live(stores[0], a="one")
    assert [await texts(store) for store in stores] == [{"a": "one"}] * 6


async def test_a_store_that_is_opened_again_has_what_it_had(store, open_store):
    await live(store, a="one")
    assert await texts(await open_store()) == {"a": "one"}


async def test_a_store_of_a_newer_version_is_refused(query, open_store):
    await query("UPDATE crossway_store SET version = 99")
    with pytest.raises(UserError, match=r"a newer Crossway made this store: its tables have version 99, and \d"):
        await open_store()


def test_a_store_of_an_older_version_is_brought_up_to_date(monkeypatch):
    database = create_engine("sqlite://")
    with database.begin() as connection:
        migrate(connection)
    steps = (*STEPS, lambda connection: connection.exec_driver_sql("CREATE TABLE later (x INTEGER)"))
    monkeypatch.setattr("crossway.sources.store.tables.STEPS", steps)
    for _ in range(2):
        with database.begin() as connection:
            migrate(connection)
    with database.begin() as connection:
        assert connection.exec_driver_sql("SELECT version FROM crossway_store").scalar() == len(steps)
        assert connection.exec_driver_sql("SELECT * FROM later").all() == []
    database.dispose()


async def test_the_database_itself_keeps_a_second_revision_from_being_pending(query):
    row = "INSERT INTO crossway_revision VALUES ({0}, '', 0, '', 0, '', 'pending', '', 0, '', false)"
    await query(row.format(1))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await query(row.format(2))


async def test_every_table_is_ours_by_its_name():
    assert all(name.startswith("crossway_") for name in METADATA.tables)
