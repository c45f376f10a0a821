"""Stations: a control plane with what it follows; a directory belongs to one of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.admin.desk import Apply
from crossway.daemon.desk import ControlDesk, StoreDesk
from crossway.daemon.directory import DataDirectory
from crossway.daemon.following import Following
from crossway.daemon.station import Station, nothing, station
from crossway.daemon.stored import Stored
from crossway.errors import UserError
from crossway.model import Document, Ref
from crossway.telemetry.metrics import ControlMetrics
from harness.plane import ADA
from harness.waiting import until

TEXT = "gateways: {edge: {listeners: {http: 8080}}}\nroutes: {hello: {respond: {body: hello}}}\n"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@asynccontextmanager
async def opened(state: Path, files: Path | None = None, url: str = "") -> AsyncIterator[Station]:
    async with station(files, state, url, ControlMetrics(), lambda _: None) as made:
        yield made


@asynccontextmanager
async def running(made: Station) -> AsyncIterator[None]:
    await made.start()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(made.run())
        yield
        task.cancel()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(TEXT)
    return path


async def test_a_directory_has_one_station_at_a_time(tmp_path: Path, file: Path) -> None:
    state = tmp_path / "state"
    async with opened(state, file):
        with pytest.raises(UserError, match="another Crossway"):
            async with opened(state):
                pass
    async with opened(state):
        pass


async def test_files_are_followed_and_the_store_beside_them_keeps_tokens_and_the_audit_log(
    tmp_path: Path, file: Path
) -> None:
    async with opened(tmp_path / "state", file) as made:
        assert isinstance(made.follower, Following)
        assert type(made.desk) is ControlDesk
        async with running(made):
            assert await made.desk.row(ADA, Ref("routes", "hello"))
            await asyncio.to_thread(file.write_text, TEXT.replace("hello:", "other:"))
            await until(lambda: made.control.state.revision == 2)
            assert await made.desk.row(ADA, Ref("routes", "other"))
        assert (await made.store.head()).number == 0
        assert await made.store.tokens() == ()
        await made.store.audit(author="a", address="b", action="c", target="d", outcome="e")


async def test_without_files_the_store_in_the_directory_is_what_is_followed(tmp_path: Path) -> None:
    async with opened(tmp_path) as made:
        assert isinstance(made.follower, Stored)
        assert isinstance(made.desk, StoreDesk)
        name = made.follower.plane
        assert name == DataDirectory(tmp_path).plane()
        async with running(made):
            applied = await made.desk.apply(Apply((Document("shop.yaml", TEXT),)), ADA, lambda _: None)
            assert applied.revision == 1
    async with opened(tmp_path) as made:
        await made.start()
        assert (made.control.state.revision, made.follower.plane) == (1, name)


async def test_a_store_elsewhere_is_followed_by_stations_of_different_names(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    async with opened(tmp_path / "one", url=url) as one, opened(tmp_path / "two", url=url) as two:
        assert one.follower.plane != two.follower.plane
        async with running(one), running(two):
            await until(lambda: _alive(one, {one.follower.plane, two.follower.plane}))
    assert not (tmp_path / "one/store.db").exists()


async def _alive(made: Station, names: set[str]) -> bool:
    return {plane.name for plane in await made.store.planes()} == names


async def test_a_store_that_is_away_is_told_at_the_start(tmp_path: Path) -> None:
    async with opened(tmp_path, url=NOWHERE) as made:
        with pytest.raises(UserError, match="no last good one to start from"):
            await made.start()


async def test_who_cannot_be_made_leaves_the_directory_to_others(tmp_path: Path) -> None:
    for url in ("mysql://somewhere", NOWHERE):
        with pytest.RaisesGroup(UserError, allow_unwrapped=True):
            async with opened(tmp_path, url=url) as made:
                await made.start()
    async with opened(tmp_path):
        pass


async def test_nothing_is_counted_where_no_proxy_is() -> None:
    assert await nothing() == {}
