"""Envoy as people configure it by hand: routes in a file of their own (RDS), in a list."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.envoy import running_envoy, tuned
from bench.machine import written
from bench.packages import Packages, Program, version
from bench.peers.peer import Apply, Peer, Running, replace
from bench.work import Work
from crossway.fleet.binary import envoy_binary


@asynccontextmanager
async def _running(_: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    routes = written(directory / "dynamic" / "routes.json", _routes(work))
    source = {"path_config_source": {"path": str(routes)}, "resource_api_version": "V3"}
    rds = {"route_config_name": "routes", "config_source": source}

    async def prepare(grown: Work) -> Apply:
        return replace(routes, _routes(grown))

    async with running_envoy(tuned(work.port, work.backend, f"rds: {json.dumps(rds)}"), directory) as process:
        yield Running(process, await version(Program(envoy_binary(), {}), "--version"), prepare)


def _routes(work: Work) -> str:
    routes = [
        {"match": {"path_separated_prefix": prefix}, "route": {"cluster": "backend", "timeout": "0s"}}
        for prefix in work.prefixes()
    ]
    table = {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": "routes",
        "virtual_hosts": [{"name": "host", "domains": [work.host(0)], "routes": routes}],
    }
    return json.dumps({"resources": [table]})


PEER = Peer("Envoy by hand", "RDS file, renamed", _running)
