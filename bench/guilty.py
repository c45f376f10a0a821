"""How soon the real Envoy has judged a change, and has been made to say which part of it is the guilty one.

The guilty ones carry a policy of their own, such as a package may offer, that emits what Envoy refuses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from datetime import timedelta
from statistics import median

from bench.lab import Lab
from bench.machine import BenchError
from bench.table import Line, spread
from bench.work import Work, crossway, head, route
from crossway.compile.contract import ROUTE_TARGETS, SERVICE_TARGETS, Fragment, Policies, Policy, Site, Stage, Target
from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.proof import Refusal, prove
from crossway.daemon.registry import load_policies
from crossway.daemon.snapshots import view_snapshot
from crossway.model import Spec
from crossway.model.document import Document
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.xds.snapshot import Snapshot

CHANGED = 1_000
GUILTY = 617
BOUND = 10.0


def _route(_spec: Spec, _site: Site) -> Fragment:
    action = route_v3.RouteAction()
    action.regex_rewrite.pattern.regex = "("
    return Fragment(route=route_v3.Route(route=action))


def _cluster(_spec: Spec, _site: Site) -> Fragment:
    cluster = cluster_v3.Cluster()
    cluster.cleanup_interval.FromTimedelta(timedelta(seconds=-1))  # Envoy does not say of which cluster it is
    return Fragment(cluster=cluster)


POLICIES: Policies = {
    "refused_route": Policy(Spec, Stage.ROUTER, Target.ROUTE, ROUTE_TARGETS, _route),
    "refused_service": Policy(Spec, Stage.ROUTER, Target.SERVICE, SERVICE_TARGETS, _cluster),
}


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about the proof by Envoy."""
    small = Work(8080, 9000, 10)
    for name, work in (
        ("10 routes", small),
        ("10,000 routes on 1,000 hostnames", replace(small, routes=10_000, hosts=1_000)),
        ("10,000 routes on one hostname", replace(small, routes=10_000)),
    ):
        took, found = await _proved(lab, crossway(work), crossway(work.grown()))
        _expect(found, 0)
        took = [seconds * 1000 for seconds in took]
        yield Line(f"validation of a one-route edit by Envoy, {name}", median(took), "ms", 80, spread(took))
    before = crossway(small)
    took, found = await _proved(lab, before, crossway(replace(small, routes=10_000, hosts=1_000)))
    _expect(found, 0)
    yield Line("validation of 10,000 new routes by Envoy", median(took), "s", 3, spread(took))
    for name, after, guilty in (
        (f"{CHANGED:,} changed routes", _routes(small, {GUILTY}), 1),
        (f"{CHANGED:,} changed hostnames", _routes(replace(small, hosts=CHANGED), {GUILTY}), 1),
        (f"{CHANGED:,} changed services", _services(small, {GUILTY}), 1),
        (f"{CHANGED:,} changed routes, ten of them guilty", _routes(small, range(0, CHANGED, 100)), 10),
    ):
        took, found = await _proved(lab, before, after)
        _expect(found, guilty)
        yield Line(f"finding the guilty among {name}", median(took), "s", BOUND, f"{spread(took)}; {found[0].reason}")


def _routes(work: Work, guilty: Iterable[int]) -> str:
    text = crossway(replace(work, routes=CHANGED))
    for index in guilty:
        innocent = route(work, index)
        text = text.replace(innocent, f"{innocent}    policies: {{refused_route: {{}}}}\n")
    return text


def _services(work: Work, guilty: Iterable[int]) -> str:
    refused = dict.fromkeys(guilty, "{refused_service: {}}")
    services = "".join(
        f"  s{index:04d}: {{endpoints: '127.0.0.1:{work.backend}', policies: {refused.get(index, '{}')}}}\n"
        for index in range(CHANGED)
    )
    return head(work).replace("services:\n", f"services:\n{services}") + "".join(
        route(work, index).replace("to: backend", f"to: s{index:04d}") for index in range(CHANGED)
    )


async def _proved(lab: Lab, before: str, after: str) -> tuple[list[float], tuple[Refusal, ...]]:
    """Return the seconds that it takes to prove *after* if *before* is proven, each time, and what was refused."""
    since, snapshot = _snapshot(before), _snapshot(after)
    took: list[float] = []
    refusals: tuple[Refusal, ...] = ()
    for _ in range(lab.times(9, 3)):
        began = time.monotonic()
        refusals = await asyncio.to_thread(prove, snapshot, since)
        took.append(time.monotonic() - began)
    return took, refusals


def _snapshot(text: str) -> Snapshot:
    pipeline = Pipeline({**load_policies(), **POLICIES})
    pipeline.adopt(pipeline.read((Document("gateway.yaml", text),)))
    if findings := pipeline.findings():
        raise BenchError(f"the configuration is wrong before Envoy sees it: {findings[0].message}")
    return view_snapshot(pipeline, View(), {})


def _expect(found: tuple[Refusal, ...], guilty: int) -> None:
    if len(found) != guilty:
        raise BenchError(f"{len(found)} are refused, not {guilty}: {', '.join(item.reason for item in found[:3])}")
