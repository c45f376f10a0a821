# envoy.extensions.filters.http.grpc_json_transcoder.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, bytes as _bytes, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap, RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.http.grpc_json_transcoder.v3 as _envoy_extensions_filters_http_grpc_json_transcoder_v3
import crossway.protos.google.protobuf as _google_protobuf

class GrpcJsonTranscoder(_Message):
    class _UrlUnescapeSpec(_EnumTypeWrapper):
        ALL_CHARACTERS_EXCEPT_RESERVED: _Final = 0
        ALL_CHARACTERS_EXCEPT_SLASH: _Final = 1
        ALL_CHARACTERS: _Final = 2
    UrlUnescapeSpec: _UrlUnescapeSpec
    ALL_CHARACTERS_EXCEPT_RESERVED: _Final = 0
    ALL_CHARACTERS_EXCEPT_SLASH: _Final = 1
    ALL_CHARACTERS: _Final = 2
    class PrintOptions(_Message):
        add_whitespace: _bool
        always_print_primitive_fields: _bool
        always_print_enums_as_ints: _bool
        preserve_proto_field_names: _bool
        stream_newline_delimited: _bool
        stream_sse_style_delimited: _bool
        def __init__(_self, *, add_whitespace: _bool = ..., always_print_primitive_fields: _bool = ..., always_print_enums_as_ints: _bool = ..., preserve_proto_field_names: _bool = ..., stream_newline_delimited: _bool = ..., stream_sse_style_delimited: _bool = ...) -> None: ...
        def ClearField(self, field_name: _Literal["add_whitespace", "always_print_primitive_fields", "always_print_enums_as_ints", "preserve_proto_field_names", "stream_newline_delimited", "stream_sse_style_delimited"]) -> None: ...
    class RequestValidationOptions(_Message):
        reject_unknown_method: _bool
        reject_unknown_query_parameters: _bool
        reject_binding_body_field_collisions: _bool
        def __init__(_self, *, reject_unknown_method: _bool = ..., reject_unknown_query_parameters: _bool = ..., reject_binding_body_field_collisions: _bool = ...) -> None: ...
        def ClearField(self, field_name: _Literal["reject_unknown_method", "reject_unknown_query_parameters", "reject_binding_body_field_collisions"]) -> None: ...
    proto_descriptor: _str
    proto_descriptor_bin: _bytes
    @_property
    def services(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def print_options(self) -> _envoy_extensions_filters_http_grpc_json_transcoder_v3.GrpcJsonTranscoder.PrintOptions: ...
    match_incoming_request_route: _bool
    @_property
    def ignored_query_parameters(self) -> _RepeatedScalarFieldContainer[_str]: ...
    auto_mapping: _bool
    ignore_unknown_query_parameters: _bool
    convert_grpc_status: _bool
    url_unescape_spec: _int
    query_param_unescape_plus: _bool
    match_unregistered_custom_verb: _bool
    @_property
    def request_validation_options(self) -> _envoy_extensions_filters_http_grpc_json_transcoder_v3.GrpcJsonTranscoder.RequestValidationOptions: ...
    case_insensitive_enum_parsing: _bool
    @_property
    def max_request_body_size(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def max_response_body_size(self) -> _google_protobuf.UInt32Value: ...
    capture_unknown_query_parameters: _bool
    def __init__(_self, *, proto_descriptor: _str = ..., proto_descriptor_bin: _bytes = ..., services: _Iterable[_str] = ..., print_options: _envoy_extensions_filters_http_grpc_json_transcoder_v3.GrpcJsonTranscoder.PrintOptions | None = ..., match_incoming_request_route: _bool = ..., ignored_query_parameters: _Iterable[_str] = ..., auto_mapping: _bool = ..., ignore_unknown_query_parameters: _bool = ..., convert_grpc_status: _bool = ..., url_unescape_spec: _int = ..., query_param_unescape_plus: _bool = ..., match_unregistered_custom_verb: _bool = ..., request_validation_options: _envoy_extensions_filters_http_grpc_json_transcoder_v3.GrpcJsonTranscoder.RequestValidationOptions | None = ..., case_insensitive_enum_parsing: _bool = ..., max_request_body_size: _google_protobuf.UInt32Value | None = ..., max_response_body_size: _google_protobuf.UInt32Value | None = ..., capture_unknown_query_parameters: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["proto_descriptor", "proto_descriptor_bin", "print_options", "request_validation_options", "max_request_body_size", "max_response_body_size", "descriptor_set"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["proto_descriptor", "proto_descriptor_bin", "services", "print_options", "match_incoming_request_route", "ignored_query_parameters", "auto_mapping", "ignore_unknown_query_parameters", "convert_grpc_status", "url_unescape_spec", "query_param_unescape_plus", "match_unregistered_custom_verb", "request_validation_options", "case_insensitive_enum_parsing", "max_request_body_size", "max_response_body_size", "capture_unknown_query_parameters", "descriptor_set"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["descriptor_set"]) -> _Literal["proto_descriptor", "proto_descriptor_bin"] | None: ...

class UnknownQueryParams(_Message):
    class Values(_Message):
        @_property
        def values(self) -> _RepeatedScalarFieldContainer[_str]: ...
        def __init__(_self, *, values: _Iterable[_str] = ...) -> None: ...
        def ClearField(self, field_name: _Literal["values"]) -> None: ...
    @_property
    def key(self) -> _MessageMap[_str, _envoy_extensions_filters_http_grpc_json_transcoder_v3.UnknownQueryParams.Values]: ...
    def __init__(_self, *, key: _Mapping[_str, _envoy_extensions_filters_http_grpc_json_transcoder_v3.UnknownQueryParams.Values] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["key"]) -> None: ...
