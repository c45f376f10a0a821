"""Load: as many requests as go through, on a fixed number of connections, for a given time.

`wrk` makes it where there is one. The stand-in is slower, which does not touch what is measured, the CPU of the
proxy for one request; only the p99 of the two must not be compared.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.client import Connection, LostError, lines
from bench.machine import BenchError, output
from bench.packages import Program

CONNECTIONS = 32
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True, slots=True)
class Load:
    """What went through."""

    requests: int
    p99_ms: float


async def load(
    wrk: Program | None,
    port: int,
    host: str,
    path: str,
    seconds: int,
    headers: Mapping[str, str] = NO_HEADERS,
    script: Path | None = None,
) -> Load:
    """Put load on *path* for so many *seconds*, of requests that a *script* of wrk makes if it is given.

    `BenchError` if not every answer is a good one.
    """
    if wrk is None:
        if script is not None:
            raise BenchError("needs wrk")
        return await _own(port, host, path, seconds, headers)
    url = f"http://127.0.0.1:{port}{path}"
    flags: list[str | Path] = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-H", f"Host: {host}"]
    if script is not None:
        flags += ["-s", script]
    for name, value in headers.items():
        flags += ["-H", f"{name}: {value}"]
    said = await output([wrk.path, *flags, url], wrk.environment, within=seconds + 20)
    requests = re.search(r"(\d+) requests in", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", said)
    wrong = re.search(r"Non-2xx.*|Socket errors: (?!connect 0, read 0, write 0).*", said)
    if requests is None or p99 is None or wrong is not None or requests[1] == "0":
        raise BenchError(wrong[0].strip() if wrong else "wrk counted no request")
    return Load(int(requests[1]), float(p99[1]) * _UNITS[p99[2]])


async def _own(port: int, host: str, path: str, seconds: int, headers: Mapping[str, str]) -> Load:
    end = time.monotonic() + seconds
    more = lines(headers)
    took: list[float] = []

    async def one() -> None:
        async with Connection(port) as connection:
            while (began := time.monotonic()) < end:
                try:
                    answer = await connection.get(host, path, more)
                except LostError:
                    raise BenchError("a connection was lost under load") from None
                if answer.status != 200:
                    raise BenchError(f"answered {answer.status} under load")
                took.append(time.monotonic() - began)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CONNECTIONS):
                tasks.create_task(one())
    except* BenchError as errors:
        raise BenchError(str(errors.exceptions[0])) from None
    took.sort()
    return Load(len(took), took[len(took) * 99 // 100] * 1000)
