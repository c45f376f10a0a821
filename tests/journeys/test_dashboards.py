"""The dashboard and the alert rules, asked of a real Prometheus that scrapes a gateway with traffic of every kind."""

import asyncio
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from harness.certificates import Authority
from harness.client import connected
from harness.gateway import Gateway
from harness.issuer import Issuer
from harness.ports import free_port
from harness.prometheus import Prometheus, needed
from harness.upstreams import Echo, Upstreams
from harness.waiting import until
from tools.dashboards import names
from tools.dashboards.__main__ import files
from tools.dashboards.alerts import GROUPS
from tools.dashboards.panels import CERTIFICATES, ROWS, WINDOW

pytestmark = pytest.mark.journey

PATIENCE = 45.0
PROMTOOL = shutil.which("promtool")
ALERTS = Path(__file__).parents[2] / "dashboards/alerts.yaml"
CONFIG = """
gateways:
  edge:
    listeners:
      http: {address: 127.0.0.1, port: $http}
      tls: {port: $tls, tls: {certificates: [site]}}
      small: {port: $small, policies: {connection_limit: {connections: 1}}}
      few: {port: $few, policies: {metrics: {consumers: true, max_routes: 1, max_consumers: 1}}}
    policies: {metrics: {consumers: true}}
certificates: {site: {certificate: $certificate, key: $key}}
plugins:
  flaky:
    source: |
      from crossway import Head, plugin

      @plugin
      async def flaky(head: Head) -> None:
          raise ValueError("it always does")
consumers:
  alice: {groups: [gold], credentials: {api_key: [k-alice]}}
  bob: {credentials: {api_key: [k-bob], basic_auth: [{username: bob, password: secret}]}}
services:
  my.shop: {endpoints: ["127.0.0.1:$echo"]}
  narrow: {endpoints: ["127.0.0.1:$echo"], policies: {circuit_breaker: {max_connections: 1, max_pending_requests: 1}}}
  sick: {endpoints: ["127.0.0.1:$sick"], policies: {health_check: {path: /healthz, interval: 1s}}}
  away:
    endpoints: ["127.0.0.1:$nothing"]
    policies: {outlier_detection: {consecutive_errors: 1, max_ejected: 100}}
  spare: {endpoints: ["127.0.0.1:$echo"]}
  judge: {endpoints: ["127.0.0.1:$echo"]}
routes:
  shop: {matches: [{path: /shop}], to: my.shop, policies: {retry: {attempts: 2, on: ["5xx"]}, timeout: {request: 2s}}}
  slow: {matches: [{path: /slow}], to: my.shop, policies: {timeout: {request: 50ms}}}
  narrow: {matches: [{path: /narrow}], to: narrow}
  rare: {listeners: [few], matches: [{path: /rare}], to: spare}
  rarer: {listeners: [few], matches: [{path: /rarer}], to: spare}
  sick: {matches: [{path: /sick}], to: sick}
  away: {matches: [{path: /away}], to: away}
  keys:
    matches: [{path: /keys}]
    to: my.shop
    policies: {api_key: {header: x-api-key}, authorize: {allow: [{groups: [gold]}]}}
  passwords: {matches: [{path: /passwords}], to: my.shop, policies: {basic_auth: {}}}
  tokens: {matches: [{path: /tokens}], to: my.shop, policies: {jwt: {issuer: "https://id.test", jwks: {inline: $jwks}}}}
  judged: {matches: [{path: /judged}], to: my.shop, policies: {ext_authz: {service: judge}}}
  local: {matches: [{path: /local}], to: my.shop, policies: {rate_limit: {limit: 1/minute}}}
  exact: {matches: [{path: /exact}], to: my.shop, policies: {rate_limit: {limit: 1/minute, exact: true}}}
  plugged: {matches: [{path: /plugged}], to: my.shop, policies: {plugins: [flaky]}}
  trial:
    matches: [{path: /trial}]
    to: my.shop
    policies: {rate_limit: {limit: 1/minute, dry_run: true}, authorize: {allow: [{groups: [gold]}], dry_run: true}}
"""
TRAFFIC = (
    ("/shop", {}),
    ("/shop?status=500", {}),
    ("/shop?fail=1", {"x-case-id": "new"}),
    ("/slow?delay=1s", {}),
    ("/sick", {}),
    ("/away", {}),
    ("/nowhere", {}),
    ("/keys", {"x-api-key": "k-alice"}),
    ("/keys", {"x-api-key": "k-bob"}),
    ("/keys", {"x-api-key": "k-eve"}),
    ("/passwords", {"authorization": "Basic Ym9iOndyb25n"}),
    ("/tokens", {"authorization": "Bearer a.b.c"}),
    ("/judged?status=403", {}),
    ("/local", {}),
    ("/exact", {}),
    ("/trial", {}),
    ("/plugged", {}),
)
SEEN = {
    "CrosswayErrors",
    "CrosswayRouteErrors",
    "CrosswayManyRefused",
    "CrosswayManyUnauthenticated",
    "CrosswayServiceDown",
    "CrosswayServiceImpaired",
    "CrosswayCircuitBreakerOpen",
    "CrosswayManyRetries",
    "CrosswayCannotConnect",
    "CrosswayLimiterAway",
    "CrosswayConfigurationRefused",
    "CrosswayProxyCrashed",
    "CrosswayFindings",
    "CrosswayNotCounted",
    "CrosswayPluginFails",
}
"""The alerts whose conditions the test brings about."""
LABELS = {"envoy_cluster_name", "envoy_tls_certificate"}
CLOSED = "  closed: {matches: [{path: /closed}], to: my.shop, policies: {concurrency_limit: {}}}\n"


