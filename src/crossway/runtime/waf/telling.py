"""What rules have found, told to the log of the proxy: by rule and by the name of the parameter, without any value."""

from __future__ import annotations

import sys
import time
from typing import Final

from msgspec import json

from crossway.compile.modsecurity import Verdict

MOST: Final = 1000
"""How many lines are written in a second. Whoever attacks must not fill the disk."""
MOST_MATCHES: Final = 50
"""How many matches one line tells of."""


class _Lines:
    """The lines of this second, and those that were left out since the last one."""

    second = 0
    written = 0
    untold = 0


def tell(about: str, request_id: str, verdict: Verdict, blocks: bool, *, of_answer: bool = False) -> None:
    """Write what *verdict* says of a request on the route *about*, as one line of JSON."""
    second = int(time.monotonic())
    if second != _Lines.second:
        _Lines.second, _Lines.written = second, 0
    if _Lines.written >= MOST:
        _Lines.untold += 1
        return
    _Lines.written += 1
    matches = [
        {"rule": one.rule, "severity": one.severity, "target": one.target, "tags": list(one.tags)}
        for one in verdict.matches[:MOST_MATCHES]
    ]
    action = "blocked" if verdict.status else "matched" if blocks else "detected"
    said: dict[str, object] = {"waf": action, "route": about, "request_id": request_id, "matches": matches}
    if of_answer:
        said["of"] = "response"
    if len(verdict.matches) > MOST_MATCHES:
        said["more_matches"] = len(verdict.matches) - MOST_MATCHES
    if _Lines.untold:
        said["untold"], _Lines.untold = _Lines.untold, 0
    print(json.encode(said).decode(), file=sys.stderr, flush=True)  # noqa: T201  # the log of the proxy
