"""What of a request counts that does not come to its end."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from runtime.uploading.conftest import Make, checksum, cut_off, offset

BODY = os.urandom(3_000_000)
HALF = len(BODY) // 2


async def test_a_piece_with_a_checksum_that_ends_too_early_does_not_count(route: Make) -> None:
    files = route()
    address = await files.created(len(BODY))
    await files.patch(address, 0, b"abc", upload_checksum=checksum(b"abc"))
    with pytest.raises(ConnectionError):
        await files.patch(address, 3, cut_off(BODY[:HALF]), upload_checksum=checksum(BODY[3:]))
    assert await offset(files, address) == 3


async def test_bytes_that_nobody_was_left_to_check_do_not_count_after_a_crash(route: Make) -> None:
    files = route()
    address = await files.created(10)
    await files.patch(address, 0, b"abc", upload_checksum=checksum(b"abc"))
    (data,) = files.directory.glob(f"*/{address[-32:]}")
    with data.open("ab") as file:  # as a process that is killed while it writes
        file.write(b"xyz")
    assert await offset(route(), address) == 3


async def test_a_client_that_is_cut_off_by_its_proxy_keeps_what_has_come(route: Make) -> None:
    files = route()
    address = await files.created(len(BODY))
    arrived, never = asyncio.Event(), asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield BODY[:HALF]
        arrived.set()
        await never.wait()

    task = asyncio.ensure_future(files.patch(address, 0, stuck()))
    await arrived.wait()
    locked = await files.patch(address, 0, b"x")
    assert (locked.status, locked.headers["tus-resumable"]) == (423, "1.0.0")
    task.cancel()
    await asyncio.wait((task,))
    assert await offset(files, address) == HALF


async def test_more_than_was_announced_is_refused(route: Make) -> None:
    files = route()
    address = await files.created(5)
    assert (await files.patch(address, 0, b"abcdef")).status == 413

    async def unsaid() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    assert (await files.patch(address, 0, unsaid())).status == 413
    assert await offset(files, address) == 0
    assert (await files.patch(address, 0, b"abcde")).status == 204
