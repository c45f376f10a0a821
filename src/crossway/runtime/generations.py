"""The programs of one proxy, one generation after the other.

Law: what a route names is there. Routes follow their program: often within milliseconds, but a service that they lead
to may have to get ready first, and one program may come after the other meanwhile. So the entries of a program stay for
a while after another one has come in its place; and when the last one goes, no route is left that names any.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from crossway.compile.program import Program, decode
from crossway.runtime.programs import hold, prepare

NAMED: Final = 30.0
"""Seconds for which routes may still name the entries of a program that another one was sent for. The control plane
waits for half of that, at most, before it sends the routes."""
MOST: Final = 64
"""Programs at most, of those that come in such a time; the oldest goes before its time. On a machine that has too much
to do, a request may be behind by as many as come within some seconds."""


@dataclass(slots=True, eq=False)
class Generation:
    """A program that was taken in."""

    program: Program
    since: float
    """When it came, in seconds since 1970."""
    until: float = math.inf
    """When another one came in its place."""
    brought: int = 1
    """How many filters have brought it, and still stand."""


class Generations:
    """All programs that routes may name entries of. It may be used in any thread."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.all: tuple[Generation, ...] = ()
        """The newest is the last; another tuple each time that something changes."""
        self._clock = clock
        self._text = ""
        self._lock = threading.Lock()

    def take_in(self, text: str) -> Generation:
        """Return the program that *text* says, which is the newest from now on; it is loaded."""
        with self._lock:
            newest = self.all[-1] if self.all else None
            if newest is not None and text == self._text:
                newest.brought += 1
                return newest
            taken = Generation(self._sharing(decode(text)), self._clock())
            before = self.all
            if newest is not None and newest.program.entries.keys() == taken.program.entries.keys():
                before = before[:-1]  # the new one has other purges
            else:
                prepare(taken.program)
            if newest is not None:
                newest.until = taken.since
            self._text = text
            self._keep((*before, taken))
            return taken

    def let_go(self, generation: Generation) -> None:
        """Take note that a filter which brought *generation* is gone; without the last one, no program is left."""
        with self._lock:
            generation.brought -= 1
            if not generation.brought and self.all and self.all[-1] is generation:
                self._keep(())

    def forget(self) -> None:
        """Forget the programs that no route names any more."""
        with self._lock:
            self._keep(self.all)

    def _keep(self, generations: tuple[Generation, ...]) -> None:
        """Keep those of *generations* that routes may name."""
        now = self._clock()
        before, kept = self.all, tuple(one for one in generations[-MOST:] if now < one.until + NAMED)
        if kept == before:
            return
        self.all = kept
        if [one.program.entries for one in kept] != [one.program.entries for one in before]:
            hold([one.program for one in kept])

    def _sharing(self, program: Program) -> Program:
        """Return *program* with the very entries and codes of the one before, where it has the same."""
        before = self.all[-1].program if self.all else Program()
        return replace(
            program,
            entries={name: before.entries.get(name, entry) for name, entry in program.entries.items()},
            codes={name: before.codes.get(name, code) for name, code in program.codes.items()},
        )
