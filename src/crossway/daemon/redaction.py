"""Messages as they may be shown: without keys and passwords.

What is secret is marked in Envoy's own protobuf files, as ``(udpa.annotations.sensitive)``; Envoy goes by the same mark
when it shows its configuration (``/config_dump``). Everything below such a field is secret too.
https://www.envoyproxy.io/docs/envoy/v1.39.3/operations/admin#get--config_dump
"""

from __future__ import annotations

from functools import cache
from typing import Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from crossway.model import REDACTED
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.google import protobuf

_SENSITIVE: Final = b"\xb8\xb7\x8b\xa4\x02\x01"
"""The option as it is serialised: field 76569463 of ``google.protobuf.FieldOptions``, set to true."""
_SENSITIVE_TOO: Final = frozenset({"envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.local_jwks"})
"""What has no mark, and may be a shared secret."""


def redact(message: Message) -> None:
    """Replace every secret in *message*, also inside each ``Any``, by ``[redacted]``."""
    _walk(message, secret=False)


def _walk(message: Message, *, secret: bool) -> None:
    if isinstance(message, protobuf.Any):
        if message.type_url:
            inner = unpack(message)
            _walk(inner, secret=secret)
            message.CopyFrom(pack(inner))
        return
    if secret and isinstance(message, core_v3.DataSource):
        message.inline_string = REDACTED
        return
    for field, value in message.ListFields():
        hidden = secret or _is_sensitive(field)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for key in value:
                if isinstance(value[key], Message):
                    _walk(value[key], secret=hidden)
                elif hidden:
                    value[key] = _instead_of(value[key])
        elif field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                _walk(inner, secret=hidden)
        elif hidden and field.is_repeated:
            value[:] = [_instead_of(item) for item in value]
        elif hidden:
            setattr(message, field.name, _instead_of(value))


def _instead_of(value: object) -> object:
    """Return what to show instead of a text or bytes; numbers and truth values tell nothing and stay."""
    if isinstance(value, str):
        return REDACTED
    return REDACTED.encode() if isinstance(value, bytes) else value


@cache
def _is_sensitive(field: FieldDescriptor) -> bool:
    return _SENSITIVE in field.GetOptions().SerializeToString() or field.full_name in _SENSITIVE_TOO
