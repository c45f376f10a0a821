"""What is wrong at one place, said in the log of the proxy: once in a while, however many requests it is wrong for."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Final

EVERY: Final = 60.0
"""Seconds within which one place is told of once."""
MOST_PLACES: Final = 1000
"""Places that are remembered."""
_told: Final[dict[Hashable, float]] = {}
"""When each place was told of last."""


def is_due(place: Hashable, clock: Callable[[], float] = time.monotonic) -> bool:
    """Return whether *place* is to be told of now; whoever asks does so."""
    now = clock()
    if now - _told.get(place, -EVERY) < EVERY:
        return False
    if len(_told) >= MOST_PLACES:
        _told.clear()
    _told[place] = now
    return True
