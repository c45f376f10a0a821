# envoy.extensions.quic.connection_id_generator.quic_lb.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.transport_sockets.tls.v3 as _envoy_extensions_transport_sockets_tls_v3

class Config(_Message):
    @_property
    def server_id(self) -> _envoy_config_core_v3.DataSource: ...
    server_id_base64_encoded: _bool
    expected_server_id_length: _int
    nonce_length_bytes: _int
    @_property
    def encryption_parameters(self) -> _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig: ...
    unencrypted_mode: _bool
    def __init__(_self, *, server_id: _envoy_config_core_v3.DataSource | None = ..., server_id_base64_encoded: _bool = ..., expected_server_id_length: _int = ..., nonce_length_bytes: _int = ..., encryption_parameters: _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig | None = ..., unencrypted_mode: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["server_id", "encryption_parameters"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["server_id", "server_id_base64_encoded", "expected_server_id_length", "nonce_length_bytes", "encryption_parameters", "unencrypted_mode"]) -> None: ...
