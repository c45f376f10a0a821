"""What the steps of a program have in common: each is a handler around the next one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from crossway.sdk.http import Request, Response

Next = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Next], Awaitable[Response]]
"""Answers a request, by awaiting the next handler or by itself."""


class Store(Protocol):
    """Bytes that outlive a request: in the memory of the proxy, or in Redis, shared by all proxies.

    Every method raises `ConnectionError` while the store cannot be reached.
    """

    async def get(self, key: str) -> bytes | None:
        """Return what was put under *key* and has not expired."""

    async def set(self, key: str, value: bytes, lifetime: float) -> None:
        """Keep *value* under *key* for *lifetime* seconds, or until there is no room for it."""

    async def delete(self, *keys: str) -> int:
        """Forget *keys*; return how many of them there were."""

    async def add(self, key: str, amount: int, lifetime: float) -> int:
        """Add *amount* to the number under *key*; return the sum. It starts at 0 and lives for *lifetime* seconds."""


Call = Callable[[str, Request], Awaitable[Response]]
"""Sends a request to a service, named as its cluster is, through the proxy.

Raises `ConnectionError` if there is no answer at all, and `TimeoutError` after the deadline of the request that this
one is made for."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a step may use of the world."""

    call: Call
    store: Store
    clock: Callable[[], float]
    """Seconds since 1970, in UTC."""
    background: Callable[[Callable[[], Awaitable[None]]], None]
    """Runs something after the answer, bounded in number and time; what it raises is counted."""
