"""Health, readiness and metrics: open to whoever reaches the address, plain, and nothing that is configured in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from litestar import Response, get
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler


@dataclass(frozen=True, slots=True)
class Probes:
    """Where these pages get their content."""

    metrics: Callable[[], Awaitable[bytes]]
    """The Prometheus text format."""
    ready: Callable[[], Awaitable[bool]]
    """Whether traffic can come."""


def probe_pages(probes: Probes) -> list[HTTPRouteHandler]:
    """Return ``/healthz``, ``/readyz`` and ``/metrics``."""

    @get("/healthz", media_type=MediaType.TEXT)
    async def healthz() -> str:
        return "ok\n"

    @get("/readyz", media_type=MediaType.TEXT)
    async def readyz() -> Response[str]:
        ready = await probes.ready()
        return Response("ready\n" if ready else "not ready\n", status_code=200 if ready else 503)

    @get("/metrics")
    async def metrics() -> Response[bytes]:
        return Response(await probes.metrics(), media_type="text/plain; version=0.0.4")

    return [healthz, readyz, metrics]
