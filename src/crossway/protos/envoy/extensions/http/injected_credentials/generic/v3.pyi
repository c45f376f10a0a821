# envoy.extensions.http.injected_credentials.generic.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.transport_sockets.tls.v3 as _envoy_extensions_transport_sockets_tls_v3

class Generic(_Message):
    @_property
    def credential(self) -> _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig: ...
    header: _str
    header_value_prefix: _str
    def __init__(_self, *, credential: _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig | None = ..., header: _str = ..., header_value_prefix: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["credential"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["credential", "header", "header_value_prefix"]) -> None: ...
