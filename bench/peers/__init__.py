"""The peers: the same routes through other gateways, each configured as its own documentation has it for production.

One worker or thread each, no access log, connections to the backend kept. All take turns under the same load. Each
also stands beside itself with what it has of the stack of policies (`bench.work`), after it has shown that it refuses
what it should.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.client import first, lines
from bench.cost import Rival, Turn, turn
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.peers import caddy, crossway, envoy, express_gateway, haproxy, nginx, traefik
from bench.peers.peer import Peer, Policies, Running
from bench.peers.refusing import refuses
from bench.table import PeerLine
from bench.work import MEMBER, Work

PEERS: Sequence[Peer] = (
    crossway.PEER,
    envoy.PEER,
    nginx.PEER,
    haproxy.PEER,
    traefik.PEER,
    caddy.PEER,
    express_gateway.PEER,
)
FEW, MANY = 10, 1_000
LIMIT = 10_000_000
"""Requests a second: it is counted, and never reached."""
EDIT_WITHIN = 30.0


class Task(enum.StrEnum):
    """What a peer is measured at."""

    PLAIN = "plain"
    POLICIES = "policies"
    ROUTES = "routes"


@dataclass(slots=True)
class Trial:
    """What one peer did so far."""

    peer: Peer
    version: str = ""
    policies: Policies | None = None
    """What it has of the stack of policies, and has shown to have."""
    turns: dict[Task, list[Turn]] = field(default_factory=dict)
    rss_mb: float | None = None
    edits_ms: list[float] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """A peer that runs for a task."""

    trial: Trial
    task: Task
    running: Running
    work: Work
    headers: Mapping[str, str]
    """What a request needs, to be served."""


async def measure(lab: Lab) -> list[PeerLine]:
    """Return a line for each peer, those that cannot be had or measured included."""
    trials = [Trial(peer) for peer in PEERS]
    for trial in trials:
        await _refusing(lab, trial)
    for tasks in ((Task.PLAIN, Task.POLICIES), (Task.ROUTES,)):
        async with AsyncExitStack() as stack:
            await _at(lab, tasks, trials, stack)
    return [_line(trial) for trial in trials]


async def _refusing(lab: Lab, trial: Trial) -> None:
    """Have a peer show what it has of the stack of policies."""
    if trial.peer.policies is None:
        return
    try:
        await refuses(lab, trial.peer, trial.peer.policies, lab.directory / f"{trial.peer.name}-refusing")
    except BenchError as error:
        trial.failure = f"policies: {error}"
    else:
        trial.policies = trial.peer.policies


async def _at(lab: Lab, tasks: Sequence[Task], trials: list[Trial], stack: AsyncExitStack) -> None:
    """Measure all peers at some *tasks*."""
    started: list[Started] = []
    for trial in trials:
        for task in tasks:
            if task is not Task.POLICIES or trial.policies is not None:
                try:
                    started.append(await _start(lab, trial, task, stack))
                except BenchError as error:
                    trial.failure = trial.failure or str(error)
    for index in range(lab.times(5, 1) + 1):
        for one in started if index % 2 else started[::-1]:
            await _turn(lab, one, warm_up=index == 0)
    for one in started:
        if one.task is Task.ROUTES:
            one.trial.rss_mb = one.running.process.rss()
            await _edits(one, lab.times(10, 2))


async def _start(lab: Lab, trial: Trial, task: Task, stack: AsyncExitStack) -> Started:
    """Start a peer for a *task*; return when it serves the last of its routes."""
    routes = MANY if task is Task.ROUTES else FEW
    work = Work(free_port(), lab.backend.port, routes, limit=LIMIT if task is Task.POLICIES else None)
    headers = trial.policies.credentials(MEMBER) if trial.policies and task is Task.POLICIES else {}
    directory = lab.directory / f"{trial.peer.name}-{task}"
    running = await stack.enter_async_context(trial.peer.running(lab.packages, work, directory))
    await first(work.port, *work.last, within=30, more=lines(headers))
    trial.version = running.version
    return Started(trial, task, running, work, headers)


async def _turn(lab: Lab, one: Started, *, warm_up: bool) -> None:
    try:
        taken = await turn(lab, Rival(one.running.process, "", one.work.port, *one.work.last, one.headers))
    except BenchError as error:
        one.trial.failure = one.trial.failure or str(error)
        return
    if not warm_up:
        one.trial.turns.setdefault(one.task, []).append(taken)


async def _edits(one: Started, times: int) -> None:
    """Add a route, some *times*, and note how long it takes until it answers."""
    trial, work = one.trial, one.work
    for _ in range(times):
        work = work.grown()
        try:
            apply = await one.running.prepare(work)
            began = time.monotonic()
            await apply()
            trial.edits_ms.append((await first(work.port, *work.last, EDIT_WITHIN) - began) * 1000)
        except BenchError as error:
            trial.failure = trial.failure or f"edit: {error}"
            return


def _line(trial: Trial) -> PeerLine:
    plain, guarded, many = (trial.turns.get(task, []) for task in Task)
    policies = f"policies: {trial.policies.how}" if trial.policies else ""
    return PeerLine(
        trial.peer.name,
        plain_us=_median([taken.cpu_us for taken in plain]),
        plain_p99_ms=_median([taken.p99_ms for taken in plain]),
        policies_us=_median([taken.cpu_us for taken in guarded]),
        policies_ratio=_median([one.cpu_us / two.cpu_us for one, two in zip(guarded, plain, strict=False)]),
        routes_us=_median([taken.cpu_us for taken in many]),
        routes_p99_ms=_median([taken.p99_ms for taken in many]),
        rss_mb=trial.rss_mb,
        edit_ms=_median(trial.edits_ms),
        detail="; ".join(filter(None, (trial.version, trial.peer.how, policies, trial.failure))),
    )


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
