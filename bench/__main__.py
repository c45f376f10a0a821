"""``python -m bench``: measure everything, print one table, and keep it in ``bench/results``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import uvloop

from bench import (
    bridges,
    changes,
    cost,
    dialects,
    edits,
    failures,
    fleet,
    graphql,
    guilty,
    limits,
    load_file,
    memory,
    peers,
    policies,
    python,
    replay,
    rpc,
    uploads,
    waf,
    websockets,
)
from bench.backend import backend
from bench.lab import Lab
from bench.machine import ROOT, BenchError, describe
from bench.packages import Packages, Program
from bench.table import Line, Report

Measure = Callable[[Lab], AsyncGenerator[Line, None]]

MEASUREMENTS: dict[str, tuple[Measure, float]] = {
    "cost": (cost.measure, 360),
    "edits": (edits.measure, 300),
    "load_file": (load_file.measure, 120),
    "memory": (memory.measure, 120),
    "failures": (failures.measure, 240),
    "dialects": (dialects.measure, 240),
    "policies": (policies.measure, 460),
    "python": (python.measure, 460),
    "grpc": (rpc.measure, 180),
    "graphql": (graphql.measure, 180),
    "bridges": (bridges.measure, 120),
    "limits": (limits.measure, 240),
    "changes": (changes.measure, 300),
    "fleet": (fleet.measure, 180),
    "guilty": (guilty.measure, 180),
    "replay": (replay.measure, 300),
    "websockets": (websockets.measure, 120),
    "waf": (waf.measure, 120),
    "uploads": (uploads.measure, 1200),
}
"""What there is to measure, and the seconds after which it is given up."""
PEERS = "peers"
"""The measurement that fills a table of its own."""


async def run(names: list[str], *, quick: bool) -> Report:
    """Return the report of one run."""
    report = Report(describe())
    packages = Packages(ROOT / "bench" / ".cache")
    with tempfile.TemporaryDirectory(prefix="crossway-bench-") as directory:
        async with AsyncExitStack() as stack:
            wrk = await _wrk(packages)
            served = await stack.enter_async_context(backend(packages, Path(directory) / "backend"))
            lab = Lab(Path(directory), packages, wrk, served, quick)
            report.machine = {
                **report.machine,
                "backend": served.name,
                "load": "wrk" if wrk else "own generator (wrk cannot be had)",
                "rounds": "quick" if quick else "full",
            }
            for name in names:
                began = time.monotonic()
                if name == PEERS:
                    report.peers = await peers.measure(lab)
                else:
                    await _measure(lab, name, report.lines)
                print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return report


async def _measure(lab: Lab, name: str, lines: list[Line]) -> None:
    """Add the lines of a measurement to *lines*; if it ends before its time, also one that says why."""
    measure, within = MEASUREMENTS[name]
    try:
        async with asyncio.timeout(within), aclosing(measure(lab)) as found:
            async for line in found:
                lines.append(line)
                print(f"{line.what}: {line.value} {line.unit}", file=sys.stderr, flush=True)
        return
    except TimeoutError:
        reason = f"it took more than {within:.0f} s"
    except BenchError as error:
        reason = str(error)
    except ExceptionGroup as errors:
        reasons, others = errors.split(BenchError)
        if reasons is None or others is not None:
            raise
        reason = ", ".join(map(str, reasons.exceptions))
    lines.append(Line(f"{name}, the rest of it", None, "", detail=reason))


async def _wrk(packages: Packages) -> Program | None:
    try:
        return await packages.program("wrk")
    except BenchError:
        return None


def main() -> None:
    """Read the command line and measure."""
    names = [*MEASUREMENTS, PEERS]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes: fewer rounds, no 100,000 routes")
    parser.add_argument("--only", metavar="NAMES", default=",".join(names), help="some of " + ",".join(names))
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"there is no measurement {', '.join(unknown)}")
    report = uvloop.run(run(chosen, quick=options.quick))
    report.write(ROOT / "bench" / "results")
    print(report.markdown())


if __name__ == "__main__":
    main()
