"""The relay of a proxy that joins a control plane elsewhere.

It takes the snapshots of its view from there, hands them to the Envoy beside it, and answers only when that Envoy has
taken them over: what the control plane is told is what is live. It keeps the last good snapshot on disk, so that the
proxy starts and serves while the control plane is away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import grpc
import grpc.aio

from crossway.authn import service as authn
from crossway.daemon.forwarding import forward_calls, forward_streams
from crossway.daemon.guarding import Counts
from crossway.daemon.local import LocalOptions
from crossway.errors import RemoteError
from crossway.exact import service as exact
from crossway.fleet.counting import tell
from crossway.protos import type_url
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.quota import wire as quota
from crossway.xds import archive
from crossway.xds.client import Client, Update, everything
from crossway.xds.server import Server
from crossway.xds.session import Warm
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import Node

TYPES: Final = tuple(
    type_url(kind)
    for kind in (
        cluster_v3.Cluster,
        endpoint_v3.ClusterLoadAssignment,
        listener_v3.Listener,
        core_v3.TypedExtensionConfig,
        route_v3.RouteConfiguration,
        route_v3.ScopedRouteConfiguration,
        tls_v3.Secret,
    )
)
LIVE_WITHIN: Final = 30.0
"""Seconds after which a snapshot that is not live yet is accepted all the same: a later one may mend it."""
LONGEST_DELAY: Final = 10.0
QUIET: Final = 0.5
COUNTED_EVERY: Final = 2.0
"""Seconds."""


class Relay:
    """The stand-in of a control plane, for one proxy."""

    def __init__(
        self,
        address: str,
        credentials: grpc.ChannelCredentials,
        options: LocalOptions,
        archived: Path,
        say: Callable[[str], None],
        chance: Callable[[], float],
        warm: Warm,
        counts: Counts,
    ) -> None:
        """Make a relay that follows *address*, and tells it the *counts* of watched routes.

        *chance* gives numbers from 0 to 1, which spread reconnects.
        """
        self._counts = counts
        self._proxy = options.node_id
        self._say = say
        self._archived = archived
        self._view = options.view
        self._address = address
        self._proven = Snapshot()
        self._progress = asyncio.Event()
        known = archive.load(archived)
        node = Node(options.node_id, options.view, options.zone)

        def delay(attempt: int) -> float:
            return min(LONGEST_DELAY, 0.1 * 2.0**attempt) * (0.5 + chance() / 2)

        self._client = Client(
            address, node, everything(TYPES), delay, credentials=credentials, known=known or Snapshot()
        )
        self._channel = grpc.aio.secure_channel(address, credentials)
        self.server = Server(lambda node, _: node.cluster, time.monotonic, warm=warm)
        self.server.add(forward_calls(self._channel, exact.SERVICE, exact.METHOD))
        self.server.add(forward_calls(self._channel, authn.SERVICE, authn.METHOD))
        self.server.add(forward_streams(self._channel, quota.SERVICE, quota.METHOD))
        if known is not None:
            say("starting from the last good snapshot until the control plane answers")
            self.server.publish(self._view, known)

    def describe(self) -> dict[str, object]:
        """Return how it stands with the control plane, as plain data."""
        return {"control": self._address, "trouble": self._client.trouble, "resources": len(self._client.accepted)}

    async def run(self) -> None:
        """Follow the control plane until cancelled."""
        async with self._channel, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._client.run())
            tasks.create_task(self._follow())
            tasks.create_task(self._keep_archive())
            tasks.create_task(self._tell_counts())

    async def _tell_counts(self) -> None:
        """Tell the control plane what is counted of watched routes, while there are any."""
        while True:
            await asyncio.sleep(COUNTED_EVERY)
            with suppress(RemoteError, grpc.aio.AioRpcError):  # the next count tells all that this one would
                if counts := await self._counts():
                    await tell(self._channel, self._proxy, counts)

    async def _follow(self) -> None:
        async for update in self._client.updates():
            await self._take_over(update)

    async def _connected(self) -> None:
        """Wait for the Envoy, for a while: before it is there, nobody can say whether it takes anything over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LIVE_WITHIN):
                while not self.server.proxies:
                    await self.server.proxies.change()

    async def _take_over(self, update: Update) -> None:
        self.server.publish(self._view, update.snapshot)
        await self._connected()
        outcome = await self.server.live(self._view, update.snapshot.version, within=LIVE_WITHIN)
        reasons = {refused.type_url: refused.message for proxy in outcome.refused for refused in proxy.refused}
        update.refuse({kind: reason for kind, reason in reasons.items() if kind in update.types})
        if reasons:
            self._say("the proxy refused a part of the new configuration: " + "; ".join(reasons.values()))
        elif outcome.live:
            self._proven = update.snapshot
            self._progress.set()

    async def _keep_archive(self) -> None:
        """Save what is proven once nothing has followed for a while: a new state comes type by type."""
        while True:
            await self._progress.wait()
            self._progress.clear()
            await asyncio.sleep(QUIET)
            if not self._progress.is_set():
                await asyncio.to_thread(self._archive, self._proven)
                self._say(f"live: {len(self._proven)} resources")

    def _archive(self, snapshot: Snapshot) -> None:
        try:
            self._archived.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.save(self._archived, snapshot)
        except (OSError, RemoteError) as error:
            self._say(f"the last good snapshot cannot be kept, so there is none to start from: {error}")
