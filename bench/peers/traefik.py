"""Traefik: a router for each route, in a watched file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.machine import running, written
from bench.packages import Packages, version
from bench.peers.peer import Apply, Peer, Running, replace
from bench.work import Work

THROTTLE: Final = 2.5
"""Traefik takes at most one change in two seconds; an edit waits that time out, so that it is not in the figure."""


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    traefik = await packages.program("traefik")
    routes = written(directory / "dynamic" / "routes.yml", _routes(work))
    static = {
        "entryPoints": {"web": {"address": f"127.0.0.1:{work.port}"}},
        "providers": {"file": {"directory": str(routes.parent), "watch": True}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "ERROR"},
    }
    file = written(directory / "traefik.yml", json.dumps(static))

    async def prepare(grown: Work) -> Apply:
        await asyncio.sleep(THROTTLE)
        return replace(routes, _routes(grown))

    async with running([traefik.path, f"--configFile={file}"], directory, {"GOMAXPROCS": "1"}) as process:
        yield Running(process, await version(traefik, "version"), prepare)


def _routes(work: Work) -> str:
    """Return the dynamic configuration, as JSON, which is YAML."""
    routers = {
        prefix[1:]: {"rule": f"Host(`{work.host(0)}`) && PathPrefix(`{prefix}/`)", "service": "backend"}
        for prefix in work.prefixes()
    }
    service = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{work.backend}"}]}}
    return json.dumps({"http": {"routers": routers, "services": {"backend": service}}})


PEER = Peer("Traefik", "file, watched; its throttle of 2 s waited out before", _running)
