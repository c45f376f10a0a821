"""Patience: an address from which many wrong tokens come is not listened to for a while."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MISTAKES: Final = 20
"""Wrong tokens within `WINDOW` that are answered as such."""
WINDOW: Final = 60.0
MOST: Final = 4096
"""Addresses that are remembered; beyond it, the one that was quiet for longest is forgotten."""


class Throttle:
    """Counts the wrong tokens of each address. A window begins with the first of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wrong(self, address: str) -> int:
        """Count a wrong token; return for how many seconds no other is looked at, 0 as long as it is no trouble."""
        now = self._clock()
        began, count = self._counts.pop(address, (now, 0))
        if now - began >= WINDOW:
            began, count = now, 0
        self._counts[address] = (began, count + 1)
        if len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return math.ceil(began + WINDOW - now) if count >= MISTAKES else 0
