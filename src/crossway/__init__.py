"""Crossway: one control plane for the API gateway and the service mesh, with Envoy as its proxy."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

__version__ = "0.1.0"

EXPORTS: Final[Mapping[str, str]] = {
    "Context": "crossway.sdk.context",
    "Crossway": "crossway.sdk.app",
    "Head": "crossway.sdk.plugin",
    "Headers": "crossway.sdk.http",
    "Next": "crossway.sdk.plugin",
    "Plugin": "crossway.sdk.plugin",
    "Request": "crossway.sdk.http",
    "Response": "crossway.sdk.http",
    "Service": "crossway.sdk.service",
    "WebSocket": "crossway.sdk.websocket",
    "WebSocketClosed": "crossway.sdk.websocket",
    "current": "crossway.sdk.context",
    "plugin": "crossway.sdk.plugin",
}
"""What apps and plugins import from here, and the module in which it is. Policies come from `crossway.sdk.policies`."""


def __getattr__(name: str) -> object:
    """Return what is exported as *name*, imported when it is asked for: the command line needs none of it."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(EXPORTS.get(name, "crossway.sdk.policies")), name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def __dir__() -> list[str]:
    return [*globals(), *EXPORTS, *import_module("crossway.sdk._known").POLICIES]
