"""What plugins cost, and which routes run them."""

import asyncio
import json
from pathlib import Path

import pytest

from crossway.admin.desk import Cost
from crossway.daemon.costs import no_costs, read_costs, routes_by_plugin
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.plugins import Plugins
from crossway.daemon.registry import load_policies
from crossway.model import Document, Ref
from crossway.runtime.exposition import page
from crossway.runtime.meters import METERS

CODE = "from crossway import Head, plugin\n\n@plugin\nasync def stamp(head: Head) -> None: ...\n"
SHOP = f"""
gateways: {{edge: {{listeners: {{http: 8080}}}}}}
services: {{shop: "http://127.0.0.1:1"}}
plugins:
  stamp: {{source: {json.dumps(CODE)}}}
  aside: {{source: {json.dumps(CODE)}, attribute: stamp, isolation: process}}
  unused: {{source: {json.dumps(CODE)}, attribute: stamp}}
  broken: {{source: "1/0"}}
routes:
  one: {{matches: [{{path: /one}}, {{path: /uno}}], to: shop, policies: {{plugins: [stamp, aside]}}}}
  two: {{matches: [{{path: /two}}], to: shop, policies: {{plugins: [stamp]}}}}
  three: {{matches: [{{path: /three}}], to: shop, policies: {{plugins: [broken]}}}}
  four: {{matches: [{{path: /four}}], to: shop, policies: {{cache: 1s}}}}
"""


def test_what_a_proxy_says_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METERS, "_meters", {})
    one, other = METERS.of("stamp"), METERS.of("blue/stamp")
    one.calls, one.errors, one.timeouts, one.seconds, one.cpu = 1_234_567, 2, 1, 12.5, 0.00025
    other.calls = 1
    assert read_costs(b"# HELP x\nother_total 1\n" + page().encode(), 9.0) == {
        Ref("plugins", "stamp"): Cost(1_234_567, 2, 1, 12.5, 0.00025, 9.0),
        Ref("plugins", "stamp", "blue"): Cost(1, 0, 0, 0.0, 0.0, 9.0),
    }


async def test_without_a_proxy_nothing_is_known() -> None:
    assert await no_costs() == read_costs(b"", 1.0) == {}


async def test_the_routes_that_run_a_plugin(tmp_path: Path) -> None:
    pipeline = Pipeline(load_policies(), Plugins().describe)
    await asyncio.to_thread(pipeline.adopt, pipeline.read([Document(str(tmp_path / "shop.yaml"), SHOP)]))
    assert pipeline.ask(routes_by_plugin) == {
        Ref("plugins", "stamp"): (Ref("routes", "one"), Ref("routes", "two")),
        Ref("plugins", "aside"): (Ref("routes", "one"),),
    }
