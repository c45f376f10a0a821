"""What plugins cost: counted by name, in the whole process, for as long as it lives."""

from __future__ import annotations

from typing import Final

MEASURE_EVERY: Final = 0.01
"""Seconds within which the CPU of one run is measured: a look at the clock of a thread takes as long as many a hook."""
CHEAP: Final = 1e-4
"""Seconds that a run takes on average below which not every one is measured."""


class Meter:
    """What one plugin has cost so far, wherever it is attached."""

    __slots__ = ("_measured", "_unmeasured", "calls", "cpu", "errors", "seconds", "timeouts")

    def __init__(self) -> None:
        self.calls = 0
        """How many of its hooks were run."""
        self.errors = 0
        """How many of these raised, or returned what is no answer."""
        self.timeouts = 0
        """How many of these took too long."""
        self.seconds = 0.0
        """How long they took; what they waited for the backend, and for bodies, does not count."""
        self.cpu = 0.0
        """How many seconds of CPU they took themselves."""
        self._measured = -MEASURE_EVERY
        """When a run was measured last."""
        self._unmeasured = 0
        """How many were not, since then."""

    def begin(self, now: float) -> int:
        """Count a run that begins *now*; return for how many its CPU stands, 0 if it is not measured."""
        is_cheap = self.seconds < CHEAP * self.calls
        self.calls += 1
        self._unmeasured += 1
        if is_cheap and now - self._measured < MEASURE_EVERY:
            return 0
        self._measured = now
        stands_for, self._unmeasured = self._unmeasured, 0
        return stands_for


class Meters:
    """The meters of all plugins, by name."""

    def __init__(self) -> None:
        self._meters: dict[str, Meter] = {}

    def of(self, plugin: str) -> Meter:
        """Return the meter of *plugin*: always the same one, so that a new version of it goes on counting."""
        return self._meters.setdefault(plugin, Meter())

    def items(self) -> list[tuple[str, Meter]]:
        """Return all meters, ordered by the name of the plugin."""
        return sorted(self._meters.items())


METERS: Final = Meters()
"""The meters of this process."""
