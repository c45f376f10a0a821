# envoy.extensions.http.header_validators.envoy_default.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.http.header_validators.envoy_default.v3 as _envoy_extensions_http_header_validators_envoy_default_v3

class HeaderValidatorConfig(_Message):
    class _HeadersWithUnderscoresAction(_EnumTypeWrapper):
        ALLOW: _Final = 0
        REJECT_REQUEST: _Final = 1
        DROP_HEADER: _Final = 2
    HeadersWithUnderscoresAction: _HeadersWithUnderscoresAction
    ALLOW: _Final = 0
    REJECT_REQUEST: _Final = 1
    DROP_HEADER: _Final = 2
    class UriPathNormalizationOptions(_Message):
        class _PathWithEscapedSlashesAction(_EnumTypeWrapper):
            IMPLEMENTATION_SPECIFIC_DEFAULT: _Final = 0
            KEEP_UNCHANGED: _Final = 1
            REJECT_REQUEST: _Final = 2
            UNESCAPE_AND_REDIRECT: _Final = 3
            UNESCAPE_AND_FORWARD: _Final = 4
        PathWithEscapedSlashesAction: _PathWithEscapedSlashesAction
        IMPLEMENTATION_SPECIFIC_DEFAULT: _Final = 0
        KEEP_UNCHANGED: _Final = 1
        REJECT_REQUEST: _Final = 2
        UNESCAPE_AND_REDIRECT: _Final = 3
        UNESCAPE_AND_FORWARD: _Final = 4
        skip_path_normalization: _bool
        skip_merging_slashes: _bool
        path_with_escaped_slashes_action: _int
        def __init__(_self, *, skip_path_normalization: _bool = ..., skip_merging_slashes: _bool = ..., path_with_escaped_slashes_action: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["skip_path_normalization", "skip_merging_slashes", "path_with_escaped_slashes_action"]) -> None: ...
    class Http1ProtocolOptions(_Message):
        allow_chunked_length: _bool
        def __init__(_self, *, allow_chunked_length: _bool = ...) -> None: ...
        def ClearField(self, field_name: _Literal["allow_chunked_length"]) -> None: ...
    @_property
    def http1_protocol_options(self) -> _envoy_extensions_http_header_validators_envoy_default_v3.HeaderValidatorConfig.Http1ProtocolOptions: ...
    @_property
    def uri_path_normalization_options(self) -> _envoy_extensions_http_header_validators_envoy_default_v3.HeaderValidatorConfig.UriPathNormalizationOptions: ...
    restrict_http_methods: _bool
    headers_with_underscores_action: _int
    strip_fragment_from_path: _bool
    def __init__(_self, *, http1_protocol_options: _envoy_extensions_http_header_validators_envoy_default_v3.HeaderValidatorConfig.Http1ProtocolOptions | None = ..., uri_path_normalization_options: _envoy_extensions_http_header_validators_envoy_default_v3.HeaderValidatorConfig.UriPathNormalizationOptions | None = ..., restrict_http_methods: _bool = ..., headers_with_underscores_action: _int = ..., strip_fragment_from_path: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["http1_protocol_options", "uri_path_normalization_options"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["http1_protocol_options", "uri_path_normalization_options", "restrict_http_methods", "headers_with_underscores_action", "strip_fragment_from_path"]) -> None: ...
