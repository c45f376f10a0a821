"""Whose uploads are, and how many there may be."""

import os
from pathlib import Path

import pytest

from crossway.model.upload import Upload
from crossway.runtime.uploading import upload
from runtime.uploading.conftest import Make, Route

BODY = os.urandom(3_000_000)
HALF = len(BODY) // 2


async def test_storage_is_bounded(route: Make) -> None:
    files = route(max_size=10, max_storage=25, max_uploads=3)
    addresses = [await files.created(10) for _ in range(2)]
    full = await files.tus("POST", "/files", upload_length="10")
    assert (full.status, full.json()["code"], full.headers["retry-after"]) == (507, "upload.storage_full", "60")
    assert (await files.tus("POST", "/files", upload_defer_length="1")).status == 507
    await files.created(1)
    assert (await files.tus("POST", "/files", upload_length="1")).status == 507
    await files.tus("DELETE", addresses[0])
    await files.patch(addresses[1], 0, b"x" * 10)
    assert files.backend.bodies == [b"x" * 10]
    await files.created(10)
    await files.created(10)


async def test_a_directory_that_is_none_is_told(route: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    answer = await route(directory=str(tmp_path / "file")).tus("POST", "/files", upload_length="3")
    assert (answer.status, answer.json()["code"]) == (503, "upload.no_storage")
    assert "uploads cannot be kept" in capfd.readouterr().err


async def test_an_upload_is_its_consumers_alone(route: Make) -> None:
    files = route()
    address = await files.created(3, x_consumer_username="ada")
    assert (await files.patch(address, 0, b"abc", x_consumer_username="bob")).status == 404
    assert (await files.patch(address, 0, b"abc")).status == 404
    assert (await files.patch(address, 0, b"abc", x_consumer_username="ada")).status == 204


async def test_an_upload_is_its_routes_alone(route: Make) -> None:
    files = route()
    address = await files.created(3)
    other = Route(upload(Upload(directory=str(files.directory)), "other"), files.backend, files.directory)
    assert (await other.tus("HEAD", address)).status == 404


async def test_two_routes_write_below_one_directory(route: Make) -> None:
    files = route(max_storage=10, max_size=10)
    other = Route(upload(Upload(directory=str(files.directory), max_size=10), "other"), files.backend, files.directory)
    await files.created(10)
    await other.created(10)
    assert len([entry for entry in files.directory.iterdir() if entry.is_dir()]) == 2
