"""Types of Python for what a JSON Schema takes: whoever writes settings in Python is told by the editor what fits."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_SCALARS: Mapping[str, str] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
}


class Types:
    """The types of one schema. Objects with fields become a `TypedDict` each, whose names begin with *prefix*."""

    def __init__(self, prefix: str, definitions: Mapping[str, Schema]) -> None:
        self._prefix = prefix
        self._definitions = definitions
        self._names: dict[str, str] = {}
        self._pending: set[str] = set()
        self._recursive: set[str] = set()
        self.written: dict[str, str] = {}
        """The `TypedDict` definitions so far, by name."""

    def of(self, schema: Schema | bool, name: str) -> str:
        """Return the type of what *schema* takes; *name* is for a type that has none yet."""
        if isinstance(schema, bool):
            return "object"
        match schema:
            case {"$ref": str(reference)}:
                return self._defined(reference.rpartition("/")[2])
            case {"const": value}:
                return f"Literal[{getattr(value, 'value', value)!r}]"
            case {"enum": list(values)}:
                return f"Literal[{', '.join(repr(getattr(value, 'value', value)) for value in values)}]"
            case {"anyOf": list(some)} | {"oneOf": list(some)}:
                return _union(self.of(one, name) for one in some)
            case {"type": list(kinds)}:
                return _union(self.of({**schema, "type": kind}, name) for kind in kinds)
            case {"type": "array"}:
                return f"Sequence[{self.of(schema.get('items', True), name)}]"
            case {"type": "object", "properties": dict(fields)}:
                return self._object(name, fields, schema.get("required", ()))
            case {"type": "object"}:
                value = schema.get("additionalProperties") or schema.get("patternProperties", {"": True}).popitem()[1]
                return f"Mapping[str, {self.of(value, name)}]"
            case {"type": str(kind)}:
                return _SCALARS[kind]
        return "object"

    def _defined(self, reference: str) -> str:
        if reference not in self._definitions:
            return "Mapping[str, object]"
        if reference in self._pending:  # it speaks of itself: then it needs a name
            self._recursive.add(reference)
            return f"{self._prefix}{reference}"
        if reference not in self._names:
            self._pending.add(reference)
            found = self._names[reference] = self.of(self._definitions[reference], reference)
            self._pending.discard(reference)
            name = f"{self._prefix}{reference}"
            if reference in self._recursive and name not in self.written:
                self.written[name] = f"{name}: TypeAlias = {found}\n"
        return self._names[reference]

    def _object(self, name: str, fields: Mapping[str, Schema], required: Iterable[str]) -> str:
        full = f"{self._prefix}{name[:1].upper()}{name[1:]}"
        if full not in self.written:
            self.written[full] = ""
            items = {field: self.of(schema, f"{name}{camel(field)}") for field, schema in fields.items()}
            wrapped = {field: kind if field in required else f"NotRequired[{kind}]" for field, kind in items.items()}
            if all(field.isidentifier() and not keyword.iskeyword(field) for field in fields):
                lines = "".join(f"    {field}: {kind}\n" for field, kind in wrapped.items())
                self.written[full] = f"class {full}(TypedDict):\n{lines or '    ...'}"
            else:
                lines = ", ".join(f"{field!r}: {kind}" for field, kind in wrapped.items())
                self.written[full] = f"{full} = TypedDict({full!r}, {{{lines}}})\n"
        return full


def _union(types: Iterable[str]) -> str:
    parts = list(dict.fromkeys(part for kind in types for part in _parts(kind)))
    return "object" if "object" in parts else " | ".join(sorted(parts, key=lambda part: part == "None"))


def _parts(union: str) -> Iterator[str]:
    """Yield what stands between the bars of *union* that are in no brackets."""
    depth, start = 0, 0
    for index, sign in enumerate(union):
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            yield union[start:index].strip()
            start = index + 1
    yield union[start:].strip()


def camel(name: str) -> str:
    """Return *name* as the name of a class: `rate_limit` as `RateLimit`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))
