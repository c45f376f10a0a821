"""What is on the disk, and how long."""

import os
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from crossway.runtime.uploading.records import Record
from crossway.runtime.uploading.storage import REMEMBERED, BusyError, FullError, Storage, UnknownError, sweep

BEGUN = time.time() + 86_400
"""Later than any run of the tests: they may come long after this is read."""
RECORD = Record(protocol="tus", created=BEGUN, limit=10, lifetime=60, max_age=600, method="POST", target="/", length=10)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path, "files")


def made(storage: Storage, record: Record = RECORD) -> str:
    held = storage.create(record, 10**9, 100)
    held.append([b"abc"])
    held.release()
    return held.identity


def files(storage: Storage) -> list[str]:
    return sorted(path.name for path in storage.directory.iterdir() if path.name != ".lock")


def test_an_upload_is_had_by_one_at_a_time_in_all_processes(storage: Storage, tmp_path: Path) -> None:
    identity = made(storage)
    held = storage.hold(identity)
    with pytest.raises(BusyError):
        Storage(tmp_path, "files").hold(identity)
    held.release()
    Storage(tmp_path, "files").hold(identity).release()


def test_more_buffers_than_the_system_takes_at_once_are_written(storage: Storage) -> None:
    held = storage.create(RECORD, 10**9, 100)
    held.append([b"%4d" % number for number in range(2000)])
    held.release()
    content = storage.path(held.identity).read_bytes()
    assert content == b"".join(b"%4d" % number for number in range(2000))


def test_a_disk_without_room_is_no_error_of_ours(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    held = storage.create(RECORD, 10**9, 100)
    full = os.open("/dev/full", os.O_RDWR)
    monkeypatch.setattr(held, "_file", full)
    with pytest.raises(FullError):
        held.append([b"abc"])
    held.release()


def test_an_abandoned_upload_is_removed_after_its_last_piece(storage: Storage, tmp_path: Path) -> None:
    identity = made(storage)
    last = storage.path(identity).stat().st_mtime
    assert sweep(tmp_path, last + 59) == 0
    held = storage.hold(identity)
    assert sweep(tmp_path, last + 61) == 0, "somebody has it"
    held.release()
    assert sweep(tmp_path, last + 61) == 1
    assert files(storage) == []


def test_an_upload_that_is_kept_alive_is_removed_in_the_end(storage: Storage, tmp_path: Path) -> None:
    identity = made(storage)
    os.utime(storage.path(identity), (RECORD.created + 599,) * 2)
    assert sweep(tmp_path, RECORD.created + 598) == 0
    assert sweep(tmp_path, RECORD.created + 601) == 1


def test_one_that_has_expired_is_unknown_even_before_it_is_removed(storage: Storage) -> None:
    identity = made(storage)
    os.utime(storage.path(identity), (0, 0))
    with pytest.raises(UnknownError):
        storage.hold(identity)
    assert files(storage) == []


def test_a_delivered_one_is_remembered_for_a_while_without_its_bytes(storage: Storage, tmp_path: Path) -> None:
    identity = made(storage, replace(RECORD, lifetime=10**6, max_age=10**6))
    held = storage.hold(identity)
    held.delivered(200, (), 3)
    held.release()
    assert files(storage) == [f"{identity}.json"]
    assert storage.hold(identity).record.is_delivered
    assert sweep(tmp_path, time.time() + REMEMBERED - 60) == 0
    assert sweep(tmp_path, time.time() + REMEMBERED + 60) == 1


def test_those_that_are_delivered_take_no_place_and_are_bounded_too(storage: Storage) -> None:
    for _ in range(5):
        identity = made(storage)
        held = storage.hold(identity)
        held.delivered(200, (), 3)
        held.release()
    storage.create(RECORD, 10, 2).release()
    assert len([name for name in files(storage) if name.endswith(".json")]) == 3


def test_what_a_crash_has_left_behind_is_removed(storage: Storage, tmp_path: Path) -> None:
    identity = made(storage)
    storage.path(identity).with_suffix(".json").unlink()
    (storage.directory / f"{'x' * 32}.new").write_bytes(b"{")
    (storage.directory / f"{'y' * 32}.json").write_bytes(b"{")
    sweep(tmp_path, time.time() + REMEMBERED + 60)
    assert files(storage) == []


def test_uploads_of_routes_that_are_gone_are_removed(tmp_path: Path) -> None:
    made(Storage(tmp_path, "one"))
    made(Storage(tmp_path, "two"))
    assert sweep(tmp_path, time.time() + 100) == 2
