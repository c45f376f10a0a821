"""Where the proxy enters: it asks this module for `app`, which answers requests, and for programs, by what they say.

A program arrives as the settings of a filter, which nobody switches on: their attribute of this module is the program
itself. One that cannot be read is refused with them. The filter that answers requests stays as it is meanwhile, and so
do its thread, its loop, and what handlers keep there.

Law: a handler lives in one loop. Each listener of the proxy has one, so each has handlers of its own.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from crossway.compile.program import METRICS, WORD, Program, decode
from crossway.runtime import ways
from crossway.runtime.exposition import metrics
from crossway.runtime.handler import Next
from crossway.runtime.mounting import Application
from crossway.runtime.programs import Ready, build, end, obey, prepare, retire, toolbox
from crossway.runtime.serving import Receive, Scope, Sending, serve

_WORD: Final = WORD.encode()


@dataclass(slots=True)
class _Taken:
    """A program that was taken in."""

    text: str
    program: Program
    since: float
    """When it came, in seconds since 1970."""
    until: float = math.inf
    """When another one came in its place."""


_programs: Final[deque[_Taken]] = deque(maxlen=2)
"""The newest program, behind the last one with other entries: routes name those until they are replaced too."""


class _Here(threading.local):
    """What one loop, in its thread, has of the programs."""

    def __init__(self) -> None:
        self.newest: _Taken | None = None
        """The newest program that it has taken over."""
        self.answers: dict[str, Next] = {METRICS: metrics}
        self.ready: dict[str, Ready] = {}
        self.tools = toolbox()

    def take_over(self) -> None:
        """Take over the newest program: what its entries have in common with the one before stays."""
        programs = list(_programs)
        before, newest = self.newest, programs[-1]
        known, self.ready = self.ready, build([one.program for one in programs], self.ready, self.tools, ways.send)
        self.answers = {METRICS: metrics} | {name: one.answer for name, one in self.ready.items()}
        # A listener may have slept through many: what was purged meanwhile is known for a while only.
        obey(newest.program.purges, newest.since, before.until if before is not None else newest.since)
        self.newest = newest
        retire(known[gone] for gone in known.keys() - self.ready.keys())

    def raw(self, scope: Scope) -> Application | None:
        """Return what answers a request as it comes, where its route asks for such a thing."""
        for name, value in reversed(scope["headers"]):  # the proxy adds its own ones at the end
            if name == _WORD:
                found = self.ready.get(value.decode("latin-1"))
                return found.raw if found is not None else None
        return None

    async def close(self) -> None:
        """Let go of everything: no request comes any more."""
        await end(self.ready.values())
        await self.tools.close()


_here: Final = _Here()


async def app(scope: Scope, receive: Receive, sending: Sending) -> None:
    """Answer one request, or live through the start and the end of a listener (ASGI 3)."""
    if scope["type"] == "http":
        here = _here
        if _programs and here.newest is not _programs[-1]:
            here.take_over()
        raw = here.raw(scope)
        if raw is not None:
            await raw(scope, receive, sending)
        else:
            await serve(here.answers, scope, receive, sending)
    elif scope["type"] == "lifespan":
        await idle(scope, receive, sending)
        await _here.close()


async def idle(scope: Scope, receive: Receive, sending: Sending) -> None:
    """Live through the start and the end of a filter that is never asked anything."""
    if scope["type"] == "lifespan":
        await receive()
        await sending({"type": "lifespan.startup.complete"})
        await receive()
        await sending({"type": "lifespan.shutdown.complete"})


def __getattr__(name: str) -> object:
    """Take in the program that *name* says; return an application for the filter that brought it."""
    if name.startswith("_"):
        raise AttributeError(name)
    newest = _programs[-1] if _programs else None
    if newest is None or newest.text != name:  # each listener of the proxy brings it
        taken = _Taken(name, decode(name), time.time())
        if newest is not None and newest.program.entries.keys() == taken.program.entries.keys():
            _programs[-1] = taken  # it has other purges: what routes may still name has to stay behind it
        else:
            prepare(taken.program, [known.program for known in _programs])
            _programs.append(taken)
        if newest is not None:
            newest.until = taken.since
    return idle
