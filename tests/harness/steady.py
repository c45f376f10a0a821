"""Waiting for something to come to rest."""

import asyncio
from collections.abc import Callable

from harness.waiting import DEADLINE, PAUSE

REST = 30
"""How many looks in a row that see the same are a rest."""


async def steady(read: Callable[[], int], within: float = DEADLINE) -> int:
    """Return what *read* gives once that is more than nothing and stays the same."""
    last, same = 0, 0
    async with asyncio.timeout(within):
        while same < REST:
            await asyncio.sleep(PAUSE)
            now = read()
            same = same + 1 if now and now == last else 0
            last = now
    return last
