"""The CPU that a firewall adds to a good request: a POST with 400 bytes of JSON, against the same without one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench.client import first
from bench.cost import Rival, Turn, take_turns
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import free_port, written
from bench.table import Line
from bench.work import Work, plain
from crossway.policies.waf import DIRECTORIES

HOST, PATH = "any.example.com", "/orders"
READY_WITHIN = 30.0
BODY: Final = (
    '{"name": "Ada Lovelace", "email": "ada@example.org", "note": "'
    + "the quick brown fox jumps over the lazy dog " * 7
    + '", "tags": ["one"], "age": 36}'
)
"""400 bytes."""
BASIC_BOUND = 150.0
"""Microseconds that the basic rules may add."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about the firewall."""
    script = written(
        lab.directory / "post.lua",
        f"wrk.method = 'POST'\nwrk.headers['content-type'] = 'application/json'\nwrk.body = [[{BODY}]]\n",
    )
    rivals: dict[str, Rival] = {}
    async with AsyncExitStack() as stack:
        for name in ("plain", *_levels()):
            work = Work(free_port(), lab.backend.port, 1)
            policies = "" if name == "plain" else f"    policies: {{waf: {name}}}\n"
            gateway = await stack.enter_async_context(crossway_run(plain(work) + policies, lab.directory / name))
            await first(work.port, HOST, PATH, READY_WITHIN)
            rivals[name] = Rival(gateway.process, PROXY, work.port, HOST, PATH, script=script)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    what = "CPU that the firewall adds to a good POST of 400 bytes of JSON"
    yield _added(f"{what}, waf: basic", taken["basic"], taken["plain"], BASIC_BOUND)
    if "crs" in taken:
        yield _added("the same, waf: crs, the OWASP core rules", taken["crs"], taken["plain"])
    else:
        yield Line("the same, waf: crs", None, "us", detail="needs the system's package modsecurity-crs")


def _levels() -> tuple[str, ...]:
    """Return the levels that can be measured here."""
    return ("basic", "crs") if any(Path(directory).is_dir() for directory in DIRECTORIES) else ("basic",)


def _added(what: str, ours: list[Turn], other: list[Turn], bound: float | None = None) -> Line:
    added = [one.cpu_us - two.cpu_us for one, two in zip(ours, other, strict=True)]
    detail = (
        f"median of {len(added)} pairs, {min(added):.0f} to {max(added):.0f}; "
        f"us: {median(turn.cpu_us for turn in ours):.0f} against {median(turn.cpu_us for turn in other):.0f}"
    )
    return Line(what, median(added), "us", bound, detail)
