"""A control plane with what it follows, its store and its desk: everything but the doors through which it is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crossway.authn.ldap import Directory
from crossway.authn.oauth2.keys import Keys
from crossway.authn.oauth2.server import Server
from crossway.authn.roster import Roster
from crossway.authn.service import AuthenticationService
from crossway.authn.signatures import Signatures
from crossway.authn.verdict import Method
from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane, Say
from crossway.daemon.costs import Costs, no_costs
from crossway.daemon.definitions import Definitions
from crossway.daemon.desk import ControlDesk, StoreDesk
from crossway.daemon.directory import DataDirectory
from crossway.daemon.following import Following
from crossway.daemon.guarding import Counts
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Barrier, Plugins, no_barrier
from crossway.daemon.purging import Purging
from crossway.daemon.registry import installed_dialects, load_policies
from crossway.daemon.sealed import Sealed
from crossway.daemon.showing import Showing
from crossway.daemon.stored import Stored
from crossway.errors import Unavailable
from crossway.exact.place import counting
from crossway.exact.service import RateLimitService
from crossway.fleet.envoy_admin import RouteCount
from crossway.identity.discovery import Discovery
from crossway.identity.secrets import SecretLane
from crossway.identity.vault import Vault
from crossway.quota.place import sharing
from crossway.sources.artifacts import Fetcher
from crossway.sources.interfaces import Interfaces
from crossway.sources.python import open_source
from crossway.sources.store import Store
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds.server import accepted_is_warm
from crossway.xds.session import Warm


async def nothing() -> Mapping[str, RouteCount]:
    """Return the counts of no route: there is no proxy beside the control plane."""
    return {}


def _now() -> datetime:
    return datetime.now(UTC)


def methods(control: ControlPlane, store: Store, keys: Keys) -> Mapping[str, Method]:
    """Return how the control plane checks what clients show, by the names of the policies that ask for it."""
    roster = Roster(lambda: control.views.loaded.resources)
    return {
        "hmac_signature": Signatures(roster, store, _now),
        "ldap": Directory(roster, _now),
        "oauth2_server": Server(roster, store, keys, _now),
    }


@dataclass(frozen=True, slots=True)
class Station:
    """What runs, and what the admin API stands on."""

    control: ControlPlane
    follower: Following | Stored
    desk: ControlDesk
    store: Store
    keys: Keys
    discovery: Discovery
    fetcher: Fetcher
    interfaces: Interfaces
    plugins: Plugins
    definitions: Definitions
    purging: Purging

    async def start(self) -> None:
        """Publish what is followed, or else the last good snapshot; `UserError` if there is neither."""
        with suppress(Unavailable):  # said by whoever follows the store
            await self.keys.load()
            self.control.views.token_keys = self.keys.public
            await self.purging.load()
        await self.follower.start()

    async def run(self) -> None:
        """Follow everything that changes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.control.run())
            tasks.create_task(self.follower.run())
            tasks.create_task(self.keys.run(self.control.serve_token_keys))
            tasks.create_task(self.purging.run())
            tasks.create_task(self.discovery.run(self.control.renew_providers))
            tasks.create_task(self.fetcher.run(self.control.renew_providers))
            tasks.create_task(self.interfaces.run(self.control.renew_providers))
            tasks.create_task(self._follow_files())

    async def _follow_files(self) -> None:
        async with aclosing(watch(lambda: self.plugins.files | self.definitions.files)) as words:
            async for _ in words:
                await self.control.look_at_files()


@asynccontextmanager
async def station(
    files: Path | None,
    state: Path,
    url: str,
    metrics: ControlMetrics,
    say: Say,
    *,
    warm: Warm = accepted_is_warm,
    counts: Counts = nothing,
    counters: str = "",
    costs: Costs = no_costs,
    barrier: Barrier = no_barrier,
) -> AsyncIterator[Station]:
    """Give a control plane that follows *files*, or the store at *url* if there are none; it has the directory *state*.

    The store of one that follows files keeps tokens, the audit log and what was used of quotas alone. Limits are
    counted at the URL *counters*, or in the store if it is empty.
    """
    directory = DataDirectory(state)
    with directory.owned():
        policies = load_policies()
        vault = Vault.open(directory.secrets_key)
        lane = SecretLane(watch, find=vault.find)
        plugins, definitions = Plugins(barrier=barrier), Definitions()
        pipeline = Pipeline(policies, plugins.describe, installed_dialects(), definitions.read)
        archives = Archives(state)
        discovery, fetcher = Discovery(directory.providers), Fetcher(directory.artifacts)
        interfaces = Interfaces(directory.interfaces)
        control = ControlPlane(
            pipeline, lane, archives, metrics, say, warm, discovery.find, fetcher.find, interfaces.find
        )
        place = url or directory.store
        sealing = Sealed(vault, Showing(policies))
        store = await Store.open(place, _now) if files is not None else Store.at(place, _now, sealing)
        keys = Keys(store, vault, _now)
        purging = Purging(control, store, _now)
        try:
            async with (
                counting(counters, store, say) as counted,
                sharing(counters, directory.plane(), time.monotonic) as shares,
            ):
                control.server.add(RateLimitService(counted, _now, say).handler())
                control.server.add(AuthenticationService(methods(control, store, keys)).handler())
                control.server.add(shares.handler())
                if files is not None:
                    following = Following(control, open_source(files), say)
                    desk = ControlDesk(control, following, policies, purging, costs)
                    yield Station(
                        control,
                        following,
                        desk,
                        store,
                        keys,
                        discovery,
                        fetcher,
                        interfaces,
                        plugins,
                        definitions,
                        purging,
                    )
                else:
                    stored = Stored(control, store, vault, directory.plane(), say)
                    kept = StoreDesk(control, stored, policies, purging, counts, costs)
                    yield Station(
                        control,
                        stored,
                        kept,
                        store,
                        keys,
                        discovery,
                        fetcher,
                        interfaces,
                        plugins,
                        definitions,
                        purging,
                    )
        finally:
            await store.close()
