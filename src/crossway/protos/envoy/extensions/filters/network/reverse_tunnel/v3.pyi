# envoy.extensions.filters.network.reverse_tunnel.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.network.http_connection_manager.v3 as _envoy_extensions_filters_network_http_connection_manager_v3
import crossway.protos.envoy.extensions.filters.network.reverse_tunnel.v3 as _envoy_extensions_filters_network_reverse_tunnel_v3
import crossway.protos.google.protobuf as _google_protobuf

class DrainAwareHttpConnectionManager(_Message):
    @_property
    def hcm_config(self) -> _envoy_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager: ...
    enable_drain_with_goaway: _bool
    def __init__(_self, *, hcm_config: _envoy_extensions_filters_network_http_connection_manager_v3.HttpConnectionManager | None = ..., enable_drain_with_goaway: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["hcm_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["hcm_config", "enable_drain_with_goaway"]) -> None: ...

class Validation(_Message):
    node_id_format: _str
    cluster_id_format: _str
    tenant_id_format: _str
    emit_dynamic_metadata: _bool
    dynamic_metadata_namespace: _str
    def __init__(_self, *, node_id_format: _str = ..., cluster_id_format: _str = ..., tenant_id_format: _str = ..., emit_dynamic_metadata: _bool = ..., dynamic_metadata_namespace: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["node_id_format", "cluster_id_format", "tenant_id_format", "emit_dynamic_metadata", "dynamic_metadata_namespace"]) -> None: ...

class ReverseTunnel(_Message):
    @_property
    def ping_interval(self) -> _google_protobuf.Duration: ...
    auto_close_connections: _bool
    request_path: _str
    request_method: _int
    @_property
    def validation(self) -> _envoy_extensions_filters_network_reverse_tunnel_v3.Validation: ...
    required_cluster_name: _str
    use_http_upgrade: _bool
    skip_rebalancing: _bool
    def __init__(_self, *, ping_interval: _google_protobuf.Duration | _timedelta | None = ..., auto_close_connections: _bool = ..., request_path: _str = ..., request_method: _int = ..., validation: _envoy_extensions_filters_network_reverse_tunnel_v3.Validation | None = ..., required_cluster_name: _str = ..., use_http_upgrade: _bool = ..., skip_rebalancing: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["ping_interval", "validation"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["ping_interval", "auto_close_connections", "request_path", "request_method", "validation", "required_cluster_name", "use_http_upgrade", "skip_rebalancing"]) -> None: ...
