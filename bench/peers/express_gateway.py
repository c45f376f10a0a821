"""Express Gateway: an endpoint for each route and one pipeline, in a watched file."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.machine import Process, free_port, running, until
from bench.packages import Packages
from bench.peers.admin import post
from bench.peers.peer import Apply, Peer, Policies, Running, replace
from bench.work import CONSUMERS, MEMBER, Consumer, Work

REST: Final = 1.0
"""Seconds between two edits: its watch takes what comes closer together for one."""
ENTRY: Final = (
    '{"client": "${req.ip}", "method": "${req.method}", "host": "${req.hostname}", "path": "${req.originalUrl}",'
    ' "protocol": "${req.httpVersion}", "consumer": "${consumer && consumer.username}",'
    """ "user_agent": "${req.headers['user-agent']}"}"""
)


def _key(consumer: Consumer) -> Mapping[str, str]:
    return {"x-api-key": f"{consumer.name}:{consumer.key}"}


POLICIES: Final = Policies(
    "key-auth, scopes, rate-limit, users and counters in its memory; log, JSON after a prefix, without the status",
    _key,
    log="node.log",
)


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    node, package = await packages.express_gateway()
    own = directory / "config"
    shutil.copytree(package / "lib" / "config", own)
    file = own / "gateway.config.yml"
    admin = free_port()
    file.write_text(_configuration(work, admin))
    level = "error" if work.limit is None else "info"
    environment = {"EG_CONFIG_DIR": str(own), "LOG_LEVEL": level, "NODE_ENV": "production"}

    async def prepare(grown: Work) -> Apply:
        await asyncio.sleep(REST)
        return replace(file, _configuration(grown, admin))

    async with running([node.path, package / "lib" / "index.js"], directory, environment) as process:
        if work.limit is not None:
            await _introduce(process, admin)
        yield Running(process, json.loads((package / "package.json").read_text())["version"], prepare)


async def _introduce(process: Process, admin: int) -> None:
    """Tell the gateway, over its *admin* port, who its consumers are."""

    async def tell(path: str, body: object) -> None:
        await post(asyncio.open_connection("127.0.0.1", admin), path, body)

    async def is_up() -> bool:
        try:
            await tell("/scopes", {"scopes": [one.group for one in CONSUMERS]})
        except OSError:
            return False
        return True

    await until(is_up, 30, "the admin API is not up", process)
    for one in CONSUMERS:
        await tell("/users", {"username": one.name, "firstname": one.name, "lastname": one.name})
        credential = {"keyId": one.name, "keySecret": one.key, "scopes": [one.group]}
        await tell("/credentials", {"consumerId": one.name, "type": "key-auth", "credential": credential})


def _policies(limit: int) -> list[dict[str, object]]:
    by = {"rateLimitBy": "${consumer.id}", "windowMs": 1000, "max": limit, "delayAfter": 0, "delayMs": 0}
    return [
        {"key-auth": {"action": {"apiKeyHeader": "x-api-key", "disableHeadersScheme": True}}},
        {"rate-limit": {"action": by}},
        {"log": {"action": {"message": ENTRY}}},
    ]


def _configuration(work: Work, admin: int) -> str:
    """Return the gateway's file, as JSON, which is YAML."""
    guard = {} if work.limit is None else {"methods": "GET", "scopes": [MEMBER.group]}
    endpoints = {prefix[1:]: {"host": work.host(0), "paths": f"{prefix}/*", **guard} for prefix in work.prefixes()}
    proxy: dict[str, object] = {"proxy": {"action": {"serviceEndpoint": "backend"}}}
    policies = [*([] if work.limit is None else _policies(work.limit)), proxy]
    return json.dumps(
        {
            "http": {"port": work.port, "hostname": "127.0.0.1"},
            "admin": {"port": admin, "host": "127.0.0.1"},
            "apiEndpoints": endpoints,
            "serviceEndpoints": {"backend": {"url": f"http://127.0.0.1:{work.backend}"}},
            "policies": [name for policy in policies for name in policy],
            "pipelines": {"all": {"apiEndpoints": list(endpoints), "policies": policies}},
        }
    )


PEER = Peer("Express Gateway", "file, watched", _running, POLICIES)
