"""What the process of a plugin does with requests, each of which says by a word what that is."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from crossway.compile.program import CALL, SHARED_STORE, Code
from crossway.runtime.background import Background
from crossway.runtime.handler import Next, Store, Tools
from crossway.runtime.loading import ProgramError
from crossway.runtime.plugins import Running, plugin
from crossway.runtime.problem import Problem, problem
from crossway.runtime.process.frames import Peer
from crossway.runtime.process.order import Run
from crossway.runtime.stores import MemoryStore, RedisStore
from crossway.sdk.http import Request, Response

STORE: Final = 16 * 2**20
"""How many bytes the store of one process holds."""
NEWER: Final = 5.0
"""Seconds that a request may be ahead of the order that speaks of it."""


class Application:
    """The plugin, at all of its places."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._places: dict[str, Running | Problem] = {}
        self._changed = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._doors: dict[str, Peer] = {}
        self._background = Background()
        url = os.environ.get(SHARED_STORE, "")
        self._store: Store = RedisStore(url, "crossway:") if url else MemoryStore(STORE)
        self.requests = 0
        """How many are under way."""
        self.begun = 0
        """How many there were."""
        self.is_out_of_memory = False
        """Whether the plugin has asked for more memory than there is for it."""

    async def adopt(self, runs: Mapping[str, Run]) -> None:
        """Do *runs* from now on, and nothing else."""
        gone = [self._places[word] for word in self._places.keys() - runs.keys()]
        self._places = {word: self._places.get(word) or self._placed(run) for word, run in runs.items()}
        self._changed.set()
        self._changed = asyncio.Event()
        for place in gone:
            if isinstance(place, Running):
                await place.stop()

    def _placed(self, run: Run) -> Running | Problem:
        async def call(service: str, request: Request) -> Response:
            from crossway.runtime.socket import send  # only plugins that call services need a client of HTTP

            return await send(run.cluster, CALL + service, request)

        tools = Tools(call, self._store, time.time, self._background.run)
        try:
            return plugin(run.settings, run.about, tools, {run.settings.code: self._code})
        except ProgramError as error:
            print(f"{run.about}: {error}", flush=True)  # noqa: T201  # the log of the proxy
            return problem(503, "plugin.unavailable", "A plugin of this route cannot run with its settings.")

    async def serve(self, words: str, request: Request) -> Response:
        """Answer *request*; *words* are what is to be done with it, and where it goes on: a socket and a word there."""
        word, path, there = words.split()
        door = self._doors.get(path)
        if door is None:
            door = self._doors[path] = Peer(path)

        async def onward(sent: Request) -> Response:
            return await door.send(there, sent)

        with self.under_way():
            return await self.answer(word, request, onward)

    async def answer(self, word: str, request: Request, onward: Next) -> Response:
        """Answer *request* as the plugin does at the place that *word* says."""
        place = await self.place(word)
        if not isinstance(place, Running):
            return place.of(request.id)
        response = await place(request, onward)
        if isinstance(response, Problem) and response.details["code"] == "plugin.out_of_memory":
            self.is_out_of_memory = True
        return response.of(request.id) if isinstance(response, Problem) else response

    async def place(self, word: str) -> Running | Problem:
        """Return the plugin at the place that *word* says; wait a while for an order that has not come yet."""
        if word in self._places:
            return self._places[word]
        with suppress(TimeoutError):
            async with asyncio.timeout(NEWER):
                while word not in self._places:
                    await self._changed.wait()
                return self._places[word]
        return problem(503, "plugin.unavailable", "This route is newer than the process of its plugin.")

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request."""
        self.requests += 1
        self.begun += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self.requests -= 1
            if not self.requests:
                self._quiet.set()

    async def end(self, within: float) -> None:
        """Wait for the end of all requests, no longer than *within* seconds, and stop the plugin."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._quiet.wait()
        await self.adopt({})
