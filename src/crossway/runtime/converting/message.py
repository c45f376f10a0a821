"""Protobuf to JSON and back (https://protobuf.dev/programming-guides/json/)."""

from __future__ import annotations

import base64
from typing import Final

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError, Message

from crossway.model.conversion import JsonToProtobuf, Protobuf, ProtobufToJson, UnknownFields
from crossway.runtime.converting.document import Value
from crossway.runtime.converting.refusal import malformed, too_large

_NESTED: Final = 100
"""How deeply messages may be nested, as in other implementations of protobuf."""


class Codec:
    """Reads and writes one message of a descriptor set, which the compiler has found to be right."""

    def __init__(self, settings: Protobuf) -> None:
        self._pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(base64.b64decode(settings.descriptor_set)).file:
            self._pool.AddSerializedFile(file.SerializeToString())
        descriptor = self._pool.FindMessageTypeByName(settings.message)
        self._message: type[Message] = message_factory.GetMessageClass(descriptor)
        self._name = settings.message

    def read(self, data: bytes, settings: ProtobufToJson, *, max_items: int) -> Value:
        """Return what the message *data* says."""
        message = self._message()
        try:
            message.ParseFromString(data)
        except DecodeError:
            raise malformed(f"the body is no {self._name} in protobuf") from None
        if settings.emit_defaults and _fields(message, max_items) < 0:
            raise too_large("the message would have too many fields with their defaults")
        try:
            value: Value = json_format.MessageToDict(
                message,
                always_print_fields_with_no_presence=settings.emit_defaults,
                preserving_proto_field_name=settings.proto_names,
                descriptor_pool=self._pool,
            )
        except (json_format.Error, ValueError, TypeError) as error:
            raise malformed(f"the message cannot be written as JSON: {error}"[:300]) from None
        return value

    def write(self, value: Value, settings: JsonToProtobuf) -> bytes:
        """Return *value* as a message in protobuf."""
        if not isinstance(value, dict):
            raise malformed(f"{self._name} is made of an object, and this is none")
        message = self._message()
        ignore = settings.unknown_fields is UnknownFields.IGNORE
        try:
            json_format.ParseDict(value, message, ignore, self._pool, _NESTED)
            return message.SerializeToString(deterministic=True)
        except (json_format.ParseError, EncodeError, ValueError, TypeError) as error:
            raise malformed(f"the body is no {self._name}: {error}"[:300]) from None


def _fields(message: Message, left: int) -> int:
    """Return what is left of *left* after each field that *message* and those inside it have; less than 0 if not."""
    left -= len(message.DESCRIPTOR.fields)
    for field, content in message.ListFields():
        if left < 0:
            return left
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type is not None:
                for inner in content.values():
                    left = _fields(inner, left)
        elif isinstance(content, Message):
            left = _fields(content, left)
        else:
            for inner in content:
                left = _fields(inner, left)
    return left
