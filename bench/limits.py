"""How exact the limit of a fleet is: two proxies that joined a control plane, at five times what they may let through.

Everything is as people run it, each a process of its own. The load is even in time and over the proxies, and what is
counted is what backends got to answer.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.client import Connection
from bench.gateway import CONTROL
from bench.lab import Lab
from bench.machine import BenchError, Process, free_port, output, running, until, written
from bench.table import Line

LIMIT = 200
"""Requests a second, for all proxies together."""
TIMES = 5
SECONDS = 10
BOUND = 5.0
"""Percent."""
CLIENTS = 16
JOINED_WITHIN = 90.0
HOST = "any.example.com"
PROGRAM = Path(sys.executable).parent / CONTROL


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about limits."""
    what = f"what two proxies let through at {TIMES} times their limit, beside the limit, over {SECONDS} s"
    async with _fleet(lab.directory / "limits", lab.backend.port) as ports:
        off: list[float] = []
        seen: Counter[int] = Counter()
        for attempt in range(lab.times(3, 1)):
            end = time.monotonic() + SECONDS
            loads = [_load(port, TIMES * LIMIT / len(ports), end, f"tenant-{attempt}") for port in ports]
            seen = sum(await asyncio.gather(*loads), Counter())
            if seen.keys() - {200, 429}:
                raise BenchError(f"it answered {dict(seen)}")
            if seen.total() < 0.8 * TIMES * LIMIT * SECONDS:
                raise BenchError(f"only {seen.total()} requests could be sent")
            off.append(100 * (seen[200] / (LIMIT * SECONDS) - 1))
    worst = max(off, key=abs)
    detail = f"{', '.join(f'{value:+.1f} %' for value in off)}; last: {seen[200]} let through, {seen[429]} refused"
    yield Line(what, abs(worst), "% off", BOUND, detail)


async def _load(port: int, rate: float, end: float, tenant: str) -> Counter[int]:
    """Send *rate* requests a second until *end*, evenly, and return how many got each status."""
    seen: Counter[int] = Counter()

    async def ask(number: int) -> None:
        due = time.monotonic() + number / rate
        async with Connection(port) as connection:
            while due < end:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                due += CLIENTS / rate
                seen[(await connection.get(HOST, "/", f"x-tenant: {tenant}\r\n")).status] += 1

    async with asyncio.TaskGroup() as tasks:
        for number in range(CLIENTS):
            tasks.create_task(ask(number))
    return seen


@asynccontextmanager
async def _fleet(directory: Path, backend: int) -> AsyncIterator[list[int]]:
    """Give the ports of two proxies with one control plane."""
    ports = {name: free_port() for name in ("one", "two")}
    gateways = "".join(
        f"  {n}: {{policies: {{access_log: false}}, listeners: {{http: {{port: {p}}}}}}}\n" for n, p in ports.items()
    )
    limit = f"{{limit: {LIMIT}/second, by: {{header: x-tenant}}, scope: fleet}}"
    config = (
        f"gateways:\n{gateways}services: {{backend: 'http://127.0.0.1:{backend}'}}\n"
        f"routes:\n  ready: {{gateways: [one, two], matches: [{{path: /ready}}], respond: {{body: yes}}}}\n"
        f"  all: {{gateways: [one, two], to: backend, policies: {{rate_limit: {limit}}}}}\n"
    )
    async with AsyncExitStack() as stack:
        file, state, port = written(directory / "gateway.yaml", config), directory / "state", free_port()
        credentials = directory / "credentials"
        await output([PROGRAM, "issue", "bench", f"--out={credentials}", f"--state={state}"])
        flags = ["--role=control", f"--listen=127.0.0.1:{port}", f"--state={state}", "--admin="]
        await stack.enter_async_context(running([PROGRAM, "run", file, *flags], directory))
        joined = [await stack.enter_async_context(_proxy(directory / name, name, port, credentials)) for name in ports]
        for proxy, own in zip(joined, ports.values(), strict=True):
            await _ready(proxy, own)
        yield list(ports.values())


@asynccontextmanager
async def _proxy(directory: Path, gateway: str, port: int, credentials: Path) -> AsyncIterator[Process]:
    """Run a proxy that joins the control plane at *port*, and keeps what it keeps in *directory*, which is there."""
    options = {
        "role": "proxy",
        "join": f"127.0.0.1:{port}",
        "credentials": credentials,
        "gateway": gateway,
        "state": directory / "state",
        "admin": "",
        "concurrency": 1,
        "drain": 0,
    }
    async with running([PROGRAM, "run", *(f"--{k}={v}" for k, v in options.items())], directory) as process:
        yield process


async def _ready(proxy: Process, port: int) -> None:
    async def answers() -> bool:
        try:
            async with Connection(port) as connection:
                return (await connection.get(HOST, "/ready")).status == 200
        except OSError:
            return False

    await until(answers, JOINED_WITHIN, "a proxy does not serve", proxy)
