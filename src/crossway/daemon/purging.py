"""Purges: kept in the store, told to all proxies with their program, and waited for.

Whoever asks for one learns where it is live. It holds in any case: proxies that are away, or that another control plane
on the same store has, are told when they can be.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from crossway.admin.desk import Purged
from crossway.compile.envoy import names, python
from crossway.compile.program import Purge
from crossway.daemon.control import ControlPlane
from crossway.errors import Unavailable, UserError
from crossway.model import DEFAULT_NAMESPACE, Ref
from crossway.sources.store import Store
from crossway.sources.store.purges import includes
from crossway.xds.proxies import Proxy

WITHIN: Final = 10.0
"""Seconds that whoever asks for a purge waits for the proxies."""


def route_of(purge: Purge) -> Ref:
    """Return the route that *purge* names."""
    kind, _, local = purge.route.partition(".")
    return Ref.parse(kind, local, DEFAULT_NAMESPACE)


class Purging:
    """The purges of one control plane, and of all others on its store."""

    def __init__(
        self, control: ControlPlane, store: Store, clock: Callable[[], datetime], within: float = WITHIN
    ) -> None:
        self._control = control
        self._store = store
        self._clock = clock
        self._within = within

    async def load(self) -> None:
        """Know the purges from before, for the first program; `Unavailable` if the store is."""
        self._control.views.purges = await self._store.purges()

    async def run(self) -> None:
        """Follow the store until cancelled."""
        async with aclosing(self._store.announcements()) as words:
            async for _ in words:
                with suppress(Unavailable, UserError):  # said by whoever follows the store
                    purges = await self._store.purges()
                    if purges != self._control.views.purges:
                        await self._control.serve_purges(purges)

    async def purges(self) -> tuple[Purge, ...]:
        """Return the purges that hold, the oldest first."""
        return await self._store.purges()

    async def make(self, wanted: Purge) -> Purged:
        """Make a purge of what *wanted* means, and return it, and where it is live."""
        purge = replace(wanted, id=secrets.token_hex(8), at=self._clock().timestamp())
        await self._store.add_purge(purge)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._within):
                while not self._is_live(purge):
                    await self._control.server.proxies.change()
        proxies = list(self._control.server.proxies)
        return Purged(purge, sum(self._obeys(purge, proxy) for proxy in proxies), len(proxies))

    def _is_live(self, purge: Purge) -> bool:
        return all(self._obeys(purge, proxy) for proxy in self._control.server.proxies)

    def _obeys(self, purge: Purge, proxy: Proxy) -> bool:
        """Return whether *proxy* runs a program that has *purge*, or none at all."""
        published = self._control.server.snapshots.get(proxy.view)
        return (
            any(includes(one, purge) for one in self._control.purges)
            and published is not None
            and proxy.live == published.version
            and not any(one.resource is None or one.resource.name == _PROGRAM for one in proxy.refused)
        )


_PROGRAM: Final = names.http_filter(python.PROGRAM)
