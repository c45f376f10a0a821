"""Crossway itself, control plane and proxy together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from bench import work as language
from bench.gateway import crossway_run
from bench.packages import Packages
from bench.peers.peer import Apply, Peer, Running, replace
from bench.work import Work


@asynccontextmanager
async def _running(_: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    async with crossway_run(language.crossway(work), directory) as gateway:

        async def prepare(grown: Work) -> Apply:
            return replace(gateway.file, language.crossway(grown))

        yield Running(gateway.process, version("crossway"), prepare)


PEER = Peer("Crossway", "file, watched", _running)
