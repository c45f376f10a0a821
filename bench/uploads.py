"""Large uploads: how fast they get through, and what memory they take, against the same bytes proxied as they are.

Several clients upload at once, each all of its bytes in one request of tus 1.0. A resumable upload is written to the
disk, brought to it, read again and sent to the backend before its client has an answer; a plain one is passed on.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.client import first
from bench.gateway import Gateway, crossway_run
from bench.lab import Lab
from bench.machine import ROOT, BenchError, free_port, running
from bench.table import Line
from bench.work import Work, head

CLIENTS: Final = 4
PIECE: Final = bytes(2**20)
WARM: Final = 2**24
"""How many bytes are uploaded before anything is measured: by then everything is loaded."""
LOOK_EVERY: Final = 0.1
READY_WITHIN: Final = 30.0
PLAIN, WHOLE, ARRIVING = "/plain", "/whole", "/arriving"
PACE: Final = 25e6
"""Bytes that a client sends in a second where it is the network that limits it, and not this machine."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came out of one round."""

    seconds: float
    rss: float
    """The most that all processes of the gateway had resident at one time, in MB."""


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about uploads."""
    size = lab.times(5 * 2**30, 2**28)
    what = f"{CLIENTS} uploads of {size / 2**30:g} GiB at once"
    async with _sink(lab.directory) as backend:
        work = Work(free_port(), backend, 1)
        async with crossway_run(_configuration(work, size), lab.directory / "uploads") as gateway:
            await first(work.port, "any.example.com", PLAIN, READY_WITHIN)
            for path in (WHOLE, ARRIVING):
                await _round(gateway, work.port, path, WARM)
            before = gateway.process.rss()
            rounds = {path: await _round(gateway, work.port, path, size) for path in (PLAIN, WHOLE, ARRIVING)}
            paced = {path: await _round(gateway, work.port, path, size // 4, PACE) for path in (PLAIN, ARRIVING)}
    most = max(each.rss for each in (*rounds.values(), *paced.values()))
    yield Line(f"{what}: growth of RSS, all processes", max(0.0, most - before), "MB", 64, f"{before:.0f} MB before")
    pace = f"{what[: -len(' at once')]}, a quarter of each, at {PACE / 1e6:.0f} MB/s each"
    yield _compared(f"{pace}: time, handed over while they arrive", paced, ARRIVING, size // 4, 1.25)
    yield _compared(f"{what}: time, handed over while they arrive", rounds, ARRIVING, size)
    yield _compared(f"{what}: time, handed over when they are whole", rounds, WHOLE, size)


def _compared(what: str, rounds: Mapping[str, Round], path: str, size: int, bound: float | None = None) -> Line:
    """Return the line about how much longer uploads to *path* take than the same bytes proxied as they are."""
    ours, plain = rounds[path].seconds, rounds[PLAIN].seconds
    rates = [f"{CLIENTS * size / 1e6 / seconds:.0f} MB/s" for seconds in (ours, plain)]
    return Line(f"{what}, against plain proxying", ours / plain, "x", bound, f"{rates[0]} against {rates[1]}")


def _configuration(work: Work, size: int) -> str:
    """Return a route that passes bytes on as they are, and two that keep them first."""
    bounds = f"max_size: {size + WARM}, max_storage: {2 * CLIENTS * (size + WARM)}"
    routes = [f"  plain: {{matches: [{{path: {PLAIN}}}], to: backend}}\n"]
    for path in (WHOLE, ARRIVING):
        policy = f"upload: {{{bounds}, hand_over: {path[1:]}}}"
        routes.append(f"  {path[1:]}: {{matches: [{{path: {path}}}], to: backend, policies: {{{policy}}}}}\n")
    return "".join((head(work), *routes))


async def _round(gateway: Gateway, port: int, path: str, size: int, pace: float = 0) -> Round:
    """Let all clients upload *size* bytes, and return how long that takes until the last one has its answer.

    Each sends *pace* bytes in a second, or as fast as it can.
    """
    most = 0.0
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        clients = [tasks.create_task(_upload(port, path, size, pace)) for _ in range(CLIENTS)]
        while not all(client.done() for client in clients):
            most = max(most, gateway.process.rss())
            await asyncio.wait(clients, timeout=LOOK_EVERY)
    return Round(time.monotonic() - began, most)


async def _upload(port: int, path: str, size: int, pace: float) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setblocking(False)
        if path == PLAIN:
            await _exchange(connection, f"POST {path}", f"content-length: {size}", size, 200, pace)
            return
        answer = await _exchange(connection, f"POST {path}", f"upload-length: {size}\r\ncontent-length: 0", 0, 201)
        address = answer.partition("\r\nlocation: ")[2].partition("\r\n")[0]
        bytes_of = f"content-type: application/offset+octet-stream\r\nupload-offset: 0\r\ncontent-length: {size}"
        await _exchange(connection, f"PATCH {address}", bytes_of, size, 204, pace)


async def _exchange(connection: socket.socket, what: str, fields: str, size: int, status: int, pace: float = 0) -> str:
    """Send a request with a body of *size* bytes, and return the head of the answer."""
    loop = asyncio.get_running_loop()
    said = f"{what} HTTP/1.1\r\nhost: any.example.com\r\ntus-resumable: 1.0.0\r\n{fields}\r\n\r\n"
    await loop.sock_sendall(connection, said.encode())
    began = loop.time()
    for start in range(0, size, len(PIECE)):
        if pace:
            await asyncio.sleep(began + start / pace - loop.time())
        await loop.sock_sendall(connection, memoryview(PIECE)[: size - start])
    answer = ""
    while "\r\n\r\n" not in answer:
        part = await loop.sock_recv(connection, 2**16)
        if not part:
            raise BenchError(f"{what}: no answer")
        answer += part.decode("latin-1")
    if int(answer.split(" ", 2)[1]) != status:
        raise BenchError(f"{what}: {answer.partition(chr(13))[0]}")
    return answer


@asynccontextmanager
async def _sink(directory: Path) -> AsyncIterator[int]:
    """Run the backend, and give its port."""
    argv = [Path(sys.executable), "-m", "bench.sink"]
    async with running(argv, directory / "sink", {"PYTHONPATH": str(ROOT)}, pipes=True) as process:
        yield int(await process.output.readline())
