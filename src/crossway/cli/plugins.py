"""``crossway plugins``: what plugins are, where they run, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crossway.cli.kinds import local
from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import Listing, answer_json, answer_table, is_narrow, say

WIDE: Final = (
    *("plugin", "routes", "hooks", "isolation", "calls", "errors", "timeouts", "us per call", "cpu us per call"),
    *("share of a core", "state"),
)
NARROW: Final = ("plugin", "calls", "errors", "us per call", "cpu us per call", "share of a core", "state")
_MICROSECONDS: Final = 1e6


def plugins(
    *,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the plugins: where they run, and what each has cost since the proxy on this machine started.

    Every other proxy says its own cost under `/metrics` of its admin address, as `crossway_plugin_calls_total` and so
    on.

    Parameters
    ----------
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        found: Sequence[Plain] = asked.ask("/v1/plugins")["items"]
    if format == "json":
        answer_json(found)
        return
    heads = NARROW if is_narrow() else WIDE
    answer_table(heads, [[row[head] for head in heads] for row in map(_row, found)])
    for plugin in found:
        if trouble := plugin["problem"] or plugin["pending"]:
            what = "cannot run" if plugin["problem"] else "has newer code that cannot run"
            say(f"plugin {_name(plugin)} {what}: {trouble}")


def _row(plugin: Plain) -> dict[str, str]:
    return {
        "plugin": _name(plugin),
        "routes": ",".join(plugin["routes"]),
        "hooks": ",".join(plugin["hooks"]),
        "isolation": plugin["isolation"],
        **dict.fromkeys(WIDE[4:-1], ""),
        **(_cost(plugin["cost"]) if plugin["cost"] else {}),
        "state": "broken" if plugin["problem"] else "pending" if plugin["pending"] else "ready",
    }


def _cost(cost: Plain) -> dict[str, str]:
    calls = max(cost["calls"], 1)
    return {
        "calls": str(cost["calls"]),
        "errors": str(cost["errors"]),
        "timeouts": str(cost["timeouts"]),
        "us per call": f"{cost['seconds'] / calls * _MICROSECONDS:.0f}",
        "cpu us per call": f"{cost['cpu_seconds'] / calls * _MICROSECONDS:.0f}",
        "share of a core": f"{cost['cpu_seconds'] / max(cost['uptime_seconds'], 1):.2%}",
    }


def _name(plugin: Plain) -> str:
    return local(plugin["namespace"], plugin["name"])
