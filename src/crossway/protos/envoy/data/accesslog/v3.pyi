# envoy.data.accesslog.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, float as _float, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from datetime import datetime as _datetime, timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap, RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer, ScalarMap as _ScalarMap
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.data.accesslog.v3 as _envoy_data_accesslog_v3
import crossway.protos.google.protobuf as _google_protobuf

class _AccessLogType(_EnumTypeWrapper):
    NotSet: _Final = 0
    TcpUpstreamConnected: _Final = 1
    TcpPeriodic: _Final = 2
    TcpConnectionStart: _Final = 14
    TcpConnectionEnd: _Final = 3
    DownstreamStart: _Final = 4
    DownstreamPeriodic: _Final = 5
    DownstreamEnd: _Final = 6
    UpstreamPoolReady: _Final = 7
    UpstreamPeriodic: _Final = 8
    UpstreamEnd: _Final = 9
    DownstreamTunnelSuccessfullyEstablished: _Final = 10
    UdpTunnelUpstreamConnected: _Final = 11
    UdpPeriodic: _Final = 12
    UdpSessionEnd: _Final = 13
AccessLogType: _AccessLogType

class TCPAccessLogEntry(_Message):
    @_property
    def common_properties(self) -> _envoy_data_accesslog_v3.AccessLogCommon: ...
    @_property
    def connection_properties(self) -> _envoy_data_accesslog_v3.ConnectionProperties: ...
    def __init__(_self, *, common_properties: _envoy_data_accesslog_v3.AccessLogCommon | None = ..., connection_properties: _envoy_data_accesslog_v3.ConnectionProperties | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["common_properties", "connection_properties"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["common_properties", "connection_properties"]) -> None: ...

class HTTPAccessLogEntry(_Message):
    class _HTTPVersion(_EnumTypeWrapper):
        PROTOCOL_UNSPECIFIED: _Final = 0
        HTTP10: _Final = 1
        HTTP11: _Final = 2
        HTTP2: _Final = 3
        HTTP3: _Final = 4
    HTTPVersion: _HTTPVersion
    PROTOCOL_UNSPECIFIED: _Final = 0
    HTTP10: _Final = 1
    HTTP11: _Final = 2
    HTTP2: _Final = 3
    HTTP3: _Final = 4
    @_property
    def common_properties(self) -> _envoy_data_accesslog_v3.AccessLogCommon: ...
    protocol_version: _int
    @_property
    def request(self) -> _envoy_data_accesslog_v3.HTTPRequestProperties: ...
    @_property
    def response(self) -> _envoy_data_accesslog_v3.HTTPResponseProperties: ...
    def __init__(_self, *, common_properties: _envoy_data_accesslog_v3.AccessLogCommon | None = ..., protocol_version: _int = ..., request: _envoy_data_accesslog_v3.HTTPRequestProperties | None = ..., response: _envoy_data_accesslog_v3.HTTPResponseProperties | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["common_properties", "request", "response"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["common_properties", "protocol_version", "request", "response"]) -> None: ...

class ConnectionProperties(_Message):
    received_bytes: _int
    sent_bytes: _int
    def __init__(_self, *, received_bytes: _int = ..., sent_bytes: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["received_bytes", "sent_bytes"]) -> None: ...

class AccessLogCommon(_Message):
    sample_rate: _float
    @_property
    def downstream_remote_address(self) -> _envoy_config_core_v3.Address: ...
    @_property
    def downstream_local_address(self) -> _envoy_config_core_v3.Address: ...
    @_property
    def tls_properties(self) -> _envoy_data_accesslog_v3.TLSProperties: ...
    @_property
    def start_time(self) -> _google_protobuf.Timestamp: ...
    @_property
    def time_to_last_rx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_first_upstream_tx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_last_upstream_tx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_first_upstream_rx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_last_upstream_rx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_first_downstream_tx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def time_to_last_downstream_tx_byte(self) -> _google_protobuf.Duration: ...
    @_property
    def upstream_remote_address(self) -> _envoy_config_core_v3.Address: ...
    @_property
    def upstream_local_address(self) -> _envoy_config_core_v3.Address: ...
    upstream_cluster: _str
    @_property
    def response_flags(self) -> _envoy_data_accesslog_v3.ResponseFlags: ...
    @_property
    def metadata(self) -> _envoy_config_core_v3.Metadata: ...
    upstream_transport_failure_reason: _str
    route_name: _str
    @_property
    def downstream_direct_remote_address(self) -> _envoy_config_core_v3.Address: ...
    @_property
    def filter_state_objects(self) -> _MessageMap[_str, _google_protobuf.Any]: ...
    @_property
    def custom_tags(self) -> _ScalarMap[_str, _str]: ...
    @_property
    def duration(self) -> _google_protobuf.Duration: ...
    upstream_request_attempt_count: _int
    connection_termination_details: _str
    stream_id: _str
    intermediate_log_entry: _bool
    downstream_transport_failure_reason: _str
    downstream_wire_bytes_sent: _int
    downstream_wire_bytes_received: _int
    upstream_wire_bytes_sent: _int
    upstream_wire_bytes_received: _int
    access_log_type: _int
    def __init__(_self, *, sample_rate: _float = ..., downstream_remote_address: _envoy_config_core_v3.Address | None = ..., downstream_local_address: _envoy_config_core_v3.Address | None = ..., tls_properties: _envoy_data_accesslog_v3.TLSProperties | None = ..., start_time: _google_protobuf.Timestamp | _datetime | None = ..., time_to_last_rx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_first_upstream_tx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_last_upstream_tx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_first_upstream_rx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_last_upstream_rx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_first_downstream_tx_byte: _google_protobuf.Duration | _timedelta | None = ..., time_to_last_downstream_tx_byte: _google_protobuf.Duration | _timedelta | None = ..., upstream_remote_address: _envoy_config_core_v3.Address | None = ..., upstream_local_address: _envoy_config_core_v3.Address | None = ..., upstream_cluster: _str = ..., response_flags: _envoy_data_accesslog_v3.ResponseFlags | None = ..., metadata: _envoy_config_core_v3.Metadata | None = ..., upstream_transport_failure_reason: _str = ..., route_name: _str = ..., downstream_direct_remote_address: _envoy_config_core_v3.Address | None = ..., filter_state_objects: _Mapping[_str, _google_protobuf.Any] = ..., custom_tags: _Mapping[_str, _str] = ..., duration: _google_protobuf.Duration | _timedelta | None = ..., upstream_request_attempt_count: _int = ..., connection_termination_details: _str = ..., stream_id: _str = ..., intermediate_log_entry: _bool = ..., downstream_transport_failure_reason: _str = ..., downstream_wire_bytes_sent: _int = ..., downstream_wire_bytes_received: _int = ..., upstream_wire_bytes_sent: _int = ..., upstream_wire_bytes_received: _int = ..., access_log_type: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["downstream_remote_address", "downstream_local_address", "tls_properties", "start_time", "time_to_last_rx_byte", "time_to_first_upstream_tx_byte", "time_to_last_upstream_tx_byte", "time_to_first_upstream_rx_byte", "time_to_last_upstream_rx_byte", "time_to_first_downstream_tx_byte", "time_to_last_downstream_tx_byte", "upstream_remote_address", "upstream_local_address", "response_flags", "metadata", "downstream_direct_remote_address", "duration"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["sample_rate", "downstream_remote_address", "downstream_local_address", "tls_properties", "start_time", "time_to_last_rx_byte", "time_to_first_upstream_tx_byte", "time_to_last_upstream_tx_byte", "time_to_first_upstream_rx_byte", "time_to_last_upstream_rx_byte", "time_to_first_downstream_tx_byte", "time_to_last_downstream_tx_byte", "upstream_remote_address", "upstream_local_address", "upstream_cluster", "response_flags", "metadata", "upstream_transport_failure_reason", "route_name", "downstream_direct_remote_address", "filter_state_objects", "custom_tags", "duration", "upstream_request_attempt_count", "connection_termination_details", "stream_id", "intermediate_log_entry", "downstream_transport_failure_reason", "downstream_wire_bytes_sent", "downstream_wire_bytes_received", "upstream_wire_bytes_sent", "upstream_wire_bytes_received", "access_log_type"]) -> None: ...

class ResponseFlags(_Message):
    class Unauthorized(_Message):
        class _Reason(_EnumTypeWrapper):
            REASON_UNSPECIFIED: _Final = 0
            EXTERNAL_SERVICE: _Final = 1
        Reason: _Reason
        REASON_UNSPECIFIED: _Final = 0
        EXTERNAL_SERVICE: _Final = 1
        reason: _int
        def __init__(_self, *, reason: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["reason"]) -> None: ...
    failed_local_healthcheck: _bool
    no_healthy_upstream: _bool
    upstream_request_timeout: _bool
    local_reset: _bool
    upstream_remote_reset: _bool
    upstream_connection_failure: _bool
    upstream_connection_termination: _bool
    upstream_overflow: _bool
    no_route_found: _bool
    delay_injected: _bool
    fault_injected: _bool
    rate_limited: _bool
    @_property
    def unauthorized_details(self) -> _envoy_data_accesslog_v3.ResponseFlags.Unauthorized: ...
    rate_limit_service_error: _bool
    downstream_connection_termination: _bool
    upstream_retry_limit_exceeded: _bool
    stream_idle_timeout: _bool
    invalid_envoy_request_headers: _bool
    downstream_protocol_error: _bool
    upstream_max_stream_duration_reached: _bool
    response_from_cache_filter: _bool
    no_filter_config_found: _bool
    duration_timeout: _bool
    upstream_protocol_error: _bool
    no_cluster_found: _bool
    overload_manager: _bool
    dns_resolution_failure: _bool
    downstream_remote_reset: _bool
    def __init__(_self, *, failed_local_healthcheck: _bool = ..., no_healthy_upstream: _bool = ..., upstream_request_timeout: _bool = ..., local_reset: _bool = ..., upstream_remote_reset: _bool = ..., upstream_connection_failure: _bool = ..., upstream_connection_termination: _bool = ..., upstream_overflow: _bool = ..., no_route_found: _bool = ..., delay_injected: _bool = ..., fault_injected: _bool = ..., rate_limited: _bool = ..., unauthorized_details: _envoy_data_accesslog_v3.ResponseFlags.Unauthorized | None = ..., rate_limit_service_error: _bool = ..., downstream_connection_termination: _bool = ..., upstream_retry_limit_exceeded: _bool = ..., stream_idle_timeout: _bool = ..., invalid_envoy_request_headers: _bool = ..., downstream_protocol_error: _bool = ..., upstream_max_stream_duration_reached: _bool = ..., response_from_cache_filter: _bool = ..., no_filter_config_found: _bool = ..., duration_timeout: _bool = ..., upstream_protocol_error: _bool = ..., no_cluster_found: _bool = ..., overload_manager: _bool = ..., dns_resolution_failure: _bool = ..., downstream_remote_reset: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["unauthorized_details"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["failed_local_healthcheck", "no_healthy_upstream", "upstream_request_timeout", "local_reset", "upstream_remote_reset", "upstream_connection_failure", "upstream_connection_termination", "upstream_overflow", "no_route_found", "delay_injected", "fault_injected", "rate_limited", "unauthorized_details", "rate_limit_service_error", "downstream_connection_termination", "upstream_retry_limit_exceeded", "stream_idle_timeout", "invalid_envoy_request_headers", "downstream_protocol_error", "upstream_max_stream_duration_reached", "response_from_cache_filter", "no_filter_config_found", "duration_timeout", "upstream_protocol_error", "no_cluster_found", "overload_manager", "dns_resolution_failure", "downstream_remote_reset"]) -> None: ...

class TLSProperties(_Message):
    class _TLSVersion(_EnumTypeWrapper):
        VERSION_UNSPECIFIED: _Final = 0
        TLSv1: _Final = 1
        TLSv1_1: _Final = 2
        TLSv1_2: _Final = 3
        TLSv1_3: _Final = 4
    TLSVersion: _TLSVersion
    VERSION_UNSPECIFIED: _Final = 0
    TLSv1: _Final = 1
    TLSv1_1: _Final = 2
    TLSv1_2: _Final = 3
    TLSv1_3: _Final = 4
    class CertificateProperties(_Message):
        class SubjectAltName(_Message):
            uri: _str
            dns: _str
            def __init__(_self, *, uri: _str = ..., dns: _str = ...) -> None: ...
            def HasField(self, field_name: _Literal["uri", "dns", "san"]) -> _bool: ...
            def ClearField(self, field_name: _Literal["uri", "dns", "san"]) -> None: ...
            def WhichOneof(self, oneof_group: _Literal["san"]) -> _Literal["uri", "dns"] | None: ...
        @_property
        def subject_alt_name(self) -> _RepeatedCompositeFieldContainer[_envoy_data_accesslog_v3.TLSProperties.CertificateProperties.SubjectAltName]: ...
        subject: _str
        issuer: _str
        def __init__(_self, *, subject_alt_name: _Iterable[_envoy_data_accesslog_v3.TLSProperties.CertificateProperties.SubjectAltName] = ..., subject: _str = ..., issuer: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["subject_alt_name", "subject", "issuer"]) -> None: ...
    tls_version: _int
    @_property
    def tls_cipher_suite(self) -> _google_protobuf.UInt32Value: ...
    tls_sni_hostname: _str
    @_property
    def local_certificate_properties(self) -> _envoy_data_accesslog_v3.TLSProperties.CertificateProperties: ...
    @_property
    def peer_certificate_properties(self) -> _envoy_data_accesslog_v3.TLSProperties.CertificateProperties: ...
    tls_session_id: _str
    ja3_fingerprint: _str
    def __init__(_self, *, tls_version: _int = ..., tls_cipher_suite: _google_protobuf.UInt32Value | None = ..., tls_sni_hostname: _str = ..., local_certificate_properties: _envoy_data_accesslog_v3.TLSProperties.CertificateProperties | None = ..., peer_certificate_properties: _envoy_data_accesslog_v3.TLSProperties.CertificateProperties | None = ..., tls_session_id: _str = ..., ja3_fingerprint: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["tls_cipher_suite", "local_certificate_properties", "peer_certificate_properties"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["tls_version", "tls_cipher_suite", "tls_sni_hostname", "local_certificate_properties", "peer_certificate_properties", "tls_session_id", "ja3_fingerprint"]) -> None: ...

class HTTPRequestProperties(_Message):
    request_method: _int
    scheme: _str
    authority: _str
    @_property
    def port(self) -> _google_protobuf.UInt32Value: ...
    path: _str
    user_agent: _str
    referer: _str
    forwarded_for: _str
    request_id: _str
    original_path: _str
    request_headers_bytes: _int
    request_body_bytes: _int
    @_property
    def request_headers(self) -> _ScalarMap[_str, _str]: ...
    upstream_header_bytes_sent: _int
    downstream_header_bytes_received: _int
    def __init__(_self, *, request_method: _int = ..., scheme: _str = ..., authority: _str = ..., port: _google_protobuf.UInt32Value | None = ..., path: _str = ..., user_agent: _str = ..., referer: _str = ..., forwarded_for: _str = ..., request_id: _str = ..., original_path: _str = ..., request_headers_bytes: _int = ..., request_body_bytes: _int = ..., request_headers: _Mapping[_str, _str] = ..., upstream_header_bytes_sent: _int = ..., downstream_header_bytes_received: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["port"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["request_method", "scheme", "authority", "port", "path", "user_agent", "referer", "forwarded_for", "request_id", "original_path", "request_headers_bytes", "request_body_bytes", "request_headers", "upstream_header_bytes_sent", "downstream_header_bytes_received"]) -> None: ...

class HTTPResponseProperties(_Message):
    @_property
    def response_code(self) -> _google_protobuf.UInt32Value: ...
    response_headers_bytes: _int
    response_body_bytes: _int
    @_property
    def response_headers(self) -> _ScalarMap[_str, _str]: ...
    @_property
    def response_trailers(self) -> _ScalarMap[_str, _str]: ...
    response_code_details: _str
    upstream_header_bytes_received: _int
    downstream_header_bytes_sent: _int
    def __init__(_self, *, response_code: _google_protobuf.UInt32Value | None = ..., response_headers_bytes: _int = ..., response_body_bytes: _int = ..., response_headers: _Mapping[_str, _str] = ..., response_trailers: _Mapping[_str, _str] = ..., response_code_details: _str = ..., upstream_header_bytes_received: _int = ..., downstream_header_bytes_sent: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["response_code"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["response_code", "response_headers_bytes", "response_body_bytes", "response_headers", "response_trailers", "response_code_details", "upstream_header_bytes_received", "downstream_header_bytes_sent"]) -> None: ...
