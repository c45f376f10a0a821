"""Where the proxy enters: it asks this module for `app`, which answers requests, and for programs, by what they say.

A program arrives as the settings of a filter, which nobody switches on: their attribute of this module is the program
itself. One that cannot be read is refused with them. The filter that answers requests stays as it is meanwhile, and so
do its thread, its loop, and what handlers keep there.

Law: a handler lives in one loop. Each listener of the proxy has one, so each has handlers of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from crossway.compile.program import METRICS, WORD, is_about_heads
from crossway.runtime import heads, socket, trace
from crossway.runtime.exposition import metrics
from crossway.runtime.generations import NAMED, Generation, Generations
from crossway.runtime.handler import Next
from crossway.runtime.mounting import Application
from crossway.runtime.programs import Ready, Send, build, end, obey, retire, toolbox
from crossway.runtime.serving import Receive, Scope, Sending, serve

_WORD: Final = WORD.encode()


_generations: Final = Generations()


class _Here(threading.local):
    """What one loop, in its thread, has of the programs."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.seen: tuple[Generation, ...] = ()
        """The programs that it has taken over."""
        self.answers: dict[str, Next] = {METRICS: metrics}
        self.ready: dict[str, Ready] = {}
        self.tools = toolbox()

    def look(self) -> None:
        """Take over the programs that there are now: what their entries have in common with those before stays."""
        before, now = self.seen, _generations.all
        if before is now:
            return
        self.seen, known = now, self.ready
        self.ready = build([one.program for one in now], known, self.tools, self._send)
        self.answers = {METRICS: metrics} | {name: one.answer for name, one in self.ready.items()}
        if now:
            # A listener may have slept through many: what was purged meanwhile is known for a while only.
            obey(now[-1].program.purges, now[-1].since, before[-1].until if before else now[-1].since)
        retire(known[gone] for gone in known.keys() - self.ready.keys())

    def raw(self, scope: Scope) -> Application | None:
        """Return what answers a request as it comes, where its route asks for such a thing."""
        for name, value in reversed(scope["headers"]):  # the proxy adds its own ones at the end
            if name == _WORD:
                found = self.ready.get(value.decode("latin-1"))
                return found.raw if found is not None else None
        return None

    def answer(self, word: str) -> Next | None:
        """Return what answers the requests of an entry; `None` if there is no such entry."""
        if self.seen is not _generations.all:
            self.look()
        return self.answers.get(word)

    async def close(self) -> None:
        """Let go of everything: no request comes any more."""
        await end(self.ready.values())
        await self.tools.close()


_here: Final = _Here(socket.send)

_asked: Final = _Here(heads.onward)
"""The same in the thread that is asked about heads."""


async def app(scope: Scope, receive: Receive, sending: Sending) -> None:
    """Answer one request, or live through the start and the end of a listener (ASGI 3)."""
    if scope["type"] == "http":
        here = _here
        if here.seen is not _generations.all:
            here.look()
        raw = here.raw(scope)
        scope = trace.continued(scope)
        if raw is not None:
            await raw(scope, receive, sending)
        else:
            await serve(here.answers, scope, receive, sending)
    elif scope["type"] == "lifespan":
        await _live(receive, sending, _here.look, _here.close)


class _Bringing:
    """The application of a filter that brings a program, and is never asked anything."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    async def __call__(self, scope: Scope, receive: Receive, sending: Sending) -> None:
        """Live through the start and the end of the filter."""
        if scope["type"] == "lifespan":
            await _live(receive, sending, _generations.forget, self._end)

    async def _end(self) -> None:
        _generations.let_go(self._generation)


async def _live(
    receive: Receive, sending: Sending, look: Callable[[], None], end: Callable[[], Awaitable[None]]
) -> None:
    """Live through the start and the end of a filter. In between, *look* what has become of the programs."""
    await receive()
    await sending({"type": "lifespan.startup.complete"})
    over = asyncio.ensure_future(receive())
    while not (await asyncio.wait((over,), timeout=NAMED))[0]:
        look()
    await end()
    await sending({"type": "lifespan.shutdown.complete"})


def __getattr__(name: str) -> object:
    """Take in the program that *name* says; return an application for the filter that brought it."""
    if name.startswith("_"):
        raise AttributeError(name)
    taken = _generations.take_in(name)
    if any(map(is_about_heads, taken.program.entries.values())):
        heads.THREAD.begin(_asked.answer, _asked.look)
    return _Bringing(taken)
