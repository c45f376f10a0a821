"""The roles in which Crossway runs: everything on one machine, a control plane, or a proxy that joins one."""

from __future__ import annotations

import asyncio
import platform
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import grpc

from crossway.admin.application import control_application, proxy_application
from crossway.admin.doors import Tls
from crossway.admin.pages.probes import Probes
from crossway.admin.serving import AdminServer
from crossway.admin.tokens import Tokens
from crossway.daemon.control import Say
from crossway.daemon.local import LocalOptions, LocalProxy
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.relay import Relay
from crossway.daemon.snapshots import ALL
from crossway.daemon.station import Station, station
from crossway.errors import Unavailable, UserError
from crossway.fleet.counting import Counting
from crossway.identity.authority import Authority
from crossway.identity.credentials import Credentials
from crossway.sources.store import Store
from crossway.telemetry.metrics import ControlMetrics


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `crossway run` was told."""

    state: Path
    """Where snapshots and keys are kept."""
    admin: str
    """``host:port`` of metrics, health and the API; empty for none but the Unix socket."""
    store: str = ""
    """The URL of the store; the one in `state` if empty."""
    counters: str = ""
    """The URL of the Redis in which limits are counted, or ``memory``; they are in the store if empty."""
    shared_store: str = ""
    """The URL of the Redis that caches and plugins of all proxies share; each keeps to its memory if empty."""
    admin_tls: Tls | None = None
    """What the API is served with where it can be reached from elsewhere."""
    gateways: tuple[str, ...] = ()
    """The gateways that the proxy serves; all of them if empty."""
    concurrency: int | None = None
    user: str | None = None
    drain_seconds: float = 10.0
    zone: str = ""
    max_connections: int | None = None
    max_memory: int | None = None
    """In mebibytes."""
    log_level: str = "warning"

    @property
    def local(self) -> LocalOptions:
        """How to run the proxy on this machine."""
        return LocalOptions(
            node_id=platform.node(),
            view=",".join(sorted(self.gateways)) or ALL,
            concurrency=self.concurrency,
            user=self.user,
            drain_seconds=self.drain_seconds,
            zone=self.zone,
            max_connections=self.max_connections,
            max_heap_bytes=None if self.max_memory is None else self.max_memory * 2**20,
            log_level=self.log_level,
            shared_store=self.shared_store,
            uploads=self.state / "uploads",
        )


async def run_all(files: Path | None, options: RunOptions, say: Say) -> None:
    """Run a control plane, of *files* or of a store, with a proxy beside it, until a signal."""
    metrics = ControlMetrics()
    proxy = LocalProxy(options.local, metrics.restarts.inc, say)
    try:
        counts = proxy.envoy.admin.route_counts
        async with (
            _until_signal(proxy.hurry.set) as stopped,
            station(
                files,
                options.state,
                options.store,
                metrics,
                say,
                warm=proxy.warm,
                counts=counts,
                counters=options.counters,
                costs=proxy.costs,
                barrier=proxy.barrier,
            ) as here,
        ):
            await here.start()
            if not stopped.is_set():
                await _serve_all(here, proxy, options, metrics, stopped, say)
    finally:
        proxy.close()


async def _serve_all(
    here: Station,
    proxy: LocalProxy,
    options: RunOptions,
    metrics: ControlMetrics,
    stopped: asyncio.Event,
    say: Say,
) -> None:
    ports = await here.control.ask(Pipeline.ports)
    proxy.prepare(ports)
    probes = Probes(lambda: _metrics(metrics, proxy), proxy.envoy.admin.ready)
    async with proxy.running(here.control.server), _serving(here, options, probes, say), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(here.run())
        announcing = tasks.create_task(_announce(ports, proxy, say))
        await stopped.wait()
        say("stopping: new connections are refused, requests under way are finished")
        running.cancel()
        announcing.cancel()


async def run_control(files: Path | None, options: RunOptions, listen: str, names: tuple[str, ...], say: Say) -> None:
    """Run a control plane for proxies elsewhere, which come to *listen* with mutual TLS."""
    metrics, counting = ControlMetrics(), Counting()
    async with (
        _until_signal() as stopped,
        station(
            files, options.state, options.store, metrics, say, counts=counting.total, counters=options.counters
        ) as here,
    ):
        here.control.server.add(counting.handler())
        await here.start()
        if not stopped.is_set():
            await _serve_proxies(here, options, listen, names, metrics, stopped, say)


async def _serve_proxies(
    here: Station,
    options: RunOptions,
    listen: str,
    names: tuple[str, ...],
    metrics: ControlMetrics,
    stopped: asyncio.Event,
    say: Say,
) -> None:
    authority = Authority.open(options.state / "authority")
    own = authority.issue_server(names)
    credentials = grpc.ssl_server_credentials([(own.key, own.certificate)], own.ca, require_client_auth=True)

    async def page() -> bytes:
        return metrics.page()

    server = here.control.server
    port = server.listen(listen, credentials)
    async with server, _serving(here, options, Probes(page, _always), say), asyncio.TaskGroup() as tasks:
        say(f"the control plane waits for proxies on port {port}")
        running = tasks.create_task(here.run())
        await stopped.wait()
        running.cancel()


async def run_proxy(address: str, credentials: Path, options: RunOptions, say: Say) -> None:
    """Run a proxy that joins the control plane at *address*."""
    own = Credentials.load(credentials)
    channel = grpc.ssl_channel_credentials(own.ca, own.key, own.certificate)
    metrics = ControlMetrics()
    proxy = LocalProxy(options.local, metrics.restarts.inc, say)
    try:
        proxy.prepare(())
        archived = options.state / "joined.snapshot"
        relay = Relay(
            address, channel, options.local, archived, say, random.random, proxy.warm, proxy.envoy.admin.route_counts
        )
        probes = Probes(lambda: _metrics(metrics, proxy), proxy.envoy.admin.ready)
        application = proxy_application(probes, relay.describe, say)
        async with (
            _until_signal(proxy.hurry.set) as stopped,
            AdminServer(application, options.state, options.admin, options.admin_tls),
            proxy.running(relay.server),
            asyncio.TaskGroup() as tasks,
        ):
            following = tasks.create_task(relay.run())
            await stopped.wait()
            following.cancel()
    finally:
        proxy.close()


async def _metrics(metrics: ControlMetrics, proxy: LocalProxy) -> bytes:
    return metrics.page() + await proxy.metrics()


async def _announce(ports: tuple[tuple[str, int, str], ...], proxy: LocalProxy, say: Say) -> None:
    """Say where the gateway can be reached, once it can."""
    await proxy.envoy.ready()
    for address, port, transport in ports:
        say(f"listening on {address}:{port} ({transport})")
    say("ready. Ctrl-C stops everything")


@asynccontextmanager
async def _serving(here: Station, options: RunOptions, probes: Probes, say: Say) -> AsyncIterator[None]:
    """Serve the admin API; at the first start, say the token that opens it from elsewhere."""
    tokens = Tokens(here.store)
    application = control_application(probes, here.desk, here.store, tokens, say)
    async with (
        AdminServer(application, options.state, options.admin, options.admin_tls),
        asyncio.TaskGroup() as tasks,
    ):
        beginning = tasks.create_task(_begin(tokens, here.store, say)) if options.admin else None
        yield
        if beginning is not None:
            beginning.cancel()


async def _begin(tokens: Tokens, store: Store, say: Say) -> None:
    """Say the first token, if there is none yet, as soon as the store is there."""
    async with aclosing(store.announcements()) as words:
        async for _ in words:
            with suppress(Unavailable, UserError):  # said by whoever follows the store
                if (token := await tokens.begin()) is not None:
                    say(f"the admin token, which is shown only now: {token}")
                return


def _nothing() -> None:
    """Do nothing."""


@asynccontextmanager
async def _until_signal(again: Callable[[], None] = _nothing) -> AsyncIterator[asyncio.Event]:
    """Give an event that is set by SIGINT and SIGTERM; from the second one on, *again* is called."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, lambda: again() if stopped.is_set() else stopped.set())
    try:
        yield stopped
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def _always() -> bool:
    return True
