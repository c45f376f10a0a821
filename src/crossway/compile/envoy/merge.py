"""Merging of partial messages: fragments add up, and never overwrite each other."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message


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
    """Wrappers and typed configurations are one value, not a set of fields."""
    return field.message_type is not None and field.message_type.full_name.startswith("google.protobuf.")


def _is_set(message: Message, field: FieldDescriptor) -> bool:
    return message.HasField(field.name) if field.has_presence else bool(getattr(message, field.name))
