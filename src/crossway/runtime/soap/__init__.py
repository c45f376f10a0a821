"""SOAP in both directions: clients that speak it (`endpoint`), and backends that do (`backend`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

IN_THREAD: Final = 32_768
"""From how many bytes on a message is read or written in a thread, so that other requests are not kept waiting."""

P = ParamSpec("P")
T = TypeVar("T")


async def apart(size: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what *work* gives for a message of *size* bytes."""
    if size < IN_THREAD:
        return work(*arguments, **named)
    return await asyncio.to_thread(work, *arguments, **named)
