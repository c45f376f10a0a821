"""Whether a person's own Envoy configuration fits the messages of the Envoy we ship: names and types, not values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from crossway.model import FieldPath, did_you_mean
from crossway.protos import POOL, TYPE_PREFIX, ParseError, from_dict
from crossway.protos.google import protobuf

_WELL_KNOWN: Final = "google.protobuf."
_ANY: Final = "google.protobuf.Any"
_TYPES: Final = {
    FieldDescriptor.TYPE_BOOL: "true or false",
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BYTES: "bytes in base64",
    FieldDescriptor.TYPE_ENUM: "one of its names",
}
_MOST_NAMES: Final = 12


class Problem(NamedTuple):
    """One thing that does not fit. It never repeats a value, which may be a secret."""

    path: FieldPath
    message: str
    expected: str = ""
    hint: str = ""
    unknown: bool = False
    """Whether it is a name that nobody knows."""


def problems(patch: object, kind: Descriptor, path: FieldPath = ()) -> Iterator[Problem]:
    """Yield what in *patch*, in proto3 JSON, does not fit a message of *kind*."""
    if not isinstance(patch, Mapping):
        yield Problem(path, f"this is no {kind.full_name}", "a mapping")
        return
    if kind.full_name == _ANY:
        yield from _of_packed(patch, path)
        return
    chosen: dict[str, str] = {}
    for name, value in patch.items():
        here = (*path, name)
        field = kind.fields_by_name.get(name)
        if field is None:
            hint = did_you_mean(name, kind.fields_by_name.keys())
            yield Problem(here, f"{kind.full_name} has no field {name!r}", hint=hint, unknown=True)
        elif value is not None:
            if field.containing_oneof is not None:
                other = chosen.setdefault(field.containing_oneof.name, name)
                if other != name:
                    yield Problem(here, f"{other} and {name} exclude each other")
            yield from _of_field(value, field, here)


def _of_packed(patch: Mapping[str, object], path: FieldPath) -> Iterator[Problem]:
    url = str(patch.get("@type", ""))
    try:
        packed = POOL.FindMessageTypeByName(url.removeprefix(TYPE_PREFIX))
    except KeyError:
        expected = f"{TYPE_PREFIX} and the full name of a message"
        yield Problem((*path, "@type"), f"Envoy has no type {url!r}" if url else "@type is required", expected)
        return
    content = {name: value for name, value in patch.items() if name != "@type"}
    if not packed.full_name.startswith(_WELL_KNOWN):
        yield from problems(content, packed, path)
    elif not _parses(patch, protobuf.Any):
        yield Problem(path, f"this is no {packed.full_name}", "value")


def _of_field(value: object, field: FieldDescriptor, path: FieldPath) -> Iterator[Problem]:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        if not isinstance(value, Mapping):
            yield Problem(path, f"{field.name} is a mapping", "a mapping")
            return
        for key, item in value.items():
            if item is not None:
                yield from _of_item(item, kind.fields_by_name["value"], (*path, key))
    elif not field.is_repeated:
        yield from _of_item(value, field, path)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _of_item(item, field, (*path, index))
    else:
        yield Problem(path, f"{field.name} is a list", "a list")


def _of_item(value: object, field: FieldDescriptor, path: FieldPath) -> Iterator[Problem]:
    kind = field.message_type
    if kind is not None and (kind.full_name == _ANY or not kind.full_name.startswith(_WELL_KNOWN)):
        yield from problems(value, kind, path)
    elif not _parses({field.name: [value] if field.is_repeated else value}, _class_with(field)):
        names = list(field.enum_type.values_by_name) if field.enum_type is not None else []
        expected = ", ".join(names) if 0 < len(names) <= _MOST_NAMES else _TYPES.get(field.type, "a number")
        message = f"this does not fit {field.name}"
        yield Problem(path, message, kind.name if kind is not None else expected, did_you_mean(str(value), names))


def _class_with(field: FieldDescriptor) -> type[Message]:
    assert field.containing_type is not None, "a field is in a message"
    return GetMessageClass(field.containing_type)


def _parses(mapping: Mapping[str, object], kind: type[Message]) -> bool:
    try:
        from_dict(mapping, kind)
    except (ParseError, TypeError, ValueError, KeyError):  # KeyError: a packed well-known type without its value
        return False
    return True
