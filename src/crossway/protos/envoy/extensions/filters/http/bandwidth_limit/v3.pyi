# envoy.extensions.filters.http.bandwidth_limit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.google.protobuf as _google_protobuf

class BandwidthLimit(_Message):
    class _EnableMode(_EnumTypeWrapper):
        DISABLED: _Final = 0
        REQUEST: _Final = 1
        RESPONSE: _Final = 2
        REQUEST_AND_RESPONSE: _Final = 3
    EnableMode: _EnableMode
    DISABLED: _Final = 0
    REQUEST: _Final = 1
    RESPONSE: _Final = 2
    REQUEST_AND_RESPONSE: _Final = 3
    stat_prefix: _str
    enable_mode: _int
    @_property
    def limit_kbps(self) -> _google_protobuf.UInt64Value: ...
    @_property
    def fill_interval(self) -> _google_protobuf.Duration: ...
    @_property
    def runtime_enabled(self) -> _envoy_config_core_v3.RuntimeFeatureFlag: ...
    enable_response_trailers: _bool
    response_trailer_prefix: _str
    def __init__(_self, *, stat_prefix: _str = ..., enable_mode: _int = ..., limit_kbps: _google_protobuf.UInt64Value | None = ..., fill_interval: _google_protobuf.Duration | _timedelta | None = ..., runtime_enabled: _envoy_config_core_v3.RuntimeFeatureFlag | None = ..., enable_response_trailers: _bool = ..., response_trailer_prefix: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["limit_kbps", "fill_interval", "runtime_enabled"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "enable_mode", "limit_kbps", "fill_interval", "runtime_enabled", "enable_response_trailers", "response_trailer_prefix"]) -> None: ...
