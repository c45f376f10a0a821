"""Everybody who is connected to this proxy, and the groups that they are in: for all loops, one of which each is in.

Law: what is sent to a client happens in its own loop, in the order in which it was sent.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Literal, Protocol, TypeVarTuple, Unpack

T = TypeVarTuple("T")

PROXY: Final = secrets.token_urlsafe(6)
"""What the ids of the clients of this proxy begin with."""
MOST_GROUPS: Final = 1_000
"""How many groups one client may be in."""


Full = Literal["proxy", "consumer"]
"""Which bound is reached: that of the proxy, or that of a consumer."""


class Member(Protocol):
    """A client."""

    api: str
    """The API that it is a client of."""
    id: str
    loop: asyncio.AbstractEventLoop
    groups: frozenset[str]

    def push(self, message: str | bytes) -> None:
        """Send it *message*. For its own loop."""

    def close(self, code: int, reason: str) -> None:
        """Close its connection. For its own loop."""

    def told(self) -> dict[str, object]:
        """Return what is said of it to services that ask."""


class Hub:
    """The clients of one proxy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[str, Member] = {}
        self._groups: dict[tuple[str, str], dict[str, Member]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def new_id(self) -> str:
        """Return the id of a client to come: nobody guesses it."""
        return f"{PROXY}{secrets.token_urlsafe(12)}"

    def reserve(self, api: str, consumer: str, most: int, most_of_consumer: int | None) -> Full | None:
        """Make room for one more client of *api*, or return why there is none. `release` gives it back."""
        with self._lock:
            if self._counts[api, ""] >= most:
                return "proxy"
            if consumer and most_of_consumer is not None and self._counts[api, consumer] >= most_of_consumer:
                return "consumer"
            self._counts.update({(api, ""), (api, consumer)})
        return None

    def release(self, api: str, consumer: str) -> None:
        """Give the room of a client back."""
        with self._lock:
            for key in {(api, ""), (api, consumer)}:
                self._counts[key] -= 1
                if not self._counts[key]:
                    del self._counts[key]

    def come(self, client: Member, groups: Iterable[str]) -> None:
        """Let *client* be found, and be in *groups*."""
        with self._lock:
            self._clients[client.id] = client
        for group in groups:
            self.join(client, group)

    def leave(self, client: Member) -> None:
        """Forget *client*."""
        with self._lock:
            self._clients.pop(client.id, None)
        for group in client.groups:
            self._exit(client, group)

    def find(self, api: str, name: str) -> Member | None:
        """Return the client of *api* with the id *name*."""
        client = self._clients.get(name)
        return client if client is not None and client.api == api else None

    def join(self, client: Member, group: str) -> bool:
        """Make *client* a member of *group*; return whether that was possible."""
        if group not in client.groups:
            if len(client.groups) >= MOST_GROUPS:
                return False
            client.groups |= {group}
            self._enter(client, group)
            if client.id not in self._clients:  # it has left meanwhile
                self._exit(client, group)
        return True

    def part(self, client: Member, group: str) -> None:
        """Let *client* be no member of *group*."""
        client.groups -= {group}
        self._exit(client, group)

    def _enter(self, client: Member, group: str) -> None:
        with self._lock:
            self._groups.setdefault((client.api, group), {})[client.id] = client

    def _exit(self, client: Member, group: str) -> None:
        with self._lock:
            members = self._groups.get((client.api, group), {})
            members.pop(client.id, None)
            if not members:
                self._groups.pop((client.api, group), None)

    def members(self, api: str, group: str | None) -> list[Member]:
        """Return the members of *group*, or all clients of *api*."""
        with self._lock:
            if group is not None:
                return [*self._groups.get((api, group), {}).values()]
            return [client for client in self._clients.values() if client.api == api]


def send(clients: Iterable[Member], message: str | bytes) -> None:
    """Send *message* to *clients*: each loop is told once."""
    loops: dict[asyncio.AbstractEventLoop, list[Member]] = {}
    for client in clients:
        loops.setdefault(client.loop, []).append(client)
    for loop, here in loops.items():
        do(loop, _push, here, message)


def _push(clients: list[Member], message: str | bytes) -> None:
    for client in clients:
        client.push(message)


def do(loop: asyncio.AbstractEventLoop, work: Callable[[Unpack[T]], None], *words: *T) -> None:
    """Have *loop* do *work*: now if it is the one that runs here. One that is over has no clients any more."""
    if loop is asyncio._get_running_loop():
        work(*words)
    else:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(work, *words)


HUB: Final = Hub()
"""That of this proxy."""
