"""Where uploads are kept until the backend has them: for each a file of bytes, and a small one of what is known of it.

Law: what was acknowledged is on the disk, and a crash at any moment loses none of it. An upload is had by one at a
time: who holds the lock of its file (flock(2)), which ends with its process, and which every process honours that has
the directory too. What nobody goes on with is removed.

Everything here may wait for the disk: it is for threads.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec import DecodeError
from msgspec.structs import replace

from crossway.runtime.uploading.fields import Digest
from crossway.runtime.uploading.records import Record, decode, encode

IDENTITY: Final = re.compile(r"[A-Za-z0-9_-]{32}")
"""What an id looks like: 192 bits that nobody guesses."""
REMEMBERED: Final = 3600.0
"""Seconds that is known of an upload that the backend has it, for a client that has missed the answer."""
MOST_REMEMBERED: Final = 1000
"""Of how many that is known at most: those that were delivered first are forgotten first."""
PART: Final = 2**20
"""How many bytes are read at once where they are only looked at."""
_MOST_AT_ONCE: Final = 512
"""Buffers in one write; the system takes no more than 1,024."""
_STATE: Final = ".json"
_NEW: Final = ".new"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class UnknownError(Exception):
    """There is no such upload: there never was, it is not this consumer's, or it has expired."""


class BusyError(Exception):
    """Another request has the upload."""


class FullError(Exception):
    """There is no room for it."""


