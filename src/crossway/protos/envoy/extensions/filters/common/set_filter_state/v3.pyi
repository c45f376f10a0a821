# envoy.extensions.filters.common.set_filter_state.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from typing import Final as _Final, Literal as _Literal, overload as _overload
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class FilterStateValue(_Message):
    class _SharedWithUpstream(_EnumTypeWrapper):
        NONE: _Final = 0
        ONCE: _Final = 1
        TRANSITIVE: _Final = 2
    SharedWithUpstream: _SharedWithUpstream
    NONE: _Final = 0
    ONCE: _Final = 1
    TRANSITIVE: _Final = 2
    object_key: _str
    factory_key: _str
    @_property
    def format_string(self) -> _envoy_config_core_v3.SubstitutionFormatString: ...
    read_only: _bool
    shared_with_upstream: _int
    skip_if_empty: _bool
    def __init__(_self, *, object_key: _str = ..., factory_key: _str = ..., format_string: _envoy_config_core_v3.SubstitutionFormatString | None = ..., read_only: _bool = ..., shared_with_upstream: _int = ..., skip_if_empty: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["object_key", "format_string", "key", "value"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["object_key", "factory_key", "format_string", "read_only", "shared_with_upstream", "skip_if_empty", "key", "value"]) -> None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["key"]) -> _Literal["object_key"] | None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["value"]) -> _Literal["format_string"] | None: ...
