"""What can be done with the uploads of a route, whatever protocol a client speaks.

Law: one request at a time has an upload. Which of two gives way is for their protocol to say.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from crossway.compile.program import UPLOADS
from crossway.model.upload import Upload
from crossway.runtime.handler import Next
from crossway.runtime.uploading import threads
from crossway.runtime.uploading.delivery import Arriving, as_one, deliver
from crossway.runtime.uploading.fields import Digest, integer
from crossway.runtime.uploading.records import Protocol, Record
from crossway.runtime.uploading.storage import BusyError, FullError, Held, Storage, UnknownError, sweep
from crossway.runtime.uploading.writing import TooLongError, Writing, WrongDigestError
from crossway.sdk.http import Request, Response

GIVES_WAY_WITHIN: Final = 5.0
"""Seconds in which a request lets go of an upload that a newer one wants."""
SWEEP_EVERY: Final = 60.0
"""Seconds between two looks for what has expired."""


class RefusedError(Exception):
    """Why a request cannot be granted, in no protocol yet."""

    def __init__(self, status: int, code: str, detail: str, **fields: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.fields = {name.replace("_", "-"): value for name, value in fields.items()}
        """Headers of the answer."""


class Uploads:
    """The uploads of a route, in one loop."""

    def __init__(self, settings: Upload, about: str) -> None:
        self.settings = settings
        self._place = _place(Path(settings.directory or os.environ.get(UPLOADS, "uploads")), about)
        self._deliveries: dict[str, asyncio.Task[Response]] = {}
        self._early: dict[str, asyncio.Task[Response]] = {}
        """Those that are on their way to the backend while the last of them arrive."""

    async def create(self, record: Record) -> Held:
        """Return a new upload, for the caller alone; `RefusedError` if there is no room for it."""
        settings = self.settings
        try:
            return await threads.held(self._place.storage.create, record, settings.max_storage, settings.max_uploads)
        except FullError:
            raise _full() from None
        except OSError as error:
            print(f"crossway: uploads cannot be kept: {error}", file=sys.stderr)  # noqa: T201  # the log of the proxy
            detail = "The proxy has no place where it can keep uploads."
            raise RefusedError(503, "upload.no_storage", detail) from None

    async def hold(self, identity: str, consumer: str | None, protocol: Protocol, *, newest: bool = False) -> Held:
        """Return an upload of *consumer*, for the caller alone; `RefusedError` if there is none, or it is in use.

        With *newest*, whoever sends bytes to it gives way. A hand-over that is under way is waited for.
        """
        await self._check(identity, consumer, protocol)
        until = time.monotonic() + GIVES_WAY_WITHIN
        while True:
            if delivery := self._deliveries.get(identity):
                await asyncio.wait((delivery,))
            try:
                return await threads.held(self._place.storage.hold, identity)
            except UnknownError:
                raise _unknown() from None
            except BusyError:
                if not newest or time.monotonic() > until:
                    detail = "Another request has this upload at the moment."
                    raise RefusedError(423, "upload.locked", detail, retry_after="1") from None
                if give_way := self._place.writing.get(identity):
                    give_way()
                await asyncio.sleep(0.01)

    async def _check(self, identity: str, consumer: str | None, protocol: Protocol) -> None:
        """Raise `RefusedError` if the upload is not one of *consumer* that was begun in *protocol*."""
        try:
            record = await threads.done(self._place.storage.record, identity)
        except UnknownError:
            raise _unknown() from None
        if record.consumer != (consumer or ""):
            raise _unknown()
        if record.protocol != protocol:
            raise RefusedError(400, "upload.mixed_protocols", "The upload was begun in another protocol.")

    async def append(self, held: Held, request: Request, digest: Digest | None, call_next: Next | None = None) -> None:
        """Write the body of *request* behind what is there of *held*; `RefusedError` if it does not fit there.

        Of a body that ends too early, what has come is kept, and the error of the connection goes on. With *call_next*
        it is handed over afterwards if it is whole, and meanwhile if the route wants that.
        """
        length = integer(request.headers.get("content-length"))
        if length is not None and held.size + length > held.record.limit:
            raise _too_large(held.record)
        told = None
        if call_next is not None and digest is None and length and held.size + length == held.record.length:
            told = self._begin_early(held, request, call_next)
        arrived = False
        try:
            await self._take(held, request, Writing(held, digest, told))
            arrived = True
        except TooLongError:
            raise _too_large(held.record) from None
        except WrongDigestError:
            raise RefusedError(460, "upload.checksum_mismatch", "The bytes are not what the checksum says.") from None
        except FullError:
            raise _full() from None
        finally:
            if not arrived and (early := self._early.pop(held.identity, None)):
                early.cancel()

    async def _take(self, held: Held, request: Request, writing: Writing) -> None:
        """Write the body of *request*; a newer one for the same upload ends this."""
        whole = False
        await writing.begin()
        try:
            async with asyncio.timeout(None) as scope:
                with self._giving_way(held.identity, scope):
                    async for piece in request.stream():
                        await writing.take(piece)
            whole = True
        except TooLongError:
            await writing.undo()
            raise
        except TimeoutError:
            raise RefusedError(409, "upload.superseded", "A newer request goes on with this upload.") from None
        finally:
            await writing.end(whole=whole)

    def _begin_early(self, held: Held, request: Request, call_next: Next) -> Callable[[], None] | None:
        """Begin to hand *held* over while the rest of it arrives, if that may be; return who is to be told of more."""
        settings, record = self.settings, held.record
        if settings.hand_over == "whole" or settings.pieces or record.verified is not None or record.digest:
            return None
        arriving = Arriving(held, record.length or 0)
        task = asyncio.ensure_future(as_one(held, settings, arriving, request, call_next))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._early[held.identity] = task
        return arriving.told

    async def hand_over(self, held: Held, request: Request, call_next: Next) -> Response:
        """Return the answer of the backend to the upload *held*, which is let go. It gets it even if the client leaves.

        `RefusedError` if there is none: the upload is kept, and can be handed over again.
        """
        held.is_leaving = True
        early = self._early.pop(held.identity, None)
        task = asyncio.ensure_future(deliver(held, self.settings, request, call_next, early))
        self._deliveries[held.identity] = task
        task.add_done_callback(lambda _: self._deliveries.pop(held.identity, None))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # which nobody may be there to hear
        detail = "The backend does not take the upload. It is kept, and can be completed later."
        try:
            return await asyncio.shield(task)
        except UnknownError:
            raise _unknown() from None
        except (ConnectionError, TimeoutError):
            raise RefusedError(502, "upload.not_delivered", detail) from None

    async def lengths(self, parts: tuple[str, ...], consumer: str | None) -> int:
        """Return how many bytes the partial uploads *parts* have together; `RefusedError` if one is not whole."""
        total = 0
        for part in parts:
            held = await self.hold(part, consumer, "tus")
            try:
                if not held.record.partial or held.size != held.record.length:
                    raise RefusedError(400, "upload.part_incomplete", f"{part} is no partial upload that is whole.")
                total += held.size
                await threads.done(os.utime, held.file)  # it is not to expire while the whole is handed over
            finally:
                held.release()
        return total

    @contextmanager
    def _giving_way(self, identity: str, scope: asyncio.Timeout) -> Iterator[None]:
        """Let a newer request for an upload end what happens inside ``with``."""
        loop = asyncio.get_running_loop()

        def end() -> None:
            with suppress(RuntimeError):  # it has ended by itself
                scope.reschedule(loop.time())

        def give_way() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(end)

        self._place.writing[identity] = give_way
        try:
            yield
        finally:
            self._place.writing.pop(identity, None)


class _Place:
    """The uploads of a route, in all loops of this process."""

    def __init__(self, root: Path, about: str) -> None:
        self.storage = Storage(root, about)
        self.writing: dict[str, Callable[[], None]] = {}
        """What ends the request that writes to an upload."""


class _Sweeper(threading.Thread):
    """Removes what has expired below a directory, which may be one that nobody else looks after."""

    def __init__(self, root: Path) -> None:
        super().__init__(name="uploads", daemon=True)
        self._root = root
        self._never = threading.Event()

    def run(self) -> None:
        while True:
            sweep(self._root, time.time())
            self._never.wait(SWEEP_EVERY)


_places: Final[dict[tuple[Path, str], _Place]] = {}
_sweepers: Final[dict[Path, _Sweeper]] = {}
_lock: Final = threading.Lock()


def _place(root: Path, about: str) -> _Place:
    """Return the uploads of the route *about* below *root*, which is looked after from now on."""
    with _lock:
        if root not in _sweepers:
            _sweepers[root] = _Sweeper(root)
            _sweepers[root].start()
        if (root, about) not in _places:
            _places[root, about] = _Place(root, about)
        return _places[root, about]


def _unknown() -> RefusedError:
    return RefusedError(404, "upload.unknown", "There is no such upload: it has never been, or is kept no longer.")


def _full() -> RefusedError:
    return RefusedError(
        507, "upload.storage_full", "There is no room for more uploads at the moment.", retry_after="60"
    )


def _too_large(record: Record) -> RefusedError:
    return RefusedError(413, "upload.too_large", f"The upload has {record.limit} bytes at most.")
