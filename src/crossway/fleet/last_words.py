"""What a dead Envoy had to say: from all it wrote, the lines that tell why."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 20
TELLING = re.compile(
    r"""\[critical\]|"level":"critical"|Caught\ |terminate\ called|Fatal\ Python|cannot\ start\ Envoy""", re.X
)


def last_words(lines: Sequence[str]) -> tuple[str, ...]:
    """Return at most twenty of *lines*: the critical ones first, then the very last, each in the order written."""
    telling = [line for line in lines if TELLING.search(line)][:MOST]
    others = [line for line in lines if line not in telling]
    return (*telling, *others[len(others) - (MOST - len(telling)) :]) if len(telling) < MOST else tuple(telling)
