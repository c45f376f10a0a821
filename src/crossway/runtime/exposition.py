"""What plugins cost, as metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crossway.runtime.meters import METERS, Meter
from crossway.sdk.http import Request, Response

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SERIES: Final[tuple[tuple[str, str, Callable[[Meter], float]], ...]] = (
    ("crossway_plugin_calls_total", "Hooks of plugins that were run.", lambda meter: meter.calls),
    ("crossway_plugin_errors_total", "Hooks that raised, or returned what is no answer.", lambda meter: meter.errors),
    ("crossway_plugin_timeouts_total", "Hooks that took longer than they may.", lambda meter: meter.timeouts),
    (
        "crossway_plugin_seconds_total",
        "How long hooks took, without what they waited for others.",
        lambda meter: meter.seconds,
    ),
    ("crossway_plugin_cpu_seconds_total", "How much CPU hooks took themselves.", lambda meter: meter.cpu),
)
"""The series of each plugin: their names, what they count, and where that stands."""


def page() -> str:
    """Return the meters of this process in the Prometheus text format, version 0.0.4."""
    lines: list[str] = []
    meters = METERS.items()
    for name, text, of in SERIES:
        lines += [f"# HELP {name} {text}", f"# TYPE {name} counter"]
        lines += [f'{name}{{plugin="{plugin}"}} {of(meter)}' for plugin, meter in meters]
    return "\n".join(lines) + "\n"


async def metrics(_: Request) -> Response:
    """Answer with the page."""
    return Response(200, {"content-type": CONTENT_TYPE}, page())
