"""Caddy: a route for each route, in JSON; one is added through the admin API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.machine import BenchError, running, written
from bench.packages import Packages, version
from bench.peers.peer import Apply, Peer, Running
from bench.work import Work


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    caddy = await packages.program("caddy")
    socket = directory / "admin.sock"
    routes = [_route(work, prefix) for prefix in work.prefixes()]
    host = {"match": [{"host": [work.host(0)]}], "handle": [{"handler": "subroute", "@id": "host", "routes": routes}]}
    nothing = {"handle": [{"handler": "static_response", "status_code": 404}]}
    server = {"listen": [f"127.0.0.1:{work.port}"], "automatic_https": {"disable": True}, "routes": [host, nothing]}
    configuration = {
        "admin": {"listen": f"unix/{socket}", "config": {"persist": False}},
        "logging": {"logs": {"default": {"level": "ERROR"}}},
        "apps": {"http": {"servers": {"edge": server}}},
    }
    file = written(directory / "caddy.json", json.dumps(configuration))

    async def prepare(grown: Work) -> Apply:
        async def apply() -> None:
            await _post(socket, "/id/host/routes", json.dumps(_route(grown, grown.prefix(grown.routes - 1))))

        return apply

    environment = {"GOMAXPROCS": "1", "HOME": str(directory)}
    async with running([caddy.path, "run", "--config", file], directory, environment) as process:
        yield Running(process, await version(caddy, "version"), prepare)


def _route(work: Work, prefix: str) -> dict[str, object]:
    proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": f"127.0.0.1:{work.backend}"}]}
    return {"match": [{"path": [f"{prefix}/*"]}], "handle": [proxy], "terminal": True}


async def _post(socket: Path, path: str, body: str) -> None:
    reader, writer = await asyncio.open_unix_connection(socket)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    answer = await reader.read()
    writer.close()
    if b" 200 " not in answer.split(b"\r\n")[0]:
        raise BenchError(f"the admin API said {answer.splitlines()[-1:]}")


PEER = Peer("Caddy", "admin API, one route posted", _running)
