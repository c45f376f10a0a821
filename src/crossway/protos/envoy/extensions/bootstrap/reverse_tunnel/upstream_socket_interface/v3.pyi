# envoy.extensions.bootstrap.reverse_tunnel.upstream_socket_interface.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.accesslog.v3 as _envoy_config_accesslog_v3
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.google.protobuf as _google_protobuf

class UpstreamReverseConnectionSocketInterface(_Message):
    stat_prefix: _str
    @_property
    def ping_failure_threshold(self) -> _google_protobuf.UInt32Value: ...
    enable_detailed_stats: _bool
    @_property
    def reporter_config(self) -> _envoy_config_core_v3.TypedExtensionConfig: ...
    @_property
    def enable_tenant_isolation(self) -> _google_protobuf.BoolValue: ...
    @_property
    def access_log(self) -> _RepeatedCompositeFieldContainer[_envoy_config_accesslog_v3.AccessLog]: ...
    def __init__(_self, *, stat_prefix: _str = ..., ping_failure_threshold: _google_protobuf.UInt32Value | None = ..., enable_detailed_stats: _bool = ..., reporter_config: _envoy_config_core_v3.TypedExtensionConfig | None = ..., enable_tenant_isolation: _google_protobuf.BoolValue | None = ..., access_log: _Iterable[_envoy_config_accesslog_v3.AccessLog] = ...) -> None: ...
    def HasField(self, field_name: _Literal["ping_failure_threshold", "reporter_config", "enable_tenant_isolation"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "ping_failure_threshold", "enable_detailed_stats", "reporter_config", "enable_tenant_isolation", "access_log"]) -> None: ...
