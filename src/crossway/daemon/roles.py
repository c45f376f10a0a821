"""The roles in which Crossway runs: everything on one machine, a control plane, or a proxy that joins one."""

from __future__ import annotations

import asyncio
import platform
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from crossway.admin.server import AdminServer, Pages
from crossway.daemon.control import ControlPlane, Say
from crossway.daemon.local import LocalOptions, LocalProxy
from crossway.daemon.pages import control_pages, relay_pages
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.daemon.relay import Relay
from crossway.daemon.snapshots import ALL
from crossway.identity.authority import Authority
from crossway.identity.credentials import Credentials
from crossway.identity.secrets import SecretLane
from crossway.sources.files import Files
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `crossway run` was told."""

    state: Path
    """Where snapshots and keys are kept."""
    admin: str
    """``host:port`` of metrics, health and state; empty for none."""
    gateways: tuple[str, ...] = ()
    """The gateways that the proxy serves; all of them if empty."""
    concurrency: int | None = None
    user: str | None = None
    drain_seconds: float = 10.0
    zone: str = ""
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
            log_level=self.log_level,
        )


async def run_all(path: Path, options: RunOptions, say: Say) -> None:
    """Run the control plane of *path* with a proxy beside it, until a signal."""
    metrics = ControlMetrics()
    proxy = LocalProxy(options.local, metrics.restarts.inc, say)
    try:
        control = ControlPlane(
            Files(path), Pipeline(load_policies()), SecretLane(watch), options.state, metrics, say, proxy.warm
        )
        async with _until_signal(proxy.hurry.set) as stopped:
            await control.start()
            if not stopped.is_set():
                await _serve_all(control, proxy, options, metrics, stopped, say)
    finally:
        proxy.close()


async def _serve_all(
    control: ControlPlane,
    proxy: LocalProxy,
    options: RunOptions,
    metrics: ControlMetrics,
    stopped: asyncio.Event,
    say: Say,
) -> None:
    ports = await control.ask(Pipeline.ports)
    proxy.prepare(ports)
    pages = control_pages(control, lambda: _metrics(metrics, proxy), proxy.envoy.admin.ready)
    async with _serving(options.admin, pages), proxy.running(control.server), asyncio.TaskGroup() as tasks:
        following = tasks.create_task(control.run())
        announcing = tasks.create_task(_announce(ports, proxy, say))
        await stopped.wait()
        say("stopping: new connections are refused, requests under way are finished")
        following.cancel()
        announcing.cancel()


async def run_control(path: Path, options: RunOptions, listen: str, names: tuple[str, ...], say: Say) -> None:
    """Run the control plane of *path* for proxies elsewhere, which come to *listen* with mutual TLS."""
    metrics = ControlMetrics()
    control = ControlPlane(Files(path), Pipeline(load_policies()), SecretLane(watch), options.state, metrics, say)
    async with _until_signal() as stopped:
        await control.start()
        if not stopped.is_set():
            await _serve_proxies(control, options, listen, names, metrics, stopped, say)


async def _serve_proxies(
    control: ControlPlane,
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

    async def ready() -> bool:
        return True

    port = control.server.listen(listen, credentials)
    pages = control_pages(control, page, ready)
    async with _serving(options.admin, pages), control.server, asyncio.TaskGroup() as tasks:
        say(f"the control plane waits for proxies on port {port}")
        following = tasks.create_task(control.run())
        await stopped.wait()
        following.cancel()


async def run_proxy(address: str, credentials: Path, options: RunOptions, say: Say) -> None:
    """Run a proxy that joins the control plane at *address*."""
    own = Credentials.load(credentials)
    channel = grpc.ssl_channel_credentials(own.ca, own.key, own.certificate)
    metrics = ControlMetrics()
    proxy = LocalProxy(options.local, metrics.restarts.inc, say)
    try:
        proxy.prepare(())
        archived = options.state / "joined.snapshot"
        relay = Relay(address, channel, options.local, archived, say, random.random, proxy.warm)
        pages = relay_pages(relay, lambda: _metrics(metrics, proxy), proxy.envoy.admin.ready)
        async with (
            _until_signal(proxy.hurry.set) as stopped,
            _serving(options.admin, pages),
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
async def _serving(address: str, pages: Pages) -> AsyncIterator[None]:
    """Serve the admin pages at *address*, if there is one."""
    if not address:
        yield
        return
    async with AdminServer(address, pages):
        yield


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
