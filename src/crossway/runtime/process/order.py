"""What a proxy and the process of a plugin say to each other, beside requests: lines of JSON over pipes.

Law: a process is told everything that it is to do, each time anew and as a whole. So nothing has to be remembered about
what it knows already, and one that is started again knows the same as the one before.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from crossway.compile.program import Code, PluginStep

READY: Final = b"ready"
"""Said by the process once it answers."""
RETIRING: Final = b"retiring"
"""Said by the process when another one should take its place: it goes on until it is told to end."""
BEAT: Final = 1.0
"""Seconds from one report of the process to the next."""
LEAVING: Final = 30.0
"""Seconds that requests have to come to their end once their process is to go."""


class Run(Struct, frozen=True):
    """A plugin at one place of one route."""

    settings: PluginStep
    about: str
    """The route, as findings name it."""
    cluster: str
    """The cluster of the inner listener, through which services are called."""


class Order(Struct, frozen=True):
    """What one process is to do."""

    code: Code
    memory: int
    """How many bytes it may take, beyond what it has before it loads the code."""
    cpu_time: float
    """How many seconds of CPU it may take for each request."""
    serves: bool
    """Whether the proxy itself forwards requests to it."""
    parent: int
    """The process that it may not outlive."""
    runs: dict[str, Run]
    """What it does, by the words that requests bring."""

    @property
    def name(self) -> str:
        """What people call the plugin."""
        return next((run.settings.name for run in self.runs.values()), self.code.name)


class Report(Struct, frozen=True):
    """What the plugin of a process has cost since it was started."""

    calls: int
    errors: int
    timeouts: int
    seconds: float
    cpu: float
