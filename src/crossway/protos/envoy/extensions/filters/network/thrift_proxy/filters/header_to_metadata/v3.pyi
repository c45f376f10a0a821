# envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.network.thrift_proxy.filters.header_to_metadata.v3 as _envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3
import crossway.protos.envoy.type.matcher.v3 as _envoy_type_matcher_v3

class HeaderToMetadata(_Message):
    class _ValueType(_EnumTypeWrapper):
        STRING: _Final = 0
        NUMBER: _Final = 1
        PROTOBUF_VALUE: _Final = 2
    ValueType: _ValueType
    STRING: _Final = 0
    NUMBER: _Final = 1
    PROTOBUF_VALUE: _Final = 2
    class _ValueEncode(_EnumTypeWrapper):
        NONE: _Final = 0
        BASE64: _Final = 1
    ValueEncode: _ValueEncode
    NONE: _Final = 0
    BASE64: _Final = 1
    class KeyValuePair(_Message):
        metadata_namespace: _str
        key: _str
        value: _str
        @_property
        def regex_value_rewrite(self) -> _envoy_type_matcher_v3.RegexMatchAndSubstitute: ...
        type: _int
        encode: _int
        def __init__(_self, *, metadata_namespace: _str = ..., key: _str = ..., value: _str = ..., regex_value_rewrite: _envoy_type_matcher_v3.RegexMatchAndSubstitute | None = ..., type: _int = ..., encode: _int = ...) -> None: ...
        def HasField(self, field_name: _Literal["value", "regex_value_rewrite", "value_type"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["metadata_namespace", "key", "value", "regex_value_rewrite", "type", "encode", "value_type"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["value_type"]) -> _Literal["value", "regex_value_rewrite"] | None: ...
    class Rule(_Message):
        header: _str
        @_property
        def on_present(self) -> _envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.KeyValuePair: ...
        @_property
        def on_missing(self) -> _envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.KeyValuePair: ...
        remove: _bool
        def __init__(_self, *, header: _str = ..., on_present: _envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.KeyValuePair | None = ..., on_missing: _envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.KeyValuePair | None = ..., remove: _bool = ...) -> None: ...
        def HasField(self, field_name: _Literal["on_present", "on_missing"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["header", "on_present", "on_missing", "remove"]) -> None: ...
    @_property
    def request_rules(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.Rule]: ...
    def __init__(_self, *, request_rules: _Iterable[_envoy_extensions_filters_network_thrift_proxy_filters_header_to_metadata_v3.HeaderToMetadata.Rule] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["request_rules"]) -> None: ...
