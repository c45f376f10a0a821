"""The CPU of one proxied request: against the tuned Envoy, and with many routes against few.

The rivals run all the time and take turns under load, forwards and backwards, so that what else happens on the
machine meets them alike. The ratio is the median over the rounds, each rival against its neighbour in time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.envoy import tuned_envoy
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.load import Load, load
from bench.machine import Process, free_port
from bench.table import Line
from bench.work import Work, crossway, plain

SIZES = {1_000: 1.5, 10_000: 2.0, 100_000: 2.0}
"""The number of routes, and how many times the CPU of ten routes it may take."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Something that proxies, and the request to try it with."""

    process: Process
    program: str
    """The name of the processes that count; all of them if empty."""
    port: int
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[Process] = ()
    """Processes of its own that help it. All that they use counts."""
    script: Path | None = None
    """The script of wrk that makes its requests; they are GET without one."""

    def cpu(self) -> float:
        """Return the seconds of CPU that it has used."""
        return self.process.cpu(self.program) + sum(helper.cpu() for helper in self.beside)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn under load took."""

    cpu_us: float
    """For one request."""
    p99_ms: float


async def turn(lab: Lab, rival: Rival, seconds: int = 1) -> Turn:
    """Put *rival* under load."""
    before = rival.cpu()
    done: Load = await load(lab.wrk, rival.port, rival.host, rival.path, seconds, rival.headers, rival.script)
    return Turn((rival.cpu() - before) / done.requests * 1e6, done.p99_ms)


async def take_turns(lab: Lab, rivals: Mapping[str, Rival], rounds: int) -> dict[str, list[Turn]]:
    """Return what each of the *rivals* took in each of the *rounds*, after one turn each to warm up."""
    for rival in rivals.values():
        await turn(lab, rival)
    taken: dict[str, list[Turn]] = {name: [] for name in rivals}
    for index in range(rounds):
        for name in rivals if index % 2 == 0 else reversed(list(rivals)):
            taken[name].append(await turn(lab, rivals[name]))
    return taken


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about the cost of a request."""
    for line in await _against_envoy(lab):
        yield line
    for line in await _with_many_routes(lab):
        yield line


async def _against_envoy(lab: Lab) -> list[Line]:
    quiet = Work(free_port(), lab.backend.port, 1)
    logging = Work(free_port(), lab.backend.port, 1)
    host, path = "any.example.com", "/"
    async with (
        tuned_envoy(lab.backend.port, lab.directory / "tuned") as (envoy, port),
        tuned_envoy(lab.backend.port, lab.directory / "guarded", guarded=True) as (guarded, guarded_port),
        crossway_run(plain(quiet), lab.directory / "plain") as plainly,
        crossway_run(plain(logging, "{outputs: /dev/null}"), lab.directory / "logging") as logged,
    ):
        rivals = {
            "tuned": Rival(envoy, "", port, host, path),
            "guarded": Rival(guarded, "", guarded_port, host, path),
            "plain": Rival(plainly.process, PROXY, quiet.port, host, path),
            "logging": Rival(logged.process, PROXY, logging.port, host, path),
        }
        taken = await take_turns(lab, rivals, lab.times(30, 6))
    tuned = taken["tuned"]
    what = "CPU per request, plain HTTP/1.1 proxying, against a hand-written tuned Envoy"
    more = "the same with the access log, JSON of 25 fields, against that Envoy, which writes none"
    return [
        ratio(what, taken["plain"], tuned, 1.03),
        ratio("the same against one with the protections of the edge", taken["plain"], taken["guarded"], 1.03),
        ratio(
            more,
            taken["logging"],
            tuned,
        ),
    ]


async def _with_many_routes(lab: Lab) -> list[Line]:
    sizes = {size: bound for size, bound in SIZES.items() if not (lab.quick and size == max(SIZES))}
    rivals: dict[str, Rival] = {}
    async with AsyncExitStack() as stack:
        for size in (10, *sizes):
            work = Work(free_port(), lab.backend.port, size)
            running = crossway_run(crossway(work), lab.directory / f"routes-{size}", within=240)
            gateway = await stack.enter_async_context(running)
            rivals[f"{size}"] = Rival(gateway.process, PROXY, work.port, *work.last)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    few = taken.pop("10")
    return [
        ratio(f"the same, {size:,} routes on one hostname, the last one, against 10 routes", turns, few, sizes[size])
        for size, turns in ((int(name), turns) for name, turns in taken.items())
    ]


def ratio(what: str, ours: list[Turn], other: list[Turn], bound: float | None = None) -> Line:
    """Return the line of how much CPU *ours* took for a request, against *other*: the median over pairs of turns."""
    mine, theirs = [turn.cpu_us for turn in ours], [turn.cpu_us for turn in other]
    found = median(one / two for one, two in zip(mine, theirs, strict=True))
    detail = (
        f"median of {len(mine)} pairs; of the minima {min(mine) / min(theirs):.2f} x; "
        f"us: {min(mine):.1f} (median {median(mine):.1f}) against {min(theirs):.1f} (median {median(theirs):.1f})"
    )
    return Line(what, found, "x", bound, detail)
