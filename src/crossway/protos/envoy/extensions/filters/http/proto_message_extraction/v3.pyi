# envoy.extensions.filters.http.proto_message_extraction.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap, ScalarMap as _ScalarMap
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.filters.http.proto_message_extraction.v3 as _envoy_extensions_filters_http_proto_message_extraction_v3

class ProtoMessageExtractionConfig(_Message):
    class _ExtractMode(_EnumTypeWrapper):
        ExtractMode_UNSPECIFIED: _Final = 0
        FIRST_AND_LAST: _Final = 1
    ExtractMode: _ExtractMode
    ExtractMode_UNSPECIFIED: _Final = 0
    FIRST_AND_LAST: _Final = 1
    @_property
    def data_source(self) -> _envoy_config_core_v3.DataSource: ...
    proto_descriptor_typed_metadata: _str
    mode: _int
    @_property
    def extraction_by_method(self) -> _MessageMap[_str, _envoy_extensions_filters_http_proto_message_extraction_v3.MethodExtraction]: ...
    def __init__(_self, *, data_source: _envoy_config_core_v3.DataSource | None = ..., proto_descriptor_typed_metadata: _str = ..., mode: _int = ..., extraction_by_method: _Mapping[_str, _envoy_extensions_filters_http_proto_message_extraction_v3.MethodExtraction] = ...) -> None: ...
    def HasField(self, field_name: _Literal["data_source", "proto_descriptor_typed_metadata", "descriptor_set"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["data_source", "proto_descriptor_typed_metadata", "mode", "extraction_by_method", "descriptor_set"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["descriptor_set"]) -> _Literal["data_source", "proto_descriptor_typed_metadata"] | None: ...

class MethodExtraction(_Message):
    class _ExtractDirective(_EnumTypeWrapper):
        ExtractDirective_UNSPECIFIED: _Final = 0
        EXTRACT: _Final = 1
        EXTRACT_REDACT: _Final = 2
        EXTRACT_REPEATED_CARDINALITY: _Final = 3
    ExtractDirective: _ExtractDirective
    ExtractDirective_UNSPECIFIED: _Final = 0
    EXTRACT: _Final = 1
    EXTRACT_REDACT: _Final = 2
    EXTRACT_REPEATED_CARDINALITY: _Final = 3
    @_property
    def request_extraction_by_field(self) -> _ScalarMap[_str, _int]: ...
    @_property
    def response_extraction_by_field(self) -> _ScalarMap[_str, _int]: ...
    def __init__(_self, *, request_extraction_by_field: _Mapping[_str, _int] = ..., response_extraction_by_field: _Mapping[_str, _int] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["request_extraction_by_field", "response_extraction_by_field"]) -> None: ...
