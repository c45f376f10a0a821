"""The proxy on this machine: an Envoy that is fed over a Unix socket."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from crossway.admin.desk import Cost
from crossway.compile.program import RUNTIME_SOCKET
from crossway.compile.series import as_published
from crossway.daemon.costs import read_costs
from crossway.errors import RemoteError
from crossway.fleet import account, preflight
from crossway.fleet.authorities import machine_authorities
from crossway.fleet.bootstrap import ProxyOptions, bootstrap
from crossway.fleet.capacity import capacity
from crossway.fleet.envoy import Envoy, Settings
from crossway.fleet.envoy_admin import Admin
from crossway.fleet.events import Crashed, Event, Ready, Restarting
from crossway.fleet.python import python
from crossway.model import Ref
from crossway.runtime.uploading.storage import sweep
from crossway.xds.server import Server

SWEEP_EVERY = 60.0
"""Seconds between two looks for uploads that have expired, whatever has become of their routes."""
WARM_WITHIN = 10.0
"""Seconds after which a cluster that is still warming holds nothing up any more."""


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """How to run the proxy."""

    node_id: str
    view: str
    concurrency: int | None
    """Worker threads; `None` means one for each core."""
    user: str | None
    """The account to run as when we are root; `None` chooses one without rights."""
    drain_seconds: float
    zone: str = ""
    max_connections: int | None = None
    """Connections of clients at once; `None` means as many as the machine has room for."""
    max_heap_bytes: int | None = None
    """Where the proxy sheds load; `None` means a share of the machine's memory."""
    log_level: str = "warning"
    shared_store: str = field(default="", repr=False)
    """The URL of the Redis that caches and plugins of all proxies share; each keeps to its memory if empty."""
    uploads: Path | None = None
    """Where the proxy keeps uploads that are not complete; in its own directory, which ends with it, if `None`."""


class LocalProxy:
    """An Envoy on this machine, with the directory that holds its sockets."""

    def __init__(
        self,
        options: LocalOptions,
        on_crash: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        """Make a proxy; `prepare` it before it runs."""
        self._options = options
        self._on_crash = on_crash
        self._say = say
        self.hurry = asyncio.Event()
        """Set it, and a proxy that is stopping waits for no request any more."""
        self.directory = Path(tempfile.mkdtemp(prefix="crossway-"))
        self.xds_socket = self.directory / "xds.sock"
        self._account = account.unprivileged(options.user)
        proxy = ProxyOptions(
            options.node_id,
            options.view,
            self.xds_socket,
            self.directory / "admin.sock",
            authorities=machine_authorities(),
            zone=options.zone,
            capacity=capacity(options.max_connections, options.max_heap_bytes),
        )
        inside = python(self.directory, self._account, options.shared_store, options.uploads)
        settings = Settings(
            bootstrap(proxy),
            self.directory,
            options.concurrency or os.cpu_count() or 1,
            self._account,
            bind_service=account.needs_bind_service(1),
            environment=inside.environment,
            directories=inside.directories,
            log_level=options.log_level,
        )
        self.envoy = Envoy(settings, self._happened, say)
        self._runtime = Admin(self.directory / RUNTIME_SOCKET)

    def prepare(self, ports: Iterable[tuple[str, int, str]]) -> None:
        """Check that the proxy can run here and listen on *ports*; `UserError` says what stands against it."""
        wanted = [preflight.Port(port, address, "udp" if kind == "udp" else "tcp") for address, port, kind in ports]
        preflight.preflight(self.directory, wanted, self._account)

    async def warm(self, node_id: str, clusters: frozenset[str]) -> None:
        """Return once *clusters* are warm here; of another proxy nothing can be known."""
        if node_id == self._options.node_id:
            await self.envoy.warm(clusters, WARM_WITHIN)

    @asynccontextmanager
    async def running(self, server: Server) -> AsyncIterator[None]:
        """Serve *server* on the proxy's socket and keep the proxy running; drain it at the end."""
        server.listen(f"unix:{self.xds_socket}")
        async with server, asyncio.TaskGroup() as tasks:
            if self._account is not None:
                self._account.own(self.xds_socket)
            supervisor = tasks.create_task(self.envoy.run())
            helping = [tasks.create_task(self._hurry()), tasks.create_task(self._sweep())]
            try:
                yield
            finally:
                await self.envoy.stop(self._options.drain_seconds)
                for task in helping:
                    task.cancel()
                await supervisor

    async def _hurry(self) -> None:
        await self.hurry.wait()
        await self.envoy.stop(0)

    async def _sweep(self) -> None:
        uploads = self._options.uploads
        while uploads is not None:
            await asyncio.to_thread(sweep, uploads, time.time())
            await asyncio.sleep(SWEEP_EVERY)

    def barrier(self, module: Path) -> Path | None:
        """Return what keeps the proxy from importing *module*; `None` if nothing does."""
        return preflight.barrier(module, self._account) if self._account is not None else None

    async def metrics(self) -> bytes:
        """Return the metrics of the proxy and of its plugins in the Prometheus text format; none without an answer."""
        own, plugins = [
            await _page(asked, path)
            for asked, path in ((self.envoy.admin, "/stats/prometheus?usedonly"), (self._runtime, "/metrics"))
        ]
        return as_published(own) + plugins

    async def costs(self) -> Mapping[Ref, Cost]:
        """Return what plugins have cost since the proxy started; nothing without an answer."""
        try:
            return read_costs(await self._runtime.get("/metrics"), await self.envoy.admin.uptime())
        except RemoteError:
            return {}

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _happened(self, event: Event) -> None:
        match event:
            case Ready(after_seconds):
                self._say(f"the proxy is ready after {after_seconds:.1f} s")
            case Crashed(exit_status, last_words):
                self._on_crash()
                self._say(f"the proxy crashed with exit status {exit_status}")
                for line in last_words:
                    self._say(f"  its last words: {line}")
            case Restarting(in_seconds):
                self._say(f"the proxy is started again in {in_seconds:.1f} s")
            case _:
                pass


async def _page(asked: Admin, path: str) -> bytes:
    try:
        return await asked.get(path)
    except RemoteError:
        return b""
