"""What the admin pages show of a control plane, and of a proxy that joined one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from crossway.admin.server import NoSuchView, Pages
from crossway.daemon.control import ControlPlane
from crossway.daemon.describe import describe_routes, describe_snapshot
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.relay import Relay
from crossway.xds.server import Server

Metrics = Callable[[], Awaitable[bytes]]
Ready = Callable[[], Awaitable[bool]]


def control_pages(control: ControlPlane, metrics: Metrics, ready: Ready) -> Pages:
    """Return the pages of a control plane."""

    async def routes() -> list[dict[str, object]]:
        return describe_routes(await control.ask(Pipeline.routes))

    return Pages(
        state=lambda: describe(control),
        metrics=metrics,
        ready=ready,
        xds=lambda view: _resources(control.server, view),
        routes=routes,
    )


def relay_pages(relay: Relay, metrics: Metrics, ready: Ready) -> Pages:
    """Return the pages of a proxy that joined a control plane, which alone knows the routes."""
    return Pages(relay.describe, metrics, ready, xds=lambda view: _resources(relay.server, view))


def describe(control: ControlPlane) -> dict[str, object]:
    """Return the state of a control plane as plain data, for the admin pages and `crossway status`."""
    state, snapshots = control.state, control.server.snapshots
    return {
        "revision": state.revision,
        "refused": state.refused,
        "resources": state.resources,
        "findings": [finding.as_dict() for finding in state.findings],
        "proxies": [
            {
                "id": proxy.node.id,
                "view": proxy.view,
                "address": proxy.address,
                "live": proxy.view in snapshots and proxy.live == snapshots[proxy.view].version,
                "version": proxy.live,
                "refused": [refused.resource.name for refused in proxy.refused if refused.resource],
            }
            for proxy in control.server.proxies
        ],
    }


async def _resources(server: Server, view: str) -> list[dict[str, object]]:
    if view not in server.snapshots:
        raise NoSuchView(server.snapshots)
    return await asyncio.to_thread(describe_snapshot, server.snapshots[view])
