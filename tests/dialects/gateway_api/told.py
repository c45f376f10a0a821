"""Statuses, as short as they can be said."""

from typing import Any

from crossway.dialects.statuses import reported
from dialects.gateway_api.scene import Scene, key


def status(scene: Scene, kind: str, name: str = "web") -> dict[str, Any]:
    """Return the status of an object."""
    told = scene.translator.ask(reported, key(kind, name))
    assert told is not None
    return dict(told.status)


def said(part: dict[str, Any]) -> dict[str, str]:
    """Return the conditions of a status, or of a part of one: the reason of each, after ``not`` if it does not hold."""
    return {
        one["type"]: one["reason"] if one["status"] == "True" else f"not {one['reason']}" for one in part["conditions"]
    }