def alerted() -> set[str]:
    """Return the names of all metrics that alerts are about; where one holds only later, the name has to be right."""
    expressions = [alert.expression for group in GROUPS for alert in group.alerts]
    return {
        name for text in expressions for name in re.findall(r"\b((?:crossway|envoy)_\w+)(?=[{\[) ]|$)", text)
    } - LABELS


def asked(expression: str) -> str:
    """Return what a panel asks, with all there is chosen, and rates over a few seconds."""
    text = re.sub(r"\$(instance|route|service)\b", ".*", expression.replace(WINDOW, "5s"))
    assert "$" not in text
    return text


def questions(unit: str = "") -> Iterator[str]:
    """Yield what all panels ask, or those of one *unit*."""
    for row in ROWS:
        for panel in row.panels:
            if unit in ("", panel.unit):
                yield from (asked(query.expression) for query in panel.queries)


async def visit(gateway: Gateway, number: int) -> None:
    """Send one request of each kind."""
    for path, headers in TRAFFIC:
        named = headers | {"x-case-id": f"case {number}"} if "x-case-id" in headers else headers
        await gateway.get(path, headers=named)
    for path in ("/rarer", *(f"/rare?status={status}" for status in range(400, 411))):
        await gateway.get(path, at="few")
    async with connected(gateway.port("small")) as first:
        await first.request("/shop")
        with suppress(OSError):
            await gateway.get("/shop", at="small")
    await asyncio.gather(*(gateway.get("/narrow?delay=50ms") for _ in range(6)))


@asynccontextmanager
async def visited(gateway: Gateway) -> AsyncIterator[None]:
    """Have traffic of every kind, inside ``async with``."""

    async def keep_visiting() -> None:
        number = 0
        while True:
            number += 1
            await visit(gateway, number)

    async with asyncio.TaskGroup() as tasks:
        visitor = tasks.create_task(keep_visiting())
        yield
        visitor.cancel()


async def values_of(prometheus: Prometheus, expression: str) -> list[float]:
    """Return the values that *expression* has now; those that are none, such as 0 / 0, are left out."""
    values = [float(sample["value"][1]) for sample in await prometheus.query(expression)]
    return [value for value in values if not math.isnan(value)]


async def judge_badly(gateway: Gateway) -> None:
    """Have requests whose limit nobody counts, since the control plane does not answer."""
    gateway.process.send_signal(signal.SIGSTOP)
    try:
        await gateway.get("/exact")
    finally:
        gateway.process.send_signal(signal.SIGCONT)


async def crash(gateway: Gateway) -> None:
    """Have the proxy crash, and return when there is another one."""
    (before,) = gateway.children()
    os.kill(before, signal.SIGKILL)
    await until(lambda: before not in gateway.children() and bool(gateway.children()))
    await until(gateway.ready)


@needed
@pytest.mark.timeout(120)
async def test_every_panel_has_data_and_every_alert_sees_what_it_is_about(upstreams: Upstreams) -> None:
    pair = Authority().issue("test")
    expiry = pair.certificate.not_valid_after_utc
    values = {
        "certificate": json.dumps(pair.pem),
        "key": json.dumps(pair.key),
        "jwks": json.dumps(Issuer().jwks),
        "echo": upstreams.echo().port,
        "nothing": free_port(),
    }
    async with Echo("sick") as sick, Gateway(CONFIG, sick=sick.port, **values) as gateway:
        sick.healthy = False
        assert (await gateway.state())["findings"] == []
        async with Prometheus(gateway.admin, rules=ALERTS) as prometheus:
            silent = {*questions(), *(f"count({name})" for name in alerted())}

            unseen = set(SEEN)

            async def all_answer() -> bool:
                unseen.difference_update(await prometheus.alerts())
                silent.difference_update([text for text in silent if await prometheus.query(text)])
                return not silent

            async def all_are_seen() -> bool:
                unseen.difference_update(await prometheus.alerts())
                return not unseen

            async with visited(gateway):
                await until(lambda: prometheus.query('up{job="crossway"} == 1'))
                await gateway.edit(CONFIG + "# the same again\n")
                await judge_badly(gateway)
                await until(lambda: prometheus.query(f"count({names.LIMITER_ERRORS})"))
                await judge_badly(gateway)
                with suppress(TimeoutError):
                    await until(all_answer, within=PATIENCE)
                assert "\n".join(sorted(silent)) == ""
                for share in questions("percentunit"):
                    assert all(0 <= value <= 1 for value in await values_of(prometheus, share)), share
                (left,) = await values_of(prometheus, asked(CERTIFICATES))
                assert left == pytest.approx(expiry.timestamp() - time.time(), abs=60)
                await gateway.edit(CONFIG + CLOSED)
                await gateway.edit_badly("gateways: [")
            await crash(gateway)
            with suppress(TimeoutError):
                await until(all_are_seen, within=PATIENCE)
            assert unseen == set()


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool here: install the package prometheus")
def test_prometheus_understands_the_rules() -> None:
    subprocess.run([str(PROMTOOL), "check", "rules", str(ALERTS)], check=True, capture_output=True)


def test_what_is_committed_is_what_is_generated() -> None:
    assert {path: path.read_text() for path in files()} == files()


def test_panels_have_numbers_and_places_of_their_own() -> None:
    panels = json.loads((ALERTS.parent / "crossway.json").read_text())["panels"]
    taken = [
        (place["x"] + across, place["y"] + down)
        for place in (panel["gridPos"] for panel in panels)
        for across in range(place["w"])
        for down in range(place["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert len({panel["id"] for panel in panels}) == len(panels)
