"""What plugins cost, asked of the proxy beside the control plane, and which routes run them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from msgspec import json

from crossway.admin.desk import Cost
from crossway.compile.envoy import python
from crossway.compile.envoy.extensions import BY_NEED
from crossway.compile.program import RUNS, Entry, PluginStep
from crossway.memo import Read
from crossway.model import DEFAULT_NAMESPACE, Ref

Costs = Callable[[], Awaitable[Mapping[Ref, Cost]]]
"""Returns what plugins have cost, those that were ever run."""

_SERIES: Final = re.compile(rb'^crossway_plugin_(?P<word>\w+)_total{plugin="(?P<plugin>[^"]+)"} (?P<value>\S+)$', re.M)


async def no_costs() -> Mapping[Ref, Cost]:
    """Return nothing: there is no proxy beside the control plane."""
    return {}


def read_costs(page: bytes, uptime: float) -> Mapping[Ref, Cost]:
    """Return what plugins have cost by the metrics *page* of a proxy that runs for *uptime* seconds."""
    found: defaultdict[Ref, dict[str, float]] = defaultdict(dict)
    for line in _SERIES.finditer(page):
        found[_ref("plugins", line["plugin"].decode())][line["word"].decode()] = float(line["value"])
    return {ref: _cost(told, uptime) for ref, told in found.items()}


def _cost(told: Mapping[str, float], uptime: float) -> Cost:
    calls, errors, timeouts = (int(told.get(word, 0)) for word in ("calls", "errors", "timeouts"))
    return Cost(calls, errors, timeouts, told.get("seconds", 0.0), told.get("cpu_seconds", 0.0), uptime)


def routes_by_plugin(read: Read) -> Mapping[Ref, tuple[Ref, ...]]:
    """Return for each plugin that runs somewhere the routes that run it, in ascending order."""
    found: defaultdict[Ref, set[Ref]] = defaultdict(set)
    needs = {need.content for _, need in read.groups(BY_NEED) if need.filter == python.FILTER and need.content}
    for entry in (json.decode(content, type=Entry) for content in needs):
        for name in _plugins(entry):
            found[_ref("plugins", name)].add(_ref(*entry.about.split(".", 1)))
    return {plugin: tuple(sorted(routes)) for plugin, routes in found.items()}


def _plugins(entry: Entry) -> Iterable[str]:
    return (json.decode(step.settings, type=PluginStep).name for step in entry.steps if step.kind in RUNS)


def _ref(kind: str, local: str) -> Ref:
    return Ref.parse(kind, local, DEFAULT_NAMESPACE)
