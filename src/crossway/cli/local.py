"""The admin API of a data directory that no control plane has, served in this process for as long as a verb takes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from crossway.admin.application import control_application
from crossway.admin.pages.probes import Probes
from crossway.admin.serving import AdminServer
from crossway.admin.tokens import Tokens
from crossway.cli.remote import SOCKET, Crossway, at_socket
from crossway.cli.terminal import say
from crossway.daemon.station import station
from crossway.telemetry.metrics import ControlMetrics

LOCK = "verb.lock"
"""Held by the verb that works on the directory; another one waits for it."""


@contextmanager
def served(state: Path) -> Iterator[Crossway]:
    """Yield the Crossway that keeps the data directory *state*, made if need be, and has no proxies."""
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")  # see crossway.cli.run
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="crossway-") as directory, (state / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begun: Future[_Stop] = Future()
        thread = threading.Thread(target=asyncio.run, args=(_serve(state, Path(directory), begun),))
        thread.start()
        try:
            begun.result()
            yield at_socket(Path(directory) / SOCKET, str(state), runs=False)
        finally:
            begun.add_done_callback(_stop)  # also where somebody lost patience before it had begun
            thread.join()


def _stop(begun: Future[_Stop]) -> None:
    if begun.exception() is None:
        begun.result()()


class _Stop:
    """Ends the serving, from whatever thread."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> None:
        self._loop.call_soon_threadsafe(self.asked.set)


async def _serve(state: Path, directory: Path, begun: Future[_Stop]) -> None:
    """Serve the API at a socket in *directory*, and say in *begun* when it is, or what keeps it from that."""
    try:
        metrics = ControlMetrics()
        async with station(None, state, "", metrics, _unsaid) as own, asyncio.TaskGroup() as tasks:
            await own.start()
            running = tasks.create_task(own.run())
            probes = Probes(_nothing, _ready)
            application = control_application(probes, own.desk, own.store, Tokens(own.store), say)
            async with AdminServer(application, directory):
                stop = _Stop()
                begun.set_result(stop)
                await stop.asked.wait()
            running.cancel()
    except BaseException as error:
        if begun.done():
            raise
        begun.set_exception(error)


def _unsaid(_line: str) -> None:
    """Keep quiet: whoever runs a verb is told what it answers, not how a control plane starts."""


async def _nothing() -> bytes:
    return b""


async def _ready() -> bool:
    return True
