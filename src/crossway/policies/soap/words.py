"""Fields in words, `{id: string, lines: "integer[]"}`, as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "number", "format": "decimal"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "binary": {"type": "string", "format": "byte"},
}


def schema(fields: Mapping[str, object]) -> dict[str, object]:
    """Return the schema of an object with *fields*; raise `ValueError` for a word that means nothing."""
    properties: dict[str, object] = {}
    required: list[str] = []
    for name, said in fields.items():
        properties[name], needed = _field(said, name)
        if needed:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _field(said: object, name: str) -> tuple[Mapping[str, object], bool]:
    if isinstance(said, list | tuple) and len(said) == 1:
        return {"type": "array", "items": _field(said[0], name)[0]}, False
    if isinstance(said, Mapping):
        return schema(said), True
    if not isinstance(said, str):
        raise ValueError(f"{name} is neither a word nor fields")
    word, needed = said.removesuffix("?"), not said.endswith("?")
    inner = word.removesuffix("[]")
    if inner not in WORDS:
        raise ValueError(f"{said!r} of {name} is none of: {', '.join(WORDS)}, with ? or [] behind it if need be")
    made = WORDS[inner]
    return ({"type": "array", "items": made}, False) if word.endswith("[]") else (made, needed)
