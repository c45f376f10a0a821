# envoy.extensions.filters.network.geoip.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class Geoip(_Message):
    stat_prefix: _str
    @_property
    def provider(self) -> _envoy_config_core_v3.TypedExtensionConfig: ...
    client_ip: _str
    def __init__(_self, *, stat_prefix: _str = ..., provider: _envoy_config_core_v3.TypedExtensionConfig | None = ..., client_ip: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["provider"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "provider", "client_ip"]) -> None: ...
