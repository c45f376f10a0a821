"""How exact the limit of a fleet is: two proxies of one control plane, which share it, under five times its load.

Each round begins with a tenant nobody has seen: the proxies have no shares of its limit yet, and get them under load.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from bench.client import Connection, LostError, first
from bench.fleet import Control, control_plane
from bench.gateway import CONTROL
from bench.lab import Lab
from bench.machine import BenchError, free_port, running
from bench.table import Line, spread

LIMIT = 100
"""Requests a second."""
LOAD = 5
"""How many times that is sent, by all proxies together."""
SECONDS = 10
CLIENTS = 8
"""The connections to each proxy."""
LIVE_WITHIN = 60.0
HOST, PATH = "any.example.com", "/"


async def measure(lab: Lab) -> Line:
    """Return the line about how far what two proxies let through is from their limit."""
    ports = (free_port(), free_port())
    off: list[float] = []
    let_through: list[int] = []
    async with AsyncExitStack() as stack:
        directory = lab.directory / "shared-limit"
        control = await stack.enter_async_context(control_plane(_configuration(ports, lab.backend.port), directory))
        for number in range(len(ports)):
            await stack.enter_async_context(_proxy(control, f"g{number}", directory / f"g{number}"))
        await control.all_live(len(ports), LIVE_WITHIN)
        for port in ports:
            await first(port, HOST, PATH, LIVE_WITHIN)
        for index in range(lab.times(3, 1)):
            statuses = await _load(ports, f"tenant-{index}")
            let_through.append(statuses[HTTPStatus.OK])
            off.append(100 * abs(let_through[-1] - LIMIT * SECONDS) / (LIMIT * SECONDS))
    what = f"fleet rate_limit over 2 proxies at {LOAD} times the limit, off the limit over {SECONDS} s, the worst round"
    detail = f"{', '.join(map(str, let_through))} requests let through of {LIMIT * SECONDS:,}; {spread(off)}"
    return Line(what, max(off), "%", 5, detail)


def _configuration(ports: Sequence[int], backend: int) -> str:
    """Return a gateway for each port, and a route on all of them."""
    gateways = "".join(
        f"  g{number}: {{policies: {{access_log: false}}, listeners: {{http: {{port: {port}, address: 127.0.0.1}}}}}}\n"
        for number, port in enumerate(ports)
    )
    names = ", ".join(f"g{number}" for number in range(len(ports)))
    return (
        f"gateways:\n{gateways}services:\n  backend: http://127.0.0.1:{backend}\n"
        f"routes:\n  all:\n    gateways: [{names}]\n    to: backend\n    policies:\n"
        f"      rate_limit: {{limit: {LIMIT}/second, by: {{header: x-tenant}}, scope: fleet}}\n"
    )


@asynccontextmanager
async def _proxy(control: Control, gateway: str, directory: Path) -> AsyncIterator[None]:
    """Run a proxy of *control* that serves *gateway*."""
    options = {
        "role": "proxy",
        "join": f"127.0.0.1:{control.port}",
        "credentials": control.credentials,
        "gateway": gateway,
        "state": directory / "state",
        "admin": "",
        "concurrency": 1,
        "drain": 0,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    async with running([Path(sys.executable).parent / CONTROL, "run", *flags], directory):
        yield


async def _load(ports: Sequence[int], tenant: str) -> Counter[int]:
    """Send the load for `SECONDS` and return how many requests got each status."""
    statuses: Counter[int] = Counter()
    rate = LOAD * LIMIT / (len(ports) * CLIENTS)
    begin = time.monotonic()

    async def ask(port: int, number: int) -> None:
        """Send the requests of one connection, each when it is due."""
        async with Connection(port) as connection:
            for index in range(int(rate * SECONDS)):
                due = begin + (index + number / CLIENTS) / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                try:
                    answer = await connection.get(HOST, PATH, f"x-tenant: {tenant}\r\n")
                except (LostError, OSError):
                    raise BenchError("a connection was lost under load") from None
                statuses[answer.status] += 1

    async with asyncio.TaskGroup() as tasks:
        for port in ports:
            for number in range(CLIENTS):
                tasks.create_task(ask(port, number))
    took = time.monotonic() - begin
    if took > 1.05 * SECONDS or set(statuses) - {HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS}:
        raise BenchError(f"the load took {took:.1f} s instead of {SECONDS}, with the answers {dict(statuses)}")
    return statuses
