"""The threads that wait for the disk, in place of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from crossway.runtime.uploading.storage import Held

T = TypeVar("T")
P = ParamSpec("P")

BLOCK: Final = 2**19
"""How many bytes are written and read at once: of each upload, two of these are in memory at most."""
_THREADS: Final = ThreadPoolExecutor(8, "upload")


def begin(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Begin *work* in a thread. What was begun first is taken first."""
    return _THREADS.submit(work, *args, **kwargs)


async def finished(work: Future[T]) -> T:
    """Return what *work* returns. It goes on even when nobody waits for it any more."""
    return await asyncio.shield(asyncio.wrap_future(work))


async def done(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do *work* in a thread, to its end, and return what it returns."""
    return await finished(begin(work, *args, **kwargs))


async def held(take: Callable[P, Held], *args: P.args, **kwargs: P.kwargs) -> Held:
    """Return the upload that *take* returns; let it go again where nobody waits for it any more."""
    work = begin(take, *args, **kwargs)
    try:
        return await finished(work)
    except asyncio.CancelledError:
        work.add_done_callback(_let_go)
        raise


def _let_go(work: Future[Held]) -> None:
    if work.exception() is None:
        work.result().release()
