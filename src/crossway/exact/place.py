"""Where requests are counted, by the URL that an operator gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from crossway.exact.counters import Counters
from crossway.exact.kept import Kept, Ledger
from crossway.exact.memory import Memory

MEMORY: Final = "memory"


@asynccontextmanager
async def counting(url: str, ledger: Ledger, say: Callable[[str], None]) -> AsyncIterator[Counters]:
    """Give the counters at *url*: in Redis, in this process alone (``memory``), or, if it is empty, in the *ledger*.

    `UserError` for a URL that cannot be read. A Redis that is away is none: it may come.
    """
    if url == MEMORY:
        yield Memory()
    elif url:
        from crossway.exact.redis import RedisCounters  # its client is large, and most have none

        redis = RedisCounters(url)
        try:
            yield redis
        finally:
            await redis.close()
    else:
        kept = Kept(ledger)
        async with kept.running(say):
            yield kept
