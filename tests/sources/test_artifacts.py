"""Artifacts: a file is what its checksum says, wherever it comes from, and is kept."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from crossway.errors import RemoteError
from crossway.model import Artifact, Silent
from crossway.sources.artifacts import LARGEST, Fetcher, fetch
from harness.waiting import until
from harness.wasm import Shelf

CONTENT = b"what is in the file"


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with Shelf() as running:
        running.files["/file"] = CONTENT
        yield running


def artifact(shelf: Shelf, path: str = "/file", content: bytes = CONTENT) -> Artifact:
    return Artifact(shelf.url + path, sha256(content).hexdigest())


def kept(directory: Path) -> list[str]:
    return [file.name for file in directory.iterdir()]


async def test_a_file_is_fetched(shelf: Shelf) -> None:
    assert await fetch(artifact(shelf)) == CONTENT


async def test_what_is_not_the_file_is_refused(shelf: Shelf) -> None:
    large = bytes(LARGEST + 1)
    shelf.files["/large"] = large
    for wrong, reason in (
        (artifact(shelf, content=b"another"), sha256(CONTENT).hexdigest()),
        (artifact(shelf, "/nowhere"), "404"),
        (artifact(shelf, "/large", large), "more than"),
        (Artifact("http://127.0.0.1:1/", "00" * 32), "cannot be read"),
    ):
        with pytest.raises(RemoteError, match=reason):
            await fetch(wrong)


async def test_a_file_is_kept_and_fetched_once(shelf: Shelf, tmp_path: Path) -> None:
    wanted = frozenset({artifact(shelf)})
    fetcher = Fetcher(tmp_path / "artifacts")
    for _ in range(2):
        assert await fetcher.find(wanted) == {artifact(shelf): CONTENT}
    shelf.files.clear()
    assert await Fetcher(tmp_path / "artifacts").find(wanted) == {artifact(shelf): CONTENT}
    assert shelf.asked == 1


async def test_a_file_that_was_changed_where_it_is_kept_is_fetched_again(shelf: Shelf, tmp_path: Path) -> None:
    file = tmp_path / artifact(shelf).sha256
    file.write_bytes(b"another")
    assert await Fetcher(tmp_path).find(frozenset({artifact(shelf)})) == {artifact(shelf): CONTENT}
    assert file.read_bytes() == CONTENT


async def test_what_nobody_wants_is_not_kept(shelf: Shelf, tmp_path: Path) -> None:
    fetcher = Fetcher(tmp_path)
    await fetcher.find(frozenset({artifact(shelf)}))
    assert kept(tmp_path) == [artifact(shelf).sha256]
    assert await fetcher.find(frozenset()) == {}
    assert kept(tmp_path) == []


async def test_a_file_is_asked_for_until_it_is_there(shelf: Shelf, tmp_path: Path) -> None:
    late = artifact(shelf, "/late")
    fetcher = Fetcher(tmp_path)
    assert await fetcher.find(frozenset({late})) == {late: Silent("the answer is 404")}
    news = asyncio.Event()

    async def publish() -> None:
        news.set()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(fetcher.run(publish))
        await until(lambda: shelf.asked == 2)
        shelf.files["/late"] = CONTENT
        await asyncio.wait_for(news.wait(), 15)
        running.cancel()
    assert await fetcher.find(frozenset({late})) == {late: CONTENT}
