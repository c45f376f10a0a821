"""Watching what a change touched: whether the requests of its routes fail more than they may.

The proxies count the touched routes one by one from the push of the change on, and what they had counted of them before
does not matter. A share of failures says nothing before
there are some requests, so a few are waited for; a change without traffic stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from crossway.admin.desk import Guard
from crossway.fleet.envoy_admin import RouteCount

Counts = Callable[[], Awaitable[Mapping[str, RouteCount]]]
"""Returns what the proxies have counted of watched routes, by the name of the Envoy route."""
FEWEST: Final = 20
"""Requests before a share of them means anything."""
PAUSE: Final = 0.5
"""Seconds between two looks."""


async def watch(counts: Counts, guard: Guard, say: Callable[[str], None]) -> str | None:
    """Watch for the window of *guard*; return what went wrong, or `None` if nothing did."""
    loop = asyncio.get_running_loop()
    until = loop.time() + guard.window.total_seconds()
    told = ""
    say(f"the touched routes are watched for {guard.window.total_seconds():g} s: at most {guard.errors:g}% may fail")
    before = _sum(await counts())
    while True:
        now = _sum(await counts())
        # A proxy that was started anew counts from nothing.
        requests, failed = max(0, now.requests - before.requests), max(0, now.failed - before.failed)
        text = f"{failed:,} of {requests:,} requests failed"
        if requests >= FEWEST and 100 * failed > guard.errors * requests:
            return f"{text}, which is more than {guard.errors:g}%"
        if text != told:
            say(text)
            told = text
        if loop.time() >= until:
            return None
        await asyncio.sleep(min(PAUSE, max(0.0, until - loop.time())))


def _sum(counts: Mapping[str, RouteCount]) -> RouteCount:
    return RouteCount(sum(one.requests for one in counts.values()), sum(one.failed for one in counts.values()))
