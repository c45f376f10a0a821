"""The lab: what every measurement is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.backend import Backend
from bench.packages import Packages, Program


@dataclass(frozen=True, slots=True)
class Lab:
    """One run of the benchmarks."""

    directory: Path
    """A directory of our own, gone after the run."""
    packages: Packages
    wrk: Program | None
    """The load generator, where it can be had."""
    backend: Backend
    quick: bool
    """Leave out what takes long, and repeat less."""

    def times(self, full: int, quick: int) -> int:
        """Return how often to repeat."""
        return quick if self.quick else full
