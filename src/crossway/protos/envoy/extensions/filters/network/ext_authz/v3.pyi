# envoy.extensions.filters.network.ext_authz.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.type.matcher.v3 as _envoy_type_matcher_v3

class ExtAuthz(_Message):
    stat_prefix: _str
    @_property
    def grpc_service(self) -> _envoy_config_core_v3.GrpcService: ...
    failure_mode_allow: _bool
    include_peer_certificate: _bool
    transport_api_version: _int
    @_property
    def filter_enabled_metadata(self) -> _envoy_type_matcher_v3.MetadataMatcher: ...
    bootstrap_metadata_labels_key: _str
    include_tls_session: _bool
    send_tls_alert_on_denial: _bool
    @_property
    def metadata_context_namespaces(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def typed_metadata_context_namespaces(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, stat_prefix: _str = ..., grpc_service: _envoy_config_core_v3.GrpcService | None = ..., failure_mode_allow: _bool = ..., include_peer_certificate: _bool = ..., transport_api_version: _int = ..., filter_enabled_metadata: _envoy_type_matcher_v3.MetadataMatcher | None = ..., bootstrap_metadata_labels_key: _str = ..., include_tls_session: _bool = ..., send_tls_alert_on_denial: _bool = ..., metadata_context_namespaces: _Iterable[_str] = ..., typed_metadata_context_namespaces: _Iterable[_str] = ...) -> None: ...
    def HasField(self, field_name: _Literal["grpc_service", "filter_enabled_metadata"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "grpc_service", "failure_mode_allow", "include_peer_certificate", "transport_api_version", "filter_enabled_metadata", "bootstrap_metadata_labels_key", "include_tls_session", "send_tls_alert_on_denial", "metadata_context_namespaces", "typed_metadata_context_namespaces"]) -> None: ...
