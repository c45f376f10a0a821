# envoy.extensions.http.header_formatters.preserve_case.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

class PreserveCaseFormatterConfig(_Message):
    class _FormatterTypeOnEnvoyHeaders(_EnumTypeWrapper):
        DEFAULT: _Final = 0
        PROPER_CASE: _Final = 1
    FormatterTypeOnEnvoyHeaders: _FormatterTypeOnEnvoyHeaders
    DEFAULT: _Final = 0
    PROPER_CASE: _Final = 1
    forward_reason_phrase: _bool
    formatter_type_on_envoy_headers: _int
    def __init__(_self, *, forward_reason_phrase: _bool = ..., formatter_type_on_envoy_headers: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["forward_reason_phrase", "formatter_type_on_envoy_headers"]) -> None: ...
