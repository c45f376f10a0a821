# envoy.extensions.common.ratelimit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.common.ratelimit.v3 as _envoy_extensions_common_ratelimit_v3
import crossway.protos.envoy.type.v3 as _envoy_type_v3
import crossway.protos.google.protobuf as _google_protobuf

class _XRateLimitHeadersRFCVersion(_EnumTypeWrapper):
    OFF: _Final = 0
    DRAFT_VERSION_03: _Final = 1
XRateLimitHeadersRFCVersion: _XRateLimitHeadersRFCVersion

class _VhRateLimitsOptions(_EnumTypeWrapper):
    OVERRIDE: _Final = 0
    INCLUDE: _Final = 1
    IGNORE: _Final = 2
VhRateLimitsOptions: _VhRateLimitsOptions

class RateLimitDescriptor(_Message):
    class Entry(_Message):
        key: _str
        value: _str
        def __init__(_self, *, key: _str = ..., value: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["key", "value"]) -> None: ...
    class RateLimitOverride(_Message):
        requests_per_unit: _int
        unit: _int
        def __init__(_self, *, requests_per_unit: _int = ..., unit: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["requests_per_unit", "unit"]) -> None: ...
    @_property
    def entries(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.Entry]: ...
    @_property
    def limit(self) -> _envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.RateLimitOverride: ...
    @_property
    def hits_addend(self) -> _google_protobuf.UInt64Value: ...
    is_negative_hits: _bool
    def __init__(_self, *, entries: _Iterable[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.Entry] = ..., limit: _envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.RateLimitOverride | None = ..., hits_addend: _google_protobuf.UInt64Value | None = ..., is_negative_hits: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["limit", "hits_addend"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["entries", "limit", "hits_addend", "is_negative_hits"]) -> None: ...

class LocalRateLimitDescriptor(_Message):
    @_property
    def entries(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.Entry]: ...
    @_property
    def token_bucket(self) -> _envoy_type_v3.TokenBucket: ...
    shadow_mode: _bool
    def __init__(_self, *, entries: _Iterable[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor.Entry] = ..., token_bucket: _envoy_type_v3.TokenBucket | None = ..., shadow_mode: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["token_bucket"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["entries", "token_bucket", "shadow_mode"]) -> None: ...

class LocalClusterRateLimit(_Message):
    def __init__(_self) -> None: ...
