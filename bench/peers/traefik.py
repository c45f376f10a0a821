"""Traefik: a router for each route, in a watched file."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha1
from pathlib import Path
from typing import Final

from bench.machine import running, written
from bench.packages import Packages, version
from bench.peers.peer import Apply, Peer, Policies, Running, replace
from bench.work import CONSUMERS, Consumer, Work

THROTTLE: Final = 2.5
"""Traefik takes at most one change in two seconds; an edit waits that time out, so that it is not in the figure."""
USER: Final = "X-Consumer"


def _password(consumer: Consumer) -> Mapping[str, str]:
    return {"authorization": f"Basic {b64encode(f'{consumer.name}:{consumer.key}'.encode()).decode()}"}


POLICIES: Final = Policies(
    "basicAuth for want of API keys (SHA-1, its fastest), no authorization by group, rateLimit, accessLog",
    _password,
    authorizes=False,
)


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    traefik = await packages.program("traefik")
    routes = written(directory / "dynamic" / "routes.yml", _routes(work))
    static: dict[str, object] = {
        "entryPoints": {"web": {"address": f"127.0.0.1:{work.port}"}},
        "providers": {"file": {"directory": str(routes.parent), "watch": True}},
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "ERROR"},
    }
    if work.limit is not None:
        static["accessLog"] = {"filePath": f"{directory / POLICIES.log}", "format": "json", "bufferingSize": 1000}
    file = written(directory / "traefik.yml", json.dumps(static))

    async def prepare(grown: Work) -> Apply:
        await asyncio.sleep(THROTTLE)
        return replace(routes, _routes(grown))

    async with running([traefik.path, f"--configFile={file}"], directory, {"GOMAXPROCS": "1"}) as process:
        yield Running(process, await version(traefik, "version"), prepare)


def _routes(work: Work) -> str:
    """Return the dynamic configuration, as JSON, which is YAML."""
    through = {} if work.limit is None else {"middlewares": ["keys", "limit"]}
    routers = {
        prefix[1:]: {"rule": f"Host(`{work.host(0)}`) && PathPrefix(`{prefix}/`)", "service": "backend", **through}
        for prefix in work.prefixes()
    }
    service = {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{work.backend}"}]}}
    http: dict[str, object] = {"routers": routers, "services": {"backend": service}}
    if work.limit is not None:
        http["middlewares"] = _middlewares(work.limit)
    return json.dumps({"http": http})


def _middlewares(limit: int) -> dict[str, object]:
    users = [f"{one.name}:{{SHA}}{b64encode(sha1(one.key.encode()).digest()).decode()}" for one in CONSUMERS]
    by = {"requestHeaderName": USER}
    return {
        "keys": {"basicAuth": {"users": users, "headerField": USER, "removeHeader": True}},
        "limit": {"rateLimit": {"average": limit, "period": "1s", "burst": limit, "sourceCriterion": by}},
    }


PEER = Peer("Traefik", "file, watched; its throttle of 2 s waited out before", _running, POLICIES)
