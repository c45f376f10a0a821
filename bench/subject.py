"""A control plane that is told what its source says, with a proxy beside it: the process whose edits are measured.

It reads a line for each edit and answers it with a line of JSON, when the edit is live and all work for it is done.
No watch of files is in its figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import NamedTuple, TextIO

import uvloop

from bench.work import Work, head, route, routes
from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane
from crossway.daemon.following import Following
from crossway.daemon.local import LocalOptions, LocalProxy
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import installed_dialects, load_policies
from crossway.daemon.snapshots import ALL
from crossway.identity.secrets import SecretLane
from crossway.model.document import Document
from crossway.sources import Reading
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from crossway.xds.snapshot import difference


class Edit(NamedTuple):
    """What became of one edit."""

    accepted: float
    """When the control plane was given the changed document, by the monotonic clock."""
    live_ms: float
    """From then until the proxy had acknowledged everything."""
    cpu_ms: float
    """What the control plane used for it, the copy of the snapshot on disk included."""
    pushed: int
    """How many resources were sent or removed."""


class Told:
    """A source that says what it is told to say."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._changes: asyncio.Queue[Document] = asyncio.Queue()

    def say(self, document: Document) -> None:
        """Change what the source says."""
        self._changes.put_nowait(document)

    def read(self) -> Reading:
        """Return what it says now."""
        return (self._document,), ()

    async def changes(self) -> AsyncGenerator[Reading, None]:
        """Yield what it is told."""
        while True:
            self._document = await self._changes.get()
            yield self.read()


class Subject:
    """The control plane of *work*, and one proxy."""

    def __init__(self, work: Work, directory: Path) -> None:
        self._work = work
        self._head, self._routes = head(work), routes(work)
        self._random = random.Random(work.routes)
        self._archive = directory / "snapshots" / "all.snapshot"
        self._source = Told(self._document())
        options = LocalOptions(node_id="bench", view=ALL, concurrency=1, user=None, drain_seconds=0.0)
        self.proxy = LocalProxy(options, _crashed, _say)
        self.control = ControlPlane(
            Pipeline(load_policies(), dialects=installed_dialects()),
            SecretLane(watch),
            Archives(directory),
            ControlMetrics(),
            _say,
            self.proxy.warm,
        )
        self.following = Following(self.control, self._source, _say)

    def _document(self) -> Document:
        return Document("gateway.yaml", "".join((self._head, *self._routes)))

    async def edit(self) -> Edit:
        """Add a route, somewhere in the document."""
        server = self.control.server
        before = server.snapshots[ALL]
        saved = _modified(self._archive)
        entry = route(self._work, self._work.routes)
        self._routes.insert(self._random.randrange(len(self._routes)), entry)
        self._work = self._work.grown()
        document = self._document()
        cpu, accepted = time.process_time(), time.monotonic()
        self._source.say(document)
        while server.snapshots[ALL] is before:
            await server.proxies.change()
        after = server.snapshots[ALL]
        outcome = await server.live(ALL, after.version, within=60)
        live = time.monotonic()
        if not outcome.live:
            raise SystemExit("the proxy did not take the edit over")
        while _modified(self._archive) == saved:  # noqa: ASYNC110 - a file tells nobody that it was written
            await asyncio.sleep(0.01)
        await self.control.ask(lambda _: None)  # the pipeline has no work left
        cpu = time.process_time() - cpu
        change = difference(before, after)
        pushed = sum(map(len, (*change.upserted.values(), *change.removed.values())))
        return Edit(accepted, (live - accepted) * 1000, cpu * 1000, pushed)


def _own_answers() -> TextIO:
    """Take standard output for our answers alone: the proxy writes its access log to it."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _modified(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _crashed() -> None:
    raise SystemExit("the proxy crashed")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


async def main(work: Work, directory: Path) -> None:
    """Serve edits until standard input ends."""
    answers = _own_answers()
    subject = Subject(work, directory)
    await subject.following.start()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    try:
        async with subject.proxy.running(subject.control.server), asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(work()) for work in (subject.control.run, subject.following.run)]
            await subject.proxy.envoy.ready()
            print("ready", file=answers, flush=True)
            while await lines.readline():
                edit = await subject.edit()
                print(json.dumps(edit._asdict()), file=answers, flush=True)
            for task in running:
                task.cancel()
    finally:
        subject.proxy.close()


if __name__ == "__main__":
    port, backend, number, hosts = map(int, sys.argv[1:5])
    uvloop.run(main(Work(port, backend, number, hosts), Path(sys.argv[5])))
