"""What happens to work that nobody waits for any more."""

import asyncio
import threading
import time
from pathlib import Path

from crossway.runtime.uploading import threads
from crossway.runtime.uploading.records import Record
from crossway.runtime.uploading.storage import BusyError, Held, Storage, UnknownError
from harness.waiting import until


async def test_an_upload_that_nobody_waits_for_any_more_is_let_go(tmp_path: Path) -> None:
    record = Record("tus", time.time(), 1, 60, 60, "POST", "/")
    storage, may_go_on = Storage(tmp_path, "files"), threading.Event()
    identities: list[str] = []

    def create() -> Held:
        may_go_on.wait()
        held = storage.create(record, 10, 10)
        identities.append(held.identity)
        return held

    task = asyncio.ensure_future(threads.held(create))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    may_go_on.set()
    identity = (await until(lambda: identities))[0]
    await until(lambda: is_free(storage, identity))


def is_free(storage: Storage, identity: str) -> bool:
    try:
        storage.hold(identity).release()
    except (BusyError, UnknownError):  # it is still being made, or had
        return False
    return True


async def test_work_goes_on_when_nobody_waits() -> None:
    may_go_on, over = threading.Event(), threading.Event()

    def work() -> None:
        may_go_on.wait()
        over.set()

    task = asyncio.ensure_future(threads.done(work))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    may_go_on.set()
    assert await threads.done(over.wait, 10)
