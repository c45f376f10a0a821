"""A real Prometheus server, while a test needs one."""

import asyncio
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

import pytest

from harness import client
from harness.ports import free_port
from harness.waiting import until

BINARY = shutil.which("prometheus")
PATIENCE = 30.0

needed = pytest.mark.skipif(BINARY is None, reason="there is no Prometheus here: install the package prometheus")


class Prometheus:
    """One server that scrapes ``/metrics`` at *ports*, as the job ``crossway``, inside ``async with``."""

    def __init__(self, *ports: int, interval: str = "250ms", rules: Path | None = None) -> None:
        self.port = free_port()
        self._directory = tempfile.TemporaryDirectory(prefix="cw-prometheus-")
        self._folder = Path(self._directory.name)
        targets = [f"127.0.0.1:{port}" for port in ports]
        config = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
            "scrape_configs": [{"job_name": "crossway", "static_configs": [{"targets": targets}]}],
            "rule_files": [str(rules)] if rules else [],
        }
        (self._folder / "prometheus.yml").write_text(json.dumps(config))

    async def __aenter__(self) -> Self:
        self._process = await asyncio.to_thread(self._spawn)
        await until(self._ready, within=PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await asyncio.to_thread(self._process.wait, PATIENCE)
        self._directory.cleanup()

    def _spawn(self) -> subprocess.Popen[bytes]:
        assert BINARY is not None
        options = {
            "config.file": self._folder / "prometheus.yml",
            "storage.tsdb.path": self._folder / "data",
            "web.listen-address": f"127.0.0.1:{self.port}",
            "log.level": "warn",
        }
        with self._log.open("wb") as log:
            command = [BINARY, *(f"--{name}={value}" for name, value in options.items())]
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    async def _ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            return (await client.request(self.port, "/-/ready")).status == 200
        except OSError:
            return False

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples that *expression* gives now; `AssertionError` if Prometheus does not understand it."""
        told = (await self._api(f"query?{urlencode({'query': expression})}"))["data"]
        assert told["resultType"] == "vector", expression
        samples: list[dict[str, Any]] = told["result"]
        return samples

    async def alerts(self) -> set[str]:
        """Return the names of the alerts whose expressions hold, also those that have not held long enough."""
        return {alert["labels"]["alertname"] for alert in (await self._api("alerts"))["data"]["alerts"]}

    async def targets(self) -> list[dict[str, Any]]:
        """Return what it scrapes, and how that went."""
        found: list[dict[str, Any]] = (await self._api("targets"))["data"]["activeTargets"]
        return found

    async def _api(self, path: str) -> Any:
        answer = await client.request(self.port, f"/api/v1/{path}")
        assert answer.json["status"] == "success", f"{path}: {answer.json}"
        return answer.json
