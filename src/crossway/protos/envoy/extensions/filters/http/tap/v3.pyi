# envoy.extensions.filters.http.tap.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.common.tap.v3 as _envoy_extensions_common_tap_v3

class Tap(_Message):
    @_property
    def common_config(self) -> _envoy_extensions_common_tap_v3.CommonExtensionConfig: ...
    record_headers_received_time: _bool
    record_downstream_connection: _bool
    record_upstream_connection: _bool
    def __init__(_self, *, common_config: _envoy_extensions_common_tap_v3.CommonExtensionConfig | None = ..., record_headers_received_time: _bool = ..., record_downstream_connection: _bool = ..., record_upstream_connection: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["common_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["common_config", "record_headers_received_time", "record_downstream_connection", "record_upstream_connection"]) -> None: ...
