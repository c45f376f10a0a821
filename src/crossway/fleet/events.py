"""What happens to a supervised Envoy, as values: the supervisor tells, its caller decides what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """A process runs; it serves nothing yet."""

    pid: int


@dataclass(frozen=True, slots=True)
class Ready:
    """It has its first configuration and serves."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class Crashed:
    """It ended without being asked to."""

    exit: int
    """The exit status; the negative number of the signal that ended it, as in `subprocess`."""
    last_words: tuple[str, ...]
    """The lines it wrote last that tell why: the critical ones first, at most twenty."""


@dataclass(frozen=True, slots=True)
class Restarting:
    """It will be started again."""

    in_seconds: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """It ended because we asked it to. Nothing follows."""


Event = Started | Ready | Crashed | Restarting | Stopped
