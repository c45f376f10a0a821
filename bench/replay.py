"""What it takes to replay a day of requests against a configuration that nobody has run yet."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.lab import Lab
from bench.machine import BenchError, running, written
from bench.table import Line
from bench.work import Work, head, route

ROUTES: Final = 10_000
HOSTS: Final = 1_000
PATHS: Final = 200_000
CONSUMERS: Final = 500
BOUND: Final = 60.0
"""Seconds of one core for a million lines, the opening of both configurations included."""
GROWTH: Final = 16.0
"""MB that the lines may take beyond the first quarter of them: for what a report counts by name."""

LOOK: Final = 0.05
"""Seconds between two looks at CPU and memory."""

_LINE: Final = (
    '{{"attempts":1,"bytes_received":0,"bytes_sent":237,"client_ip":"10.1.{low}.7","connection_id":{number},'
    '"consumer":"consumer-{consumer}","details":"via_upstream","duration_ms":4,"endpoint":"127.0.0.1:9001",'
    '"flags":"-","grpc_status":null,"host":"{host}","method":"{method}","path":"{path}","protocol":"HTTP/1.1",'
    '"request_id":"{number:08x}-c126-49dc-a13b-fcdd4d028f77","route":"{route}","service":"backend","sni":null,'
    '"status":200,"time":"2026-11-22T00:21:41.057Z","tls_version":null,"trace_id":null,"upstream_duration_ms":3,'
    '"upstream_failure":null,"user_agent":"Mozilla/5.0 (X11; Linux x86_64; rv:{low}.0) Gecko/20100101"}}\n'
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one replay took."""

    cpu: float
    wall: float
    rss: float
    """The most memory that it had, in MB."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about replays."""
    directory = lab.directory / "replay"
    work = Work(8080, 9001, ROUTES, HOSTS)
    before = written(directory / "before.yaml", "".join((head(work), *(route(work, i) for i in range(ROUTES)))))
    after = written(directory / "after.yaml", "".join((head(work), *(_changed(work, i) for i in range(ROUTES)))))
    count = lab.times(1_000_000, 400_000)
    log, short = directory / "access.log", directory / "short.log"
    await asyncio.to_thread(_write, log, work, count)
    await asyncio.to_thread(_write, short, work, count // 4)
    whole = await _replay(lab, log, before, after)
    quarter = await _replay(lab, short, before, after)
    size = log.stat().st_size / 1e6
    shape = f"{ROUTES:,} routes on {HOSTS:,} hostnames, {PATHS:,} paths"
    yield Line(
        f"{count:,} log lines replayed against another configuration, CPU",
        whole.cpu,
        "s",
        BOUND,
        f"{shape}, {size:,.0f} MB; {quarter.cpu:.1f} s for a quarter of it, with the opening of two configurations; "
        f"{whole.wall:.1f} s by the clock",
    )
    yield Line(
        f"memory that {count:,} log lines take beyond {count // 4:,}",
        whole.rss - quarter.rss,
        "MB",
        GROWTH,
        f"{whole.rss:.0f} MB at most, two configurations of {ROUTES:,} routes among them",
    )


def _changed(work: Work, index: int) -> str:
    """Return a route as it is in the configuration in question: one in a hundred is another one."""
    text = route(work, index)
    if index % 1000 == 3:
        return text.replace("to: backend", "respond: {status: 410}")
    return text + "    policies: {timeout: 5s}\n" if index % 100 == 7 else text


def _write(path: Path, work: Work, count: int) -> None:
    with path.open("w") as log:
        log.writelines(_lines(work, count))


def _lines(work: Work, count: int) -> Iterator[str]:
    """Yield lines: half of them for few paths, as traffic is, the others for any."""
    chance = random.Random(7)
    for number in range(count):
        any_path = chance.randrange(PATHS)
        index = any_path if number % 2 else int(PATHS * (any_path / PATHS) ** 8)
        one = index % work.routes
        yield _LINE.format(
            low=number % 199,
            number=number,
            consumer=number % CONSUMERS,
            host=work.host(one),
            method="POST" if number % 7 == 0 else "GET",
            path=f"{work.prefix(one)}/items/{index}",
            route=f"r{one:06d}",
        )


async def _replay(lab: Lab, log: Path, before: Path, after: Path) -> Cost:
    """Run the verb to its end, while it is looked at."""
    words: list[str | Path] = ["replay", log, "--base", before, "--against", after, "--format", "json"]
    cpu = rss = 0.0
    began = time.monotonic()
    async with running([Path(sys.executable).parent / "crossway", *words], lab.directory / log.stem) as process:
        with suppress(BenchError):  # it ends between two looks
            while not process.ended:
                cpu, rss = process.cpu(), max(rss, process.rss())
                await asyncio.sleep(LOOK)
    wall = time.monotonic() - began
    said = (lab.directory / log.stem / "crossway.log").read_text()
    if '"changed": 0,' in said or '"changed"' not in said:
        raise BenchError(f"crossway replay: {(said.splitlines() or ['no word'])[-1]}")
    return Cost(cpu, wall, rss)
