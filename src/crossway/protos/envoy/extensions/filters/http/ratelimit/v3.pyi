# envoy.extensions.filters.http.ratelimit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.config.ratelimit.v3 as _envoy_config_ratelimit_v3
import crossway.protos.envoy.config.route.v3 as _envoy_config_route_v3
import crossway.protos.envoy.type.v3 as _envoy_type_v3
import crossway.protos.google.protobuf as _google_protobuf

class RateLimit(_Message):
    class _XRateLimitHeadersRFCVersion(_EnumTypeWrapper):
        OFF: _Final = 0
        DRAFT_VERSION_03: _Final = 1
    XRateLimitHeadersRFCVersion: _XRateLimitHeadersRFCVersion
    OFF: _Final = 0
    DRAFT_VERSION_03: _Final = 1
    domain: _str
    stage: _int
    request_type: _str
    @_property
    def timeout(self) -> _google_protobuf.Duration: ...
    failure_mode_deny: _bool
    rate_limited_as_resource_exhausted: _bool
    @_property
    def rate_limit_service(self) -> _envoy_config_ratelimit_v3.RateLimitServiceConfig: ...
    enable_x_ratelimit_headers: _int
    disable_x_envoy_ratelimited_header: _bool
    @_property
    def rate_limited_status(self) -> _envoy_type_v3.HttpStatus: ...
    @_property
    def response_headers_to_add(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.HeaderValueOption]: ...
    @_property
    def status_on_error(self) -> _envoy_type_v3.HttpStatus: ...
    stat_prefix: _str
    @_property
    def filter_enabled(self) -> _envoy_config_core_v3.RuntimeFractionalPercent: ...
    @_property
    def filter_enforced(self) -> _envoy_config_core_v3.RuntimeFractionalPercent: ...
    @_property
    def failure_mode_deny_percent(self) -> _envoy_config_core_v3.RuntimeFractionalPercent: ...
    @_property
    def rate_limits(self) -> _RepeatedCompositeFieldContainer[_envoy_config_route_v3.RateLimit]: ...
    metadata_namespace: _str
    def __init__(_self, *, domain: _str = ..., stage: _int = ..., request_type: _str = ..., timeout: _google_protobuf.Duration | _timedelta | None = ..., failure_mode_deny: _bool = ..., rate_limited_as_resource_exhausted: _bool = ..., rate_limit_service: _envoy_config_ratelimit_v3.RateLimitServiceConfig | None = ..., enable_x_ratelimit_headers: _int = ..., disable_x_envoy_ratelimited_header: _bool = ..., rate_limited_status: _envoy_type_v3.HttpStatus | None = ..., response_headers_to_add: _Iterable[_envoy_config_core_v3.HeaderValueOption] = ..., status_on_error: _envoy_type_v3.HttpStatus | None = ..., stat_prefix: _str = ..., filter_enabled: _envoy_config_core_v3.RuntimeFractionalPercent | None = ..., filter_enforced: _envoy_config_core_v3.RuntimeFractionalPercent | None = ..., failure_mode_deny_percent: _envoy_config_core_v3.RuntimeFractionalPercent | None = ..., rate_limits: _Iterable[_envoy_config_route_v3.RateLimit] = ..., metadata_namespace: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["timeout", "rate_limit_service", "rate_limited_status", "status_on_error", "filter_enabled", "filter_enforced", "failure_mode_deny_percent"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["domain", "stage", "request_type", "timeout", "failure_mode_deny", "rate_limited_as_resource_exhausted", "rate_limit_service", "enable_x_ratelimit_headers", "disable_x_envoy_ratelimited_header", "rate_limited_status", "response_headers_to_add", "status_on_error", "stat_prefix", "filter_enabled", "filter_enforced", "failure_mode_deny_percent", "rate_limits", "metadata_namespace"]) -> None: ...

class RateLimitPerRoute(_Message):
    class _VhRateLimitsOptions(_EnumTypeWrapper):
        OVERRIDE: _Final = 0
        INCLUDE: _Final = 1
        IGNORE: _Final = 2
    VhRateLimitsOptions: _VhRateLimitsOptions
    OVERRIDE: _Final = 0
    INCLUDE: _Final = 1
    IGNORE: _Final = 2
    class _OverrideOptions(_EnumTypeWrapper):
        DEFAULT: _Final = 0
        OVERRIDE_POLICY: _Final = 1
        INCLUDE_POLICY: _Final = 2
        IGNORE_POLICY: _Final = 3
    OverrideOptions: _OverrideOptions
    DEFAULT: _Final = 0
    OVERRIDE_POLICY: _Final = 1
    INCLUDE_POLICY: _Final = 2
    IGNORE_POLICY: _Final = 3
    vh_rate_limits: _int
    override_option: _int
    @_property
    def rate_limits(self) -> _RepeatedCompositeFieldContainer[_envoy_config_route_v3.RateLimit]: ...
    domain: _str
    def __init__(_self, *, vh_rate_limits: _int = ..., override_option: _int = ..., rate_limits: _Iterable[_envoy_config_route_v3.RateLimit] = ..., domain: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["vh_rate_limits", "override_option", "rate_limits", "domain"]) -> None: ...
