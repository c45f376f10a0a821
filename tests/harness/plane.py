"""A control plane on a store, in this process, with a real Envoy beside it if one is wanted."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossway.admin.desk import Applied, Apply, Step
from crossway.compile.contract import Policies
from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane
from crossway.daemon.desk import StoreDesk
from crossway.daemon.local import LocalOptions, LocalProxy
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.purging import Purging
from crossway.daemon.registry import load_policies
from crossway.daemon.snapshots import ALL
from crossway.daemon.stored import Stored
from crossway.identity.secrets import SecretLane
from crossway.identity.vault import Vault
from crossway.model import Document
from crossway.model.access import Identity, Role
from crossway.sources.store import Store
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from harness.waiting import until

ADA = Identity("local:ada", Role.ADMIN)


@dataclass
class Plane:
    """What runs."""

    control: ControlPlane
    stored: Stored
    desk: StoreDesk
    purging: Purging
    said: list[str]
    proxy: LocalProxy | None
    steps: list[Step] = field(default_factory=list)
    """Those of the last change."""

    async def apply(self, text: str, /, who: Identity = ADA, **options: Any) -> Applied:
        """Apply *text* as a whole file and return what became of it."""
        return await self.ask(Apply(documents=(Document("shop.yaml", text),), **options), who)

    async def ask(self, request: Apply, who: Identity = ADA) -> Applied:
        """Make the change that *request* asks for."""
        self.steps.clear()
        return await self.desk.apply(request, who, self.steps.append)


@asynccontextmanager
async def plane(
    state: Path, *, envoy: bool = True, policies: Policies | None = None, url: str = "", name: str = "here"
) -> AsyncIterator[Plane]:
    """Run a control plane on the store in *state*, or at *url*."""
    policies = policies or load_policies()
    said: list[str] = []
    async with AsyncExitStack() as stack:
        proxy = None
        if envoy:
            options = LocalOptions(node_id="envoy", view=ALL, concurrency=1, user=None, drain_seconds=0.0)
            proxy = LocalProxy(options, lambda: None, said.append)
            stack.callback(proxy.close)
        warm = {"warm": proxy.warm} if proxy else {}
        vault = Vault.open(state / "secrets.key")
        lane = SecretLane(watch, find=vault.find)
        control = ControlPlane(Pipeline(policies), lane, Archives(state), ControlMetrics(), said.append, **warm)
        store = await Store.open(url or f"sqlite:///{state}/store.db", lambda: datetime.now(UTC))
        stack.push_async_callback(store.close)
        stored = Stored(control, store, vault, name, said.append)
        counts = proxy.envoy.admin.route_counts if proxy else _nothing
        purging = Purging(control, store, lambda: datetime.now(UTC))
        desk = StoreDesk(control, stored, policies, purging, counts)
        await stored.start()
        if proxy:
            await stack.enter_async_context(proxy.running(control.server))
            await until(lambda: len(control.server.proxies))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        running = [tasks.create_task(work) for work in (control.run(), stored.run(), purging.run())]
        try:
            yield Plane(control, stored, desk, purging, said, proxy)
        finally:
            for task in running:
                task.cancel()


async def _nothing() -> Mapping[str, Any]:
    return {}
