"""Merging of partial messages: fragments add up, and never overwrite each other; a patch of a person's own does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from crossway.protos import from_dict, pack, unpack
from crossway.protos.google import protobuf


def merge(into: Message, part: Message) -> str | None:
    """Merge *part* into *into*. Return the path of the first field on which they differ, and leave *into* as it was.

    Repeated fields are joined. A field that both set to one value is no conflict.
    """
    conflict = _conflict(into, part)
    if conflict is None:
        into.MergeFrom(part)
    return conflict


def _conflict(into: Message, part: Message) -> str | None:
    for field, value in part.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            ours = getattr(into, field.name)
            for key in value:
                if key in ours and ours[key] != value[key]:
                    return f"{field.name}[{key}]"
        elif field.is_repeated:
            continue
        elif field.containing_oneof is not None:
            chosen = into.WhichOneof(field.containing_oneof.name)
            if chosen is not None and chosen != field.name:
                return f"{chosen}, {field.name}"
            if chosen is not None and (inner := _both(field, getattr(into, field.name), value)):
                return inner
        elif _is_set(into, field) and (inner := _both(field, getattr(into, field.name), value)):
            return inner
    return None


def _both(field: FieldDescriptor, ours: object, theirs: object) -> str | None:
    if ours == theirs:
        return None
    if isinstance(ours, Message) and isinstance(theirs, Message) and not _is_leaf(field):
        inner = _conflict(ours, theirs)
        return f"{field.name}.{inner}" if inner else None
    return field.name


def _is_leaf(field: FieldDescriptor) -> bool:
    """Wrappers and typed configurations are one value, not a set of fields; a struct is one."""
    kind = field.message_type.full_name if field.message_type is not None else ""
    return kind.startswith("google.protobuf.") and kind != "google.protobuf.Struct"


def _is_set(message: Message, field: FieldDescriptor) -> bool:
    return message.HasField(field.name) if field.has_presence else bool(getattr(message, field.name))


def overwrite(into: Message, patch: Mapping[str, object]) -> None:
    """Write *patch*, in proto3 JSON, over what *into* says, like a JSON merge patch (RFC 7396).

    Messages and maps are patched key by key, and null removes; everything else is replaced, lists as a whole. What is
    packed (`Any`) is patched inside if it stays of its type. The names and types in the patch have to fit.
    """
    for name, value in patch.items():
        field = cast("FieldDescriptor", into.DESCRIPTOR.fields_by_name[name])
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            _overwrite_map(into, field, value)
        elif isinstance(value, Mapping) and _has_parts(field):
            getattr(into, name).SetInParent()
            _overwrite_parts(getattr(into, name), value)
        else:
            into.ClearField(name)
            into.MergeFrom(from_dict({name: value}, type(into)))


def _overwrite_map(into: Message, field: FieldDescriptor, patch: object) -> None:
    if not isinstance(patch, Mapping):  # null
        into.ClearField(field.name)
        return
    there = getattr(into, field.name)
    assert field.message_type is not None, "a map has a message for its entries"
    entry = field.message_type.fields_by_name["value"]
    for key, value in patch.items():
        if isinstance(value, Mapping) and key in there and _has_parts(entry):
            _overwrite_parts(there[key], value)
            continue
        there.pop(key, None)
        if value is not None:
            into.MergeFrom(from_dict({field.name: {key: value}}, type(into)))


def _overwrite_parts(into: Message, patch: Mapping[str, object]) -> None:
    if not isinstance(into, protobuf.Any):
        overwrite(into, patch)
    elif into.type_url != patch["@type"]:
        into.CopyFrom(from_dict(patch, protobuf.Any))
    else:
        inner = unpack(into)
        overwrite(inner, {key: value for key, value in patch.items() if key != "@type"})
        into.CopyFrom(pack(inner))


def _has_parts(field: FieldDescriptor) -> bool:
    """Return whether a value of this field can be patched in parts. Durations, wrappers and structs are one value."""
    if field.message_type is None or field.is_repeated:
        return False
    kind = field.message_type.full_name
    return kind == "google.protobuf.Any" or not kind.startswith("google.protobuf.")
