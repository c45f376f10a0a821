"""The fields of a part of the model, as tables: what each takes, what holds without it, what it means."""

from __future__ import annotations

import ast
import enum
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BeforeValidator, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from crossway.model import Names, Part, Rate, Secret, format_duration
from crossway.model.expression import Tree
from crossway.model.values import parse_duration, parse_percent, parse_size

_SCALARS: Mapping[object, str] = {parse_duration: "duration", parse_size: "size", parse_percent: "percentage"}
_WORDS: Mapping[object, str] = {
    bool: "`true` or `false`",
    int: "integer",
    float: "number",
    str: "text",
    timedelta: "duration",
    Secret: "secret text",
    Rate: "rate",
    Any: "settings",
    object: "anything",
    JsonValue: "anything",
    Tree: "expression, or a list or an object with expressions",
}
_UNITS: Mapping[str, int] = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "": 1}


def describe(part: type[Part]) -> str:
    """Return the table of *part*, followed by those of the parts and the words in it."""
    sections = [_table(part)]
    for inner in list(_reachable(part))[1:]:
        about = f"{_prose(inspect.cleandoc(inner.__doc__ or ''))}\n\n" if inner.__doc__ else ""
        table = _table(inner) if issubclass(inner, Part) else _words(inner)
        sections.append(f"### {inner.__name__}\n\n{about}{table}")
    return "\n\n".join(section for section in sections if section)


def _reachable(part: type[Part]) -> Iterator[type[Part | enum.Enum]]:
    """Yield *part* and every part, and every list of words, that its fields lead to; each once."""
    seen: list[type[Part | enum.Enum]] = []
    left: list[type[Part | enum.Enum]] = [part]
    while left:
        item = left.pop(0)
        if item in seen:
            continue
        seen.append(item)
        if issubclass(item, Part):
            left += [inner for field in item.model_fields.values() for inner in _named(field.annotation)]
    yield from seen


def _named(annotation: object) -> Iterator[type[Part | enum.Enum]]:
    if isinstance(annotation, type) and issubclass(annotation, Part | enum.Enum):
        yield annotation
    for argument in get_args(annotation):
        yield from _named(argument)


def _table(part: type[Part]) -> str:
    if not part.model_fields:
        return ""
    rows = [
        f"| `{name}` | {_type(field.annotation, field.metadata)} | {_default(field)} | {_cell(field.description)} |"
        for name, field in part.model_fields.items()
    ]
    return "\n".join(["| field | takes | without it | |", "|---|---|---|---|", *rows])


def _words(kind: type[enum.Enum]) -> str:
    """Return the members of *kind* with the texts below them."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    texts: dict[str, str] = {}
    for before, node in zip(definition.body, definition.body[1:], strict=False):
        match before, node:
            case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(text))):
                texts[name] = inspect.cleandoc(text)
    rows = [f"- `{member.value}`: {_cell(texts.get(member.name))}".removesuffix(": ") for member in kind]
    return "\n".join(rows)


def _type(annotation: object, metadata: list[Any]) -> str:
    """Return what a field of this annotation takes, in words."""
    for item in metadata:
        if isinstance(item, Names):
            return f"name of a {item.kind.removesuffix('s')}"
        if isinstance(item, BeforeValidator) and item.func in _SCALARS:
            return _SCALARS[item.func]
    bounds = _bounds(metadata)
    if isinstance(annotation, type) and issubclass(annotation, Part | enum.Enum):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if isinstance(annotation, type) or annotation in (Any, JsonValue, Tree):
        return f"{_WORDS.get(annotation, 'text')}{bounds}"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0], list(arguments[1:]))
    if origin is Literal:
        return ", ".join(f"`{str(word).lower() if isinstance(word, bool) else word}`" for word in arguments)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_type(item, []) for item in arguments if item is not NoneType)) + bounds
    if origin is tuple:
        return f"list of: {_type(arguments[0], [])}"
    return f"mapping of names to: {_type(arguments[1], [])}"


def _bounds(metadata: list[Any]) -> str:
    least = next((item for item in metadata if isinstance(item, annotated_types.Ge)), None)
    most = next((item for item in metadata if isinstance(item, annotated_types.Le)), None)
    if least and most:
        return f", {least.ge} to {most.le}"
    return f", at least {least.ge}" if least else f", at most {most.le}" if most else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is PydanticUndefined or field.default is None or field.default == ():
        return ""
    return f"`{written(field.default, field)}`" if not isinstance(field.default, Part) else "its defaults"


def written(value: object, field: FieldInfo | None = None) -> str:
    """Return a value as people write it in *field*."""
    if isinstance(value, int) and field is not None and _type(field.annotation, field.metadata) == "size":
        unit, size = next((unit, size) for unit, size in _UNITS.items() if value % size == 0)
        return f"{value // size}{unit}"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(written(item) for item in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {written(item)}' for key, item in value.items())}}}"
    return str(value.value) if isinstance(value, enum.Enum) else str(value)


def _prose(text: str) -> str:
    return text.replace("``", "`")


def _cell(text: str | None) -> str:
    return " ".join(_prose(text or "").split()).replace("|", "\\|")
