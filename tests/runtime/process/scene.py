"""A plugin in a process of its own, without a proxy around it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Raw, json

from crossway.compile.program import PROCESS, Bounds, Code, Entry, PluginStep, Program, Step, digest, process_path
from crossway.runtime.handler import Handler
from crossway.runtime.process.door import shut
from crossway.runtime.process.isolated import isolated, orders
from crossway.runtime.process.life import Times
from crossway.runtime.process.supervisor import Supervisor, Unit
from crossway.sdk.http import Request, Response
from harness.waiting import until

HEAD = """
import asyncio, os, time
from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Next, Plugin, plugin

"""
STAMP = """
@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    response = await call_next(request)
    response.headers["x-stamp"] = f"{os.getpid()} WORD"
    return response
"""
TIMES = Times(first_pause=0.01, longest_pause=0.05, stable=0.2, silent=1, starting=15)


class Scene:
    """A supervisor and what it runs, in the directory of the test."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self._handlers: dict[str, Handler] = {}
        self.unit: Unit | None = None

    def adopt(self, text: str, *, settings: object = None, about: str = "routes.orders", **bounds: object) -> Handler:
        """Run the plugin `stamp` of *text* from now on, and return its handler."""
        code = Code("stamp.py", text if text.startswith(HEAD) else HEAD + text)
        told = Raw(json.encode(settings or {}))
        made = Bounds(isolation="process", **bounds)  # type: ignore[arg-type]
        step = PluginStep("stamp", digest(code), "stamp", settings=told, bounds=made)
        entry = Entry(about, (Step(PROCESS, Raw(json.encode(step))),), "inner", "orders")
        handler = isolated(entry.steps[0], entry, self.supervisor)
        self.supervisor.adopt(orders(Program({digest(entry): entry}, {digest(code): code})))
        self.unit = self.supervisor.unit(process_path(step, PROCESS))
        return handler


@asynccontextmanager
async def processes(times: Times = TIMES) -> AsyncIterator[Scene]:
    """Give a scene whose processes are all gone afterwards."""
    supervisor = Supervisor(times)
    try:
        yield Scene(supervisor)
    finally:
        await asyncio.to_thread(supervisor.stop)
        shut()
        await asyncio.sleep(0)  # for what is closed to be told so


async def echo(request: Request) -> Response:
    """Answer with the body of *request*, piece by piece."""
    body = await request.read()

    async def pieces() -> AsyncIterator[bytes]:
        yield request.path.encode()
        yield body

    response = Response(200, {"x-echo": request.headers.get("x-asked") or ""})
    response.arriving(pieces())
    return response


async def asked(handler: Handler, path: str = "/", method: str = "GET", body: bytes = b"") -> tuple[int, str]:
    """Return the status of the answer, and its text or its code."""
    response = await handler(Request(method, path, {"host": "test", "x-request-id": "1"}, body), echo)
    await response.read()
    if response.headers.get("content-type") == "application/problem+json":
        return response.status, response.json()["code"]
    return response.status, response.text


async def answers(handler: Handler, path: str = "/") -> None:
    """Wait until *handler* answers with 200."""

    async def is_there() -> bool:
        return (await asked(handler, path))[0] == 200

    await until(is_there)


def is_alive(pid: int) -> bool:
    """Return whether there is a process with this id that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def open_files() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
