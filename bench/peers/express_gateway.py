"""Express Gateway: an endpoint for each route and one pipeline, in a watched file."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.machine import running
from bench.packages import Packages
from bench.peers.peer import Apply, Peer, Running, replace
from bench.work import Work

REST: Final = 1.0
"""Seconds between two edits: its watch takes what comes closer together for one."""


@asynccontextmanager
async def _running(packages: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    node, package = await packages.express_gateway()
    own = directory / "config"
    shutil.copytree(package / "lib" / "config", own)
    file = own / "gateway.config.yml"
    file.write_text(_configuration(work))
    environment = {"EG_CONFIG_DIR": str(own), "LOG_LEVEL": "error", "NODE_ENV": "production"}

    async def prepare(grown: Work) -> Apply:
        await asyncio.sleep(REST)
        return replace(file, _configuration(grown))

    async with running([node.path, package / "lib" / "index.js"], directory, environment) as process:
        yield Running(process, json.loads((package / "package.json").read_text())["version"], prepare)


def _configuration(work: Work) -> str:
    """Return the gateway's file, as JSON, which is YAML."""
    endpoints = {prefix[1:]: {"host": work.host(0), "paths": f"{prefix}/*"} for prefix in work.prefixes()}
    proxy = {"proxy": {"action": {"serviceEndpoint": "backend"}}}
    return json.dumps(
        {
            "http": {"port": work.port, "hostname": "127.0.0.1"},
            "apiEndpoints": endpoints,
            "serviceEndpoints": {"backend": {"url": f"http://127.0.0.1:{work.backend}"}},
            "policies": ["proxy"],
            "pipelines": {"all": {"apiEndpoints": list(endpoints), "policies": [proxy]}},
        }
    )


PEER = Peer("Express Gateway", "file, watched", _running)
