"""Guessing passwords: after some failures, a name cannot be tried for a while."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final

MOST: Final = 10
WHILE: Final = timedelta(minutes=5)
NAMES: Final = 10_000
"""How many names are remembered. Of more, the one whose first failure is the oldest is forgotten."""


class Throttle:
    """Counts failures, each name apart, in this process."""

    def __init__(self) -> None:
        self._failures: dict[Hashable, tuple[int, datetime]] = {}

    def is_closed(self, name: Hashable, now: datetime) -> bool:
        """Return whether *name* has to wait."""
        count, since = self._failures.get(name, (0, now))
        return count >= MOST and now < since + WHILE

    def failed(self, name: Hashable, now: datetime) -> None:
        """Count a failure."""
        count, since = self._failures.pop(name, (0, now))
        if now >= since + WHILE:
            count, since = 0, now
        if len(self._failures) >= NAMES:
            del self._failures[next(iter(self._failures))]
        self._failures[name] = count + 1, since