class Storage:
    """The uploads of one route."""

    def __init__(self, root: Path, about: str) -> None:
        """Keep the uploads of the route *about* in a directory of its own below *root*."""
        self.directory = root / hashlib.sha256(about.encode()).hexdigest()[:16]
        self._reserved: dict[str, tuple[int, int]] = {}
        """When the file of an upload was written last, in nanoseconds, and the bytes that it may have."""

    def create(self, record: Record, most_bytes: int, most: int) -> Held:
        """Return a new upload. `FullError` beyond *most* uploads, or *most_bytes* that they may have together."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            reserved = self._survey(most)
            own = 0 if record.parts else record.limit
            if len(reserved) >= most or sum(reserved.values()) + own > most_bytes:
                raise FullError
            identity = secrets.token_urlsafe(24)
            with _full_told():
                held = Held(self, identity, self._open(identity, os.O_CREAT | os.O_EXCL), record)
                try:
                    held.save(record)
                except OSError:
                    held.release()
                    raise
        return held

    def hold(self, identity: str) -> Held:
        """Return an upload, for the caller alone; `UnknownError` or `BusyError` if it cannot."""
        record = self.record(identity)
        try:
            file = self._open(identity)
        except FileNotFoundError:
            if record.is_delivered:
                return Held(self, identity, None, record)
            raise UnknownError from None
        held = Held(self, identity, file, record)
        try:
            held.refresh()
        except UnknownError:
            held.release()
            raise
        return held

    def record(self, identity: str) -> Record:
        """Return what is known of an upload; `UnknownError` if nothing is."""
        try:
            return decode((self.directory / f"{identity}{_STATE}").read_bytes())
        except (FileNotFoundError, DecodeError):
            raise UnknownError from None

    def size(self, identity: str) -> int:
        """Return how many bytes of an upload are here; `UnknownError` if it is not."""
        try:
            return (self.directory / identity).stat().st_size
        except FileNotFoundError:
            raise UnknownError from None

    def path(self, identity: str) -> Path:
        """Return where the bytes of an upload are."""
        return self.directory / identity

    def write(self, identity: str, record: Record) -> None:
        """Write down what is known of an upload, for good."""
        path = self.directory / f"{identity}{_STATE}"
        new = path.with_suffix(_NEW)
        with new.open("wb") as file:
            file.write(encode(record))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        self._sync_directory()

    def remove(self, identity: str) -> None:
        """Remove an upload; what is left of one after a crash is found by the next look."""
        (self.directory / f"{identity}{_STATE}").unlink(missing_ok=True)
        (self.directory / identity).unlink(missing_ok=True)
        self._sync_directory()

    def _sync_directory(self) -> None:
        directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def _open(self, identity: str, flags: int = 0) -> int:
        """Return a descriptor of the bytes of an upload, locked; `BusyError` if somebody else has it."""
        file = os.open(self.directory / identity, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise BusyError from None
        return file

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else count, or begin an upload, inside ``with``."""
        with (self.directory / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _survey(self, most: int) -> dict[str, int]:
        """Return the uploads that are not delivered, with the bytes that each may have.

        Of the others, the oldest are forgotten where there are more than *most*, or than are remembered at all.
        """
        seen: dict[str, tuple[int, int]] = {}
        delivered: list[tuple[int, str]] = []
        for entry in os.scandir(self.directory):
            identity = entry.name.removesuffix(_STATE)
            if identity == entry.name:
                continue
            with suppress(FileNotFoundError, UnknownError):
                written = entry.stat().st_mtime_ns
                known = self._reserved.get(identity)
                if known is None or known[0] != written:
                    record = self.record(identity)
                    known = written, -1 if record.is_delivered else 0 if record.parts else record.limit
                if known[1] < 0:
                    delivered.append((written, identity))
                seen[identity] = known
        self._reserved = seen
        for _, identity in sorted(delivered)[: max(0, len(delivered) - min(most, MOST_REMEMBERED))]:
            self.remove(identity)
        return {identity: size for identity, (_, size) in seen.items() if size >= 0}


class Held:
    """An upload that one request has for itself."""

    def __init__(self, storage: Storage, identity: str, file: int | None, record: Record) -> None:
        self.storage, self.identity, self.record = storage, identity, record
        self._file = file
        self.last: Future[None] | None = None
        """What was given to a thread last: the upload is let go once it is done."""
        self.size = 0 if file is None else os.fstat(file).st_size
        self.is_leaving = False
        """Whether it is on its way to the backend, and let go by nobody until it is there."""

    def refresh(self) -> None:
        """See what has become of it until it was ours, and cut off what nobody is left to check.

        `UnknownError` if it is gone, or has expired, which removes it.
        """
        self.record = self.storage.record(self.identity)
        if self._file is None:
            return
        status = os.fstat(self._file)
        if time.time() > self.record.expires(status.st_mtime):
            self.storage.remove(self.identity)
            raise UnknownError
        if not status.st_nlink and not self.record.is_delivered:
            raise UnknownError
        if self.record.verified is not None and status.st_size > self.record.verified:
            os.ftruncate(self._file, self.record.verified)
        self.sync()
        self.size = os.fstat(self._file).st_size

    @property
    def expires(self) -> float:
        """Until when it is kept, in seconds since 1970."""
        last = time.time() if self._file is None else os.fstat(self._file).st_mtime
        return self.record.expires(last)

    @property
    def file(self) -> int:
        """The descriptor of its bytes."""
        if self._file is None:
            raise UnknownError
        return self._file

    def append(self, pieces: Sequence[bytes]) -> None:
        """Write *pieces* behind what is here; `FullError` if the disk has no room for them."""
        with _full_told():
            for start in range(0, len(pieces), _MOST_AT_ONCE):
                some = pieces[start : start + _MOST_AT_ONCE]
                written = os.pwritev(self.file, some, self.size)
                self.size += written
                if written < sum(map(len, some)):
                    rest = memoryview(b"".join(some))[written:]
                    while rest:
                        written = os.pwrite(self.file, rest, self.size)
                        self.size += written
                        rest = rest[written:]

    def cut(self, size: int) -> None:
        """Forget everything behind *size* bytes."""
        os.ftruncate(self.file, size)
        self.size = size
        self.sync()

    def sync(self) -> None:
        """Return once every byte is on the disk."""
        os.fdatasync(self.file)

    def save(self, record: Record) -> None:
        """Write down what is known of it now."""
        self.storage.write(self.identity, record)
        self.record = record

    def has(self, digest: Digest) -> bool:
        """Return whether the whole of it is what *digest* says."""
        hasher = digest.hasher()
        for start in range(0, self.size, PART):
            hasher.update(os.pread(self.file, PART, start))
        return hasher.digest() == digest.value

    def delivered(self, status: int, answer: Sequence[tuple[str, str]], length: int) -> None:
        """Take note that the backend has it, which has answered *status*, and let its bytes go."""
        self.save(replace(self.record, status=status, answer=tuple(answer), length=length))
        self.storage.path(self.identity).unlink(missing_ok=True)
        for part in self.record.parts:
            self.storage.remove(part)

    def remove(self) -> None:
        """Remove it."""
        self.storage.remove(self.identity)

    def release(self) -> None:
        """Let others have it, once the thread that works on it is done."""
        if self.is_leaving:
            return
        file, self._file = self._file, None
        if file is None:
            return
        if self.last is None or self.last.done():
            os.close(file)
        else:
            self.last.add_done_callback(lambda _: os.close(file))


def sweep(root: Path, now: float) -> int:
    """Remove what has expired by the time *now* below *root*, of whatever route; return how many uploads that were."""
    removed = 0
    with suppress(OSError):  # which is gone, or not for us
        for path in [*root.glob("*/*")]:
            with suppress(OSError):
                removed += _sweep(path, now)
    return removed


def _sweep(path: Path, now: float) -> bool:
    """Remove the upload that the file *path* is of, if it has expired, and what a crash has left behind."""
    data = path.with_suffix("")
    last = path.stat().st_mtime
    if path.suffix != _STATE:
        is_left = path.suffix == _NEW or (IDENTITY.fullmatch(path.name) and not path.with_suffix(_STATE).exists())
        if is_left and now - last > REMEMBERED:
            path.unlink()
        return False
    try:
        record = decode(path.read_bytes())
    except DecodeError:
        record = None
    with suppress(FileNotFoundError):
        last = max(data.stat().st_mtime, last if record and record.parts else 0)
    expires = last if record is None else record.expires(last)
    if record is not None and record.is_delivered:
        expires = min(expires, last + REMEMBERED)
    if now <= expires:
        return False
    with _unused(data):
        path.unlink()
        data.unlink(missing_ok=True)
    return True


@contextmanager
def _unused(data: Path) -> Iterator[None]:
    """Hold the lock of *data*, if it exists; `BlockingIOError` if somebody else does."""
    try:
        file = os.open(data, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)


@contextmanager
def _full_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise FullError from None
        raise
