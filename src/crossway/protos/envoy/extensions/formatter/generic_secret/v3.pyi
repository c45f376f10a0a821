# envoy.extensions.formatter.generic_secret.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.transport_sockets.tls.v3 as _envoy_extensions_transport_sockets_tls_v3

class GenericSecret(_Message):
    @_property
    def secret_configs(self) -> _MessageMap[_str, _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig]: ...
    def __init__(_self, *, secret_configs: _Mapping[_str, _envoy_extensions_transport_sockets_tls_v3.SdsSecretConfig] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["secret_configs"]) -> None: ...
