"""The texts of resources: from settings to what a store keeps, and back to what may be shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import yaml

from crossway.model import REDACTED
from crossway.model.revision import Row

DEEPEST: Final = 64
"""Levels of mappings and lists in the settings of a resource."""
_LINE: Final = re.compile(r"^(?=[^\n])", re.MULTILINE)


class _Dumper(yaml.CSafeDumper):
    """Writes each value out, even where an object stands twice: `&id001` helps nobody."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


# A text that YAML 1.2 takes for a number stands in quotes, whatever YAML 1.1 takes it for.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z"),
    list("-+.0123456789"),
)


def text_of(name: str, settings: object) -> str:
    """Return the text of a resource: its name, a colon and its settings."""
    return _dump({name: settings})


def text_around(name: str, yaml_text: str) -> str:
    """Return the text of a resource whose settings are the document *yaml_text*, comments and all."""
    return f"{name}:\n" + _LINE.sub("  ", yaml_text if yaml_text.endswith("\n") else f"{yaml_text}\n")


def settings_text(value: object) -> str:
    """Return settings without secrets as a YAML document; `None` are those that cannot be read."""
    return f"{REDACTED}\n" if value is None else _dump(value)


def shown(row: Row, value: object) -> str:
    """Return the text of a resource as it may be shown, where *value* are its settings without secrets.

    The text itself where nothing in it is secret; else what its settings say. Of a text that cannot be read nobody
    knows what is secret in it, so nothing of it is shown.
    """
    if value is None:
        return f"{row.ref.name}: {REDACTED}\n"
    return text_of(row.ref.name, value) if _has_secrets(value) else row.text


def depth(value: object) -> int:
    """Return how many levels of mappings and lists are in *value*, at most one more than `DEEPEST`."""
    level, layer = 0, [value]
    while layer and level <= DEEPEST:
        inner = [item for item in layer if isinstance(item, Mapping | list)]
        level += bool(inner)
        layer = [deeper for item in inner for deeper in (item.values() if isinstance(item, Mapping) else item)]
        if not inner:
            break
    return level


def _has_secrets(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_secrets, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_secrets, value))
    return isinstance(value, str) and REDACTED in value


def _dump(value: object) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text
