# envoy.extensions.filters.http.a2a.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap, RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.http.a2a.v3 as _envoy_extensions_filters_http_a2a_v3
import crossway.protos.google.protobuf as _google_protobuf

class A2a(_Message):
    class _TrafficMode(_EnumTypeWrapper):
        PASS_THROUGH: _Final = 0
        REJECT: _Final = 1
    TrafficMode: _TrafficMode
    PASS_THROUGH: _Final = 0
    REJECT: _Final = 1
    class _StorageMode(_EnumTypeWrapper):
        NONE: _Final = 0
        DYNAMIC_METADATA: _Final = 1
        FILTER_STATE: _Final = 2
        DYNAMIC_METADATA_AND_FILTER_STATE: _Final = 3
    StorageMode: _StorageMode
    NONE: _Final = 0
    DYNAMIC_METADATA: _Final = 1
    FILTER_STATE: _Final = 2
    DYNAMIC_METADATA_AND_FILTER_STATE: _Final = 3
    traffic_mode: _int
    @_property
    def max_request_body_size(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def parser_config(self) -> _envoy_extensions_filters_http_a2a_v3.ParserConfig: ...
    storage_mode: _int
    def __init__(_self, *, traffic_mode: _int = ..., max_request_body_size: _google_protobuf.UInt32Value | None = ..., parser_config: _envoy_extensions_filters_http_a2a_v3.ParserConfig | None = ..., storage_mode: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["max_request_body_size", "parser_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["traffic_mode", "max_request_body_size", "parser_config", "storage_mode"]) -> None: ...

class MethodParsingConfig(_Message):
    group: _str
    @_property
    def paths(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, group: _str = ..., paths: _Iterable[_str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["group", "paths"]) -> None: ...

class ParserConfig(_Message):
    @_property
    def method_configs(self) -> _MessageMap[_str, _envoy_extensions_filters_http_a2a_v3.MethodParsingConfig]: ...
    @_property
    def always_extract_attributes(self) -> _RepeatedScalarFieldContainer[_str]: ...
    group_metadata_key: _str
    def __init__(_self, *, method_configs: _Mapping[_str, _envoy_extensions_filters_http_a2a_v3.MethodParsingConfig] = ..., always_extract_attributes: _Iterable[_str] = ..., group_metadata_key: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["method_configs", "always_extract_attributes", "group_metadata_key"]) -> None: ...
