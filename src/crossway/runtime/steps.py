"""The kinds of steps, and what makes the handler of each.

Each is imported when a program needs it: what nobody uses takes no memory in the proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
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


def _plugin(step: Step, entry: Entry, tools: Tools, codes: Mapping[str, Code]) -> Handler:
    from crossway.runtime.plugins import plugin
    from crossway.runtime.watchdog import lane

    lane(asyncio.get_running_loop())  # which its own `__init__` may hold
    return plugin(json.decode(step.settings, type=PluginStep), entry.about, tools, codes)


def _process(step: Step, entry: Entry, _: Tools, __: Mapping[str, Code]) -> Handler:
    from crossway.runtime.process.isolated import isolated

    return isolated(step, entry)


def _bridge(module: str, step: Step, entry: Entry, tools: Tools, _: Mapping[str, Code]) -> Handler:
    make: Callable[[bytes, str, Tools], Handler] = import_module(module).make
    return make(bytes(step.settings), entry.about, tools)


BRIDGES: Final[Mapping[str, str]] = {
    "compose": "crossway.runtime.composing",
    "connect": "crossway.runtime.transcoding.connect",
    "download": "crossway.runtime.transferring.download",
    "dubbo_backend": "crossway.runtime.dubbo",
    "graphql": "crossway.runtime.graphql.endpoint",
    "graphql_backend": "crossway.runtime.graphql.backend",
    "graphql_limits": "crossway.runtime.graphql.limiting",
    "grpc": "crossway.runtime.transcoding.rest",
    "json_rpc": "crossway.runtime.procedures.json_rpc",
    "odata": "crossway.runtime.odata",
    "odata_limits": "crossway.runtime.odata.limiting",
    "rpc_backend": "crossway.runtime.procedures.backend",
    "soap": "crossway.runtime.soap.endpoint",
    "soap_backend": "crossway.runtime.soap.backend",
    "split": "crossway.runtime.transferring.split",
    "transform": "crossway.runtime.converting",
    "upload": "crossway.runtime.uploading",
    "waf": "crossway.runtime.waf",
    "websocket_api": "crossway.runtime.websocket_api",
    "websocket_push": "crossway.runtime.websocket_api.push",
    "xml_rpc": "crossway.runtime.procedures.xml_rpc",
}
"""The kinds that need no more than their settings, and the module of each: its `make` is given the settings as JSON,
the route as people call it, and tools."""
FACTORIES: Final[Mapping[str, Factory]] = {
    "cache": _cache,
    "plugin": _plugin,
    PROCESS: _process,
    SERVER: _process,
    **{kind: partial(_bridge, module) for kind, module in BRIDGES.items()},
}
"""What makes the handler of each kind of step."""
MODULES: Final[Mapping[str, str]] = {
    "cache": "crossway.runtime.caching",
    "plugin": "crossway.runtime.plugins",
    PROCESS: "crossway.runtime.process.isolated",
    SERVER: "crossway.runtime.process.isolated",
    **BRIDGES,
}
"""Where each kind stands, to be imported before a loop has to do that while requests wait."""
APART: Final = frozenset({PROCESS, SERVER})
"""The kinds that run in processes of their own."""
