# envoy.service.ratelimit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, bytes as _bytes, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from datetime import datetime as _datetime, timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.common.ratelimit.v3 as _envoy_extensions_common_ratelimit_v3
import crossway.protos.envoy.service.ratelimit.v3 as _envoy_service_ratelimit_v3
import crossway.protos.google.protobuf as _google_protobuf

class RateLimitRequest(_Message):
    domain: _str
    @_property
    def descriptors(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor]: ...
    hits_addend: _int
    def __init__(_self, *, domain: _str = ..., descriptors: _Iterable[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor] = ..., hits_addend: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["domain", "descriptors", "hits_addend"]) -> None: ...

class RateLimitResponse(_Message):
    class _Code(_EnumTypeWrapper):
        UNKNOWN: _Final = 0
        OK: _Final = 1
        OVER_LIMIT: _Final = 2
    Code: _Code
    UNKNOWN: _Final = 0
    OK: _Final = 1
    OVER_LIMIT: _Final = 2
    class RateLimit(_Message):
        class _Unit(_EnumTypeWrapper):
            UNKNOWN: _Final = 0
            SECOND: _Final = 1
            MINUTE: _Final = 2
            HOUR: _Final = 3
            DAY: _Final = 4
            WEEK: _Final = 7
            MONTH: _Final = 5
            YEAR: _Final = 6
        Unit: _Unit
        UNKNOWN: _Final = 0
        SECOND: _Final = 1
        MINUTE: _Final = 2
        HOUR: _Final = 3
        DAY: _Final = 4
        WEEK: _Final = 7
        MONTH: _Final = 5
        YEAR: _Final = 6
        name: _str
        requests_per_unit: _int
        unit: _int
        def __init__(_self, *, name: _str = ..., requests_per_unit: _int = ..., unit: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["name", "requests_per_unit", "unit"]) -> None: ...
    class Quota(_Message):
        requests: _int
        @_property
        def valid_until(self) -> _google_protobuf.Timestamp: ...
        id: _str
        def __init__(_self, *, requests: _int = ..., valid_until: _google_protobuf.Timestamp | _datetime | None = ..., id: _str = ...) -> None: ...
        def HasField(self, field_name: _Literal["valid_until", "expiration_specifier"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["requests", "valid_until", "id", "expiration_specifier"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["expiration_specifier"]) -> _Literal["valid_until"] | None: ...
    class DescriptorStatus(_Message):
        code: _int
        @_property
        def current_limit(self) -> _envoy_service_ratelimit_v3.RateLimitResponse.RateLimit: ...
        limit_remaining: _int
        @_property
        def duration_until_reset(self) -> _google_protobuf.Duration: ...
        @_property
        def quota(self) -> _envoy_service_ratelimit_v3.RateLimitResponse.Quota: ...
        def __init__(_self, *, code: _int = ..., current_limit: _envoy_service_ratelimit_v3.RateLimitResponse.RateLimit | None = ..., limit_remaining: _int = ..., duration_until_reset: _google_protobuf.Duration | _timedelta | None = ..., quota: _envoy_service_ratelimit_v3.RateLimitResponse.Quota | None = ...) -> None: ...
        def HasField(self, field_name: _Literal["current_limit", "duration_until_reset", "quota"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["code", "current_limit", "limit_remaining", "duration_until_reset", "quota"]) -> None: ...
    overall_code: _int
    @_property
    def statuses(self) -> _RepeatedCompositeFieldContainer[_envoy_service_ratelimit_v3.RateLimitResponse.DescriptorStatus]: ...
    @_property
    def response_headers_to_add(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.HeaderValue]: ...
    @_property
    def request_headers_to_add(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.HeaderValue]: ...
    raw_body: _bytes
    @_property
    def dynamic_metadata(self) -> _google_protobuf.Struct: ...
    @_property
    def quota(self) -> _envoy_service_ratelimit_v3.RateLimitResponse.Quota: ...
    def __init__(_self, *, overall_code: _int = ..., statuses: _Iterable[_envoy_service_ratelimit_v3.RateLimitResponse.DescriptorStatus] = ..., response_headers_to_add: _Iterable[_envoy_config_core_v3.HeaderValue] = ..., request_headers_to_add: _Iterable[_envoy_config_core_v3.HeaderValue] = ..., raw_body: _bytes = ..., dynamic_metadata: _google_protobuf.Struct | _Mapping[_str, object] | None = ..., quota: _envoy_service_ratelimit_v3.RateLimitResponse.Quota | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["dynamic_metadata", "quota"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["overall_code", "statuses", "response_headers_to_add", "request_headers_to_add", "raw_body", "dynamic_metadata", "quota"]) -> None: ...
