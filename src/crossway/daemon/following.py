"""Following files: each edit that can be read is the next revision, counted from the start of the control plane."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace

from crossway.daemon.collection import without_collection
from crossway.daemon.control import BROKEN, ControlPlane, Say
from crossway.dialects.native import Loaded
from crossway.dialects.native.rows import split
from crossway.model import Ref
from crossway.model.revision import EMPTY_DIGEST, Revision, Row, combine
from crossway.sources import Reading, Source


class Following:
    """Keeps a control plane at what a source says."""

    def __init__(self, control: ControlPlane, source: Source, say: Say) -> None:
        self._control = control
        self._source = source
        self._say = say
        self._cut: tuple[Loaded, Mapping[Ref, Row]] | None = None

    @property
    def head(self) -> Revision:
        """What is live, as a revision."""
        text = "since the start" if self._control.state.revision else ""
        digest = combine(EMPTY_DIGEST, (), self.rows.values())
        return replace(Revision.none(), number=self._control.state.revision, digest=digest, message=text)

    @property
    def rows(self) -> Mapping[Ref, Row]:
        """What the files say, cut into resources."""
        loaded = self._control.views.loaded
        if self._cut is None or self._cut[0] is not loaded:
            self._cut = loaded, {row.ref: row for row in split(loaded.documents)[0]}
        return self._cut[1]

    async def start(self) -> None:
        """Read the source and publish what it says, or else the last good snapshot; `UserError` if there is neither."""
        with without_collection():
            if not await self._adopt(self._source.read()):
                self._control.serve_last_good(BROKEN)

    async def run(self) -> None:
        """Follow the source until cancelled."""
        async with aclosing(self._source.changes()) as readings:
            async for reading in readings:
                began = time.monotonic()
                if await self._adopt(reading):
                    seconds = time.monotonic() - began
                    self._control.metrics.change_seconds.observe(seconds)
                    self._say(f"revision {self._control.state.revision} is out after {seconds * 1000:.0f} ms")

    async def _adopt(self, reading: Reading) -> bool:
        async with self._control.changing:
            return await self._control.adopt(reading, self._control.state.revision + 1)
