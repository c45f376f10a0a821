# envoy.extensions.filters.http.header_to_metadata.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.http.header_to_metadata.v3 as _envoy_extensions_filters_http_header_to_metadata_v3
import crossway.protos.envoy.type.matcher.v3 as _envoy_type_matcher_v3

class Config(_Message):
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
        def HasField(self, field_name: _Literal["regex_value_rewrite"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["metadata_namespace", "key", "value", "regex_value_rewrite", "type", "encode"]) -> None: ...
    class Rule(_Message):
        header: _str
        cookie: _str
        @_property
        def on_header_present(self) -> _envoy_extensions_filters_http_header_to_metadata_v3.Config.KeyValuePair: ...
        @_property
        def on_header_missing(self) -> _envoy_extensions_filters_http_header_to_metadata_v3.Config.KeyValuePair: ...
        remove: _bool
        def __init__(_self, *, header: _str = ..., cookie: _str = ..., on_header_present: _envoy_extensions_filters_http_header_to_metadata_v3.Config.KeyValuePair | None = ..., on_header_missing: _envoy_extensions_filters_http_header_to_metadata_v3.Config.KeyValuePair | None = ..., remove: _bool = ...) -> None: ...
        def HasField(self, field_name: _Literal["on_header_present", "on_header_missing"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["header", "cookie", "on_header_present", "on_header_missing", "remove"]) -> None: ...
    @_property
    def request_rules(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_http_header_to_metadata_v3.Config.Rule]: ...
    @_property
    def response_rules(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_http_header_to_metadata_v3.Config.Rule]: ...
    stat_prefix: _str
    def __init__(_self, *, request_rules: _Iterable[_envoy_extensions_filters_http_header_to_metadata_v3.Config.Rule] = ..., response_rules: _Iterable[_envoy_extensions_filters_http_header_to_metadata_v3.Config.Rule] = ..., stat_prefix: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["request_rules", "response_rules", "stat_prefix"]) -> None: ...
