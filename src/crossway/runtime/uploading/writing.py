"""One request on its way into the file of an upload: block by block, in threads, while the next block arrives.

Law: what is acknowledged is on the disk, and what its client's checksum does not agree with is not in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from crossway.runtime.uploading.fields import Digest
from crossway.runtime.uploading.storage import Held
from crossway.runtime.uploading.threads import BLOCK, begin, done, finished

SYNCED: Final = 2**26
"""After how many bytes they are brought to the disk meanwhile, so that little is left to wait for at the end."""
PIECES: Final = 1024
"""How many pieces are gathered for a block: small ones take more memory than their bytes."""


class TooLongError(Exception):
    """More came than the upload may have."""


class WrongDigestError(Exception):
    """What came is not what its checksum says."""


class Writing:
    """The bytes of one request."""

    def __init__(self, held: Held, digest: Digest | None, told: Callable[[], None] | None = None) -> None:
        """Write behind what is there of *held*. *told* is called, in any thread, when there is more of it."""
        self._held, self._digest, self._told = held, digest, told
        self._hasher = digest.hasher() if digest is not None else None
        self._start = held.size
        self._arrived = held.size
        self._synced = held.size
        self._block: list[bytes] = []
        self._size = 0

    async def begin(self) -> None:
        """Take note that what comes has to be checked before it counts."""
        held = self._held
        if self._digest is not None and held.record.verified is None:
            await done(held.save, replace(held.record, verified=self._start))

    async def take(self, piece: bytes) -> None:
        """Take the next *piece*; `TooLongError` if it does not fit, `FullError` if the disk has no room."""
        self._arrived += len(piece)
        if self._arrived > self._held.record.limit:
            raise TooLongError
        self._block.append(piece)
        self._size += len(piece)
        if self._size >= BLOCK or len(self._block) >= PIECES:
            block, self._block, self._size = self._block, [], 0
            await self._before()
            self._held.last = begin(self._write, block)

    async def _before(self) -> None:
        if self._held.last is not None:
            await finished(self._held.last)

    async def end(self, *, whole: bool) -> None:
        """Bring to the disk what has come; all of it, if the request is *whole*. `WrongDigestError` if it is wrong.

        Of a request that is not whole nothing counts where there is a checksum for it.
        """
        before, block = self._held.last, self._block
        self._block = []

        def finish() -> None:
            if before is not None:
                before.result()
            self._finish(block, whole=whole)

        self._held.last = begin(finish)
        await finished(self._held.last)

    async def undo(self) -> None:
        """Forget what has come with this request."""
        self._block = []
        await self._before()
        await done(self._held.cut, self._start)

    # What follows runs in threads.

    def _write(self, block: Sequence[bytes]) -> None:
        self._held.append(block)
        if self._told is not None:
            self._told()
        if self._hasher is not None:
            for piece in block:
                self._hasher.update(piece)
        if self._held.size - self._synced >= SYNCED:
            self._synced = self._held.size
            self._held.sync()

    def _finish(self, block: Sequence[bytes], *, whole: bool) -> None:
        held = self._held
        self._write(block)
        if self._hasher is not None and self._digest is not None:
            if not whole:
                held.cut(self._start)
                return
            if self._hasher.digest() != self._digest.value:
                held.cut(self._start)
                raise WrongDigestError
        held.sync()
        if held.record.verified is not None:
            held.save(replace(held.record, verified=held.size))
