"""Crossway itself, control plane and proxy together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench import work as language
from bench.gateway import crossway_run
from bench.packages import Packages
from bench.peers.peer import Apply, Peer, Policies, Running, replace
from bench.work import Work

POLICIES: Final = Policies("api_key, authorize, rate_limit, access_log", log="crossway.log")


@asynccontextmanager
async def _running(_: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    log = "false" if work.limit is None else "{outputs: stdout}"
    async with crossway_run(language.crossway(work, log), directory) as gateway:

        async def prepare(grown: Work) -> Apply:
            return replace(gateway.file, language.crossway(grown, log))

        yield Running(gateway.process, version("crossway"), prepare)


PEER = Peer("Crossway", "file, watched", _running, POLICIES)
