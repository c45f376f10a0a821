"""The texts of resources: from the settings that a request brings to what a store keeps, and back."""

from __future__ import annotations

import re
from typing import Final

from crossway.dialects.native.render import render_yaml
from crossway.model import REDACTED

_LINE: Final = re.compile(r"^(?=[^\n])", re.MULTILINE)


def text_around(name: str, settings: str) -> str:
    """Return the text of a resource whose settings are the YAML document *settings*, comments and all."""
    return f"  {name}:\n" + _LINE.sub("    ", settings if settings.endswith("\n") else f"{settings}\n")


def settings_text(value: object) -> str:
    """Return settings without secrets as a YAML document; `None` are those that cannot be read."""
    return render_yaml(REDACTED if value is None else value)
