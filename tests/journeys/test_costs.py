"""What plugins cost, as ``crossway plugins`` tells it of the running product."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.background import Background
from harness.gateway import COMMAND, Gateway
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: {endpoints: ["127.0.0.1:$echo"]}}
plugins:
  busy:
    source: |
      import time
      from crossway import Head, plugin

      @plugin
      async def busy(head: Head) -> None:
          until = time.thread_time() + 0.002
          while time.thread_time() < until:
              pass
          if head.path == "/fails":
              raise ValueError("told to")
  aside:
    source: "from crossway import Head, plugin\\n@plugin\\nasync def aside(head: Head) -> None: ...\\n"
    isolation: process
  broken: {source: "1/0"}
routes:
  first: {matches: [{path: /first}], to: echo, policies: {plugins: [busy, aside]}}
  second: {matches: [{path: /fails}], to: echo, policies: {plugins: [busy]}}
"""


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG, echo=upstreams.echo("echo").port)) as running:
        yield running


async def test_every_plugin_says_what_it_costs(gateway: Gateway) -> None:
    statuses = [(await gateway.get(path)).status for path in ("/first",) * 7 + ("/fails",) * 3]
    assert statuses == [200] * 7 + [500] * 3
    plugins: dict[str, Any] = {}

    async def all_are_counted() -> bool:
        told = json.loads(await crossway(gateway, "plugins", "--format", "json"))
        plugins.update((one["name"], one) for one in told)
        return bool(plugins["aside"]["cost"]["calls"] == 7)  # a process of its own tells now and then

    await until(all_are_counted)
    busy, aside, broken = plugins["busy"], plugins["aside"], plugins["broken"]
    assert (busy["routes"], busy["hooks"], busy["isolation"]) == (["first", "second"], ["head"], "proxy")
    cost: dict[str, Any] = busy["cost"]
    assert (cost["calls"], cost["errors"], cost["timeouts"]) == (10, 3, 0)
    assert 0.02 <= cost["cpu_seconds"] <= cost["seconds"] < cost["uptime_seconds"] < 600
    assert (aside["routes"], aside["isolation"]) == (["first"], "process")
    assert ("ZeroDivisionError" in broken["problem"], broken["routes"], broken["cost"]) == (True, [], None)
    rows = [line.split() for line in (await crossway(gateway, "plugins")).splitlines()]
    assert [(row[0], row[-1]) for row in rows] == [
        ("PLUGIN", "STATE"),
        ("aside", "ready"),
        ("broken", "broken"),
        ("busy", "ready"),
    ]


async def crossway(gateway: Gateway, *words: str) -> str:
    """Run the command line, and return what it answers."""
    state: Path = gateway.directory / "state"
    process = await asyncio.create_subprocess_exec(
        COMMAND, *words, "--state", state, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()
