"""A control plane with what it follows, its store and its desk: everything but the doors through which it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane, Say
from crossway.daemon.desk import ControlDesk, StoreDesk
from crossway.daemon.directory import DataDirectory
from crossway.daemon.following import Following
from crossway.daemon.guarding import Counts
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.stored import Stored
from crossway.fleet.envoy_admin import RouteCount
from crossway.identity.secrets import SecretLane
from crossway.identity.vault import Vault
from crossway.sources.files import Files
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


@dataclass(frozen=True, slots=True)
class Station:
    """What runs, and what the admin API stands on."""

    control: ControlPlane
    follower: Following | Stored
    desk: ControlDesk
    store: Store

    async def start(self) -> None:
        """Publish what is followed, or else the last good snapshot; `UserError` if there is neither."""
        await self.follower.start()

    async def run(self) -> None:
        """Follow everything that changes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.control.run())
            tasks.create_task(self.follower.run())


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
) -> AsyncIterator[Station]:
    """Give a control plane that follows *files*, or the store at *url* if there are none; it has the directory *state*.

    The store of one that follows files keeps tokens and the audit log alone.
    """
    directory = DataDirectory(state)
    with directory.owned():
        policies = load_policies()
        vault = Vault.open(directory.secrets_key)
        lane = SecretLane(watch, find=vault.find)
        control = ControlPlane(Pipeline(policies), lane, Archives(state), metrics, say, warm)
        place = url or directory.store
        store = await Store.open(place, _now) if files is not None else Store.at(place, _now)
        try:
            if files is not None:
                following = Following(control, Files(files), say)
                yield Station(control, following, ControlDesk(control, following, policies), store)
            else:
                stored = Stored(control, store, vault, directory.plane(), say)
                yield Station(control, stored, StoreDesk(control, stored, policies, counts), store)
        finally:
            await store.close()
