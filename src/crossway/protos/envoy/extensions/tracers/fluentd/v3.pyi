# envoy.extensions.tracers.fluentd.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.google.protobuf as _google_protobuf

class FluentdConfig(_Message):
    cluster: _str
    tag: _str
    stat_prefix: _str
    @_property
    def buffer_flush_interval(self) -> _google_protobuf.Duration: ...
    @_property
    def buffer_size_bytes(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def retry_policy(self) -> _envoy_config_core_v3.RetryPolicy: ...
    def __init__(_self, *, cluster: _str = ..., tag: _str = ..., stat_prefix: _str = ..., buffer_flush_interval: _google_protobuf.Duration | _timedelta | None = ..., buffer_size_bytes: _google_protobuf.UInt32Value | None = ..., retry_policy: _envoy_config_core_v3.RetryPolicy | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["buffer_flush_interval", "buffer_size_bytes", "retry_policy"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["cluster", "tag", "stat_prefix", "buffer_flush_interval", "buffer_size_bytes", "retry_policy"]) -> None: ...
