"""A control plane with what it follows, its store and its desk: everything but the doors through which it is asked."""

from __future__ import annotations

import asyncio
import platform
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane, Say
from crossway.daemon.desk import ControlDesk, StoreDesk
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

STORE: Final = "store.db"
"""The file in the state directory that is the store unless another one is named."""
KEY: Final = "secrets.key"
"""The file in the state directory with the key of the secrets in the store."""


async def nothing() -> Mapping[str, RouteCount]:
    """Return the counts of no route: there is no proxy beside the control plane."""
    return {}


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
            tasks.create_task(self.desk.run())


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
    """Give a control plane that follows *files*, or the store at *url* if there are none.

    The store of one that follows files keeps tokens and the audit log alone.
    """
    policies = load_policies()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = Vault.open(state / KEY)
    lane = SecretLane(watch, find=vault.find)
    control = ControlPlane(Pipeline(policies), lane, Archives(state), metrics, say, warm)
    store = await Store.open(url or f"sqlite:///{state.absolute() / STORE}", lambda: datetime.now(UTC))
    try:
        if files is not None:
            following = Following(control, Files(files), say)
            yield Station(control, following, ControlDesk(control, following, policies), store)
        else:
            stored = Stored(control, store, vault, _plane(state), say)
            yield Station(control, stored, StoreDesk(control, stored, policies, counts, say), store)
    finally:
        await store.close()


def _plane(state: Path) -> str:
    """Return the name of this control plane on its store: the machine's, and what tells two on one machine apart."""
    kept = state / "plane"
    try:
        return kept.read_text()
    except FileNotFoundError:
        name = f"{platform.node()}-{secrets.token_hex(3)}"
        kept.write_text(name)
        return name
