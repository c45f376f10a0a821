"""Rules in the proxy: loaded once, whatever number of routes and loops has the same."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final
from weakref import WeakValueDictionary

from crossway.compile.modsecurity import Rules, RulesError

AGAIN_AFTER: Final = 10.0
"""Seconds after which rules that could not be loaded are tried again: their files may be there by then."""

_lock: Final = threading.Lock()
_loaded: Final[WeakValueDictionary[str, Rules]] = WeakValueDictionary()
_failed: Final[dict[str, float]] = {}
"""When each text could not be loaded last."""


def rules_of(text: str, about: str) -> Rules:
    """Return the rules that *text* says; `RulesError` while they cannot be loaded, which the log of the proxy tells."""
    with _lock:
        found = _loaded.get(text)
        if found is not None:
            return found
        if time.monotonic() - _failed.get(text, -AGAIN_AFTER) < AGAIN_AFTER:
            raise RulesError("they could not be loaded")
        try:
            found = Rules(text)
        except RulesError as error:
            _failed[text] = time.monotonic()
            print(f"waf of {about}: the rules cannot be loaded: {error}", file=sys.stderr)  # noqa: T201
            raise
        _failed.pop(text, None)
        _loaded[text] = found
        return found
