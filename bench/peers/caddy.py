"""Caddy: a route for each route, in JSON; one is added through the admin API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.machine import running, written
from bench.packages import Packages, version
from bench.peers.admin import post
from bench.peers.peer import Apply, Peer, Policies, Running
from bench.work import CONSUMERS, MEMBER, Work

POLICIES: Final = Policies(
    "keys and groups in `map`, method in a matcher, no limit in the stock build, log", limits=False
)


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    caddy = await packages.program("caddy")
    socket = directory / "admin.sock"
    routes = [_route(work, prefix) for prefix in work.prefixes()]
    host = {"match": [{"host": [work.host(0)]}], "handle": [{"handler": "subroute", "@id": "host", "routes": routes}]}
    nothing = {"handle": [{"handler": "static_response", "status_code": 404}]}
    server: dict[str, object] = {"listen": [f"127.0.0.1:{work.port}"], "automatic_https": {"disable": True}}
    server["routes"] = [host, nothing]
    logs: dict[str, object] = {"default": {"level": "ERROR"}}
    if work.limit is not None:
        server |= {"routes": [*_guards(), host, nothing], "logs": {}}
        writer = {"output": "file", "filename": f"{directory / POLICIES.log}", "roll": False}
        access = "http.log.access"
        logs["default"] = {"level": "ERROR", "exclude": [access]}
        logs["access"] = {"include": [access], "writer": writer, "encoder": {"format": "json"}}
    configuration = {
        "admin": {"listen": f"unix/{socket}", "config": {"persist": False}},
        "logging": {"logs": logs},
        "apps": {"http": {"servers": {"edge": server}}},
    }
    file = written(directory / "caddy.json", json.dumps(configuration))

    async def prepare(grown: Work) -> Apply:
        async def apply() -> None:
            connecting = asyncio.open_unix_connection(socket)
            await post(connecting, "/id/host/routes", _route(grown, grown.prefix(grown.routes - 1)))

        return apply

    environment = {"GOMAXPROCS": "1", "HOME": str(directory)}
    async with running([caddy.path, "run", "--config", file], directory, environment) as process:
        yield Running(process, await version(caddy, "version"), prepare)


def _guards() -> list[dict[str, object]]:
    """Return the routes that refuse what the stack of policies does."""
    known = {
        "handler": "map",
        "source": "{http.request.header.x-api-key}",
        "destinations": ["{consumer}", "{group}"],
        "mappings": [{"input": one.key, "outputs": [one.name, one.group]} for one in CONSUMERS],
        "defaults": ["", ""],
    }
    logged = {"handler": "log_append", "key": "consumer", "value": "{consumer}"}
    allowed = {"method": ["GET"], "vars": {"{group}": [MEMBER.group]}}
    return [
        {"handle": [known, logged]},
        {"match": [{"vars": {"{consumer}": [""]}}], "handle": [{"handler": "static_response", "status_code": 401}]},
        {"match": [{"not": [allowed]}], "handle": [{"handler": "static_response", "status_code": 403}]},
    ]


def _route(work: Work, prefix: str) -> dict[str, object]:
    proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{work.backend}"}]}
    return {"match": [{"path": [f"{prefix}/*"]}], "handle": [proxy], "terminal": True}


PEER = Peer("Caddy", "admin API, one route posted", _running, POLICIES)
