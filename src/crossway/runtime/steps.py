"""The kinds of steps, and what makes the handler of each.

Each is imported when a program needs it: what nobody uses takes no memory in the proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import json

from crossway.compile.program import PROCESS, SERVER, Code, Entry, PluginStep, Step
from crossway.runtime.handler import Handler, Tools

Factory = Callable[[Step, Entry, Tools, Mapping[str, Code]], Handler]
"""Makes the handler of one step; `UserError` if it cannot run."""


def _cache(step: Step, entry: Entry, tools: Tools, _: Mapping[str, Code]) -> Handler:
    from crossway.model.caching import Cache
    from crossway.runtime.caching import cache, memory_here

    return cache(Cache.model_validate_json(bytes(step.settings)), entry.about, tools, memory_here())


def _compose(step: Step, entry: Entry, tools: Tools, _: Mapping[str, Code]) -> Handler:
    from crossway.model.composition import Composition
    from crossway.runtime.composing import compose

    return compose(Composition.model_validate_json(bytes(step.settings)), entry.about, tools)


def _plugin(step: Step, entry: Entry, tools: Tools, codes: Mapping[str, Code]) -> Handler:
    from crossway.runtime.plugins import plugin
    from crossway.runtime.watchdog import lane

    lane(asyncio.get_running_loop())  # which its own `__init__` may hold
    return plugin(json.decode(step.settings, type=PluginStep), entry.about, tools, codes)


def _process(step: Step, entry: Entry, _: Tools, __: Mapping[str, Code]) -> Handler:
    from crossway.runtime.process.isolated import isolated

    return isolated(step, entry)


def _transform(step: Step, entry: Entry, tools: Tools, _: Mapping[str, Code]) -> Handler:
    from crossway.model.transformation import Transform
    from crossway.runtime.converting import transform

    return transform(Transform.model_validate_json(bytes(step.settings)), entry.about, tools)


FACTORIES: Final[Mapping[str, Factory]] = {
    "cache": _cache,
    "compose": _compose,
    "plugin": _plugin,
    PROCESS: _process,
    SERVER: _process,
    "transform": _transform,
}
"""What makes the handler of each kind of step."""
MODULES: Final[Mapping[str, str]] = {
    "cache": "crossway.runtime.caching",
    "compose": "crossway.runtime.composing",
    "plugin": "crossway.runtime.plugins",
    PROCESS: "crossway.runtime.process.isolated",
    SERVER: "crossway.runtime.process.isolated",
    "transform": "crossway.runtime.converting",
}
"""Where each kind stands, to be imported before a loop has to do that while requests wait."""
APART: Final = frozenset({PROCESS, SERVER})
"""The kinds that run in processes of their own."""
