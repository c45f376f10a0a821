# envoy.extensions.filters.network.ratelimit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.ratelimit.v3 as _envoy_config_ratelimit_v3
import crossway.protos.envoy.extensions.common.ratelimit.v3 as _envoy_extensions_common_ratelimit_v3
import crossway.protos.google.protobuf as _google_protobuf

class RateLimit(_Message):
    stat_prefix: _str
    domain: _str
    @_property
    def descriptors(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor]: ...
    @_property
    def timeout(self) -> _google_protobuf.Duration: ...
    failure_mode_deny: _bool
    @_property
    def rate_limit_service(self) -> _envoy_config_ratelimit_v3.RateLimitServiceConfig: ...
    def __init__(_self, *, stat_prefix: _str = ..., domain: _str = ..., descriptors: _Iterable[_envoy_extensions_common_ratelimit_v3.RateLimitDescriptor] = ..., timeout: _google_protobuf.Duration | _timedelta | None = ..., failure_mode_deny: _bool = ..., rate_limit_service: _envoy_config_ratelimit_v3.RateLimitServiceConfig | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["timeout", "rate_limit_service"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "domain", "descriptors", "timeout", "failure_mode_deny", "rate_limit_service"]) -> None: ...
