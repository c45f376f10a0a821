"""The peers: the same routes through other gateways, each configured as its own documentation has it for production.

One worker or thread each, no access log, connections to the backend kept. All take turns under the same load.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median

from bench.client import first
from bench.cost import Rival, Turn, turn
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.peers import caddy, crossway, envoy, express_gateway, haproxy, nginx, traefik
from bench.peers.peer import Peer, Running
from bench.table import PeerLine
from bench.work import Work

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
EDIT_WITHIN = 30.0


@dataclass(slots=True)
class Trial:
    """What one peer did so far."""

    peer: Peer
    version: str = ""
    turns: dict[int, list[Turn]] = field(default_factory=dict)
    """By the number of routes."""
    rss_mb: float | None = None
    edits_ms: list[float] = field(default_factory=list)
    failure: str = ""


async def measure(lab: Lab) -> list[PeerLine]:
    """Return a line for each peer, those that cannot be had or measured included."""
    trials = [Trial(peer) for peer in PEERS]
    for routes in (FEW, MANY):
        async with AsyncExitStack() as stack:
            await _with(lab, routes, trials, stack)
    return [_line(trial) for trial in trials]


async def _with(lab: Lab, routes: int, trials: list[Trial], stack: AsyncExitStack) -> None:
    """Measure all peers with so many *routes*."""
    started: list[tuple[Trial, Running, Work]] = []
    for trial in trials:
        work = Work(free_port(), lab.backend.port, routes)
        try:
            directory = lab.directory / f"{trial.peer.name}-{routes}"
            running = await stack.enter_async_context(trial.peer.running(lab.packages, work, directory))
            await first(work.port, *work.last, within=30)
        except BenchError as error:
            trial.failure = trial.failure or str(error)
            continue
        trial.version = running.version
        started.append((trial, running, work))
    rounds = lab.times(5, 1)
    for index in range(rounds + 1):
        for trial, running, work in started if index % 2 else started[::-1]:
            await _turn(lab, trial, running, work, warm_up=index == 0)
    if routes == MANY:
        for trial, running, work in started:
            trial.rss_mb = running.process.rss()
            await _edits(trial, running, work, lab.times(10, 2))


async def _turn(lab: Lab, trial: Trial, running: Running, work: Work, *, warm_up: bool) -> None:
    try:
        taken = await turn(lab, Rival(running.process, "", work.port, *work.last))
    except BenchError as error:
        trial.failure = trial.failure or str(error)
        return
    if not warm_up:
        trial.turns.setdefault(work.routes, []).append(taken)


async def _edits(trial: Trial, running: Running, work: Work, times: int) -> None:
    """Add a route, some *times*, and note how long it takes until it answers."""
    for _ in range(times):
        work = work.grown()
        try:
            apply = await running.prepare(work)
            began = time.monotonic()
            await apply()
            trial.edits_ms.append((await first(work.port, *work.last, EDIT_WITHIN) - began) * 1000)
        except BenchError as error:
            trial.failure = trial.failure or f"edit: {error}"
            return


def _line(trial: Trial) -> PeerLine:
    plain, many = trial.turns.get(FEW, []), trial.turns.get(MANY, [])
    return PeerLine(
        trial.peer.name,
        _median([taken.cpu_us for taken in plain]),
        _median([taken.p99_ms for taken in plain]),
        _median([taken.cpu_us for taken in many]),
        _median([taken.p99_ms for taken in many]),
        trial.rss_mb,
        _median(trial.edits_ms),
        "; ".join(filter(None, (trial.version, trial.peer.how, trial.failure))),
    )


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
