"""Waiting for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 15.0
PAUSE = 0.01


async def until(condition: Callable[[], T | Awaitable[T]], within: float = DEADLINE) -> T:
    """Return what *condition* gives as soon as that is true; `TimeoutError` if it is not *within* so many seconds."""
    async with asyncio.timeout(within):
        while True:
            held = condition()
            if isinstance(held, Awaitable):
                held = await held
            if held:
                return held
            await asyncio.sleep(PAUSE)
