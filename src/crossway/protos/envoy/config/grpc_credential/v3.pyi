# envoy.config.grpc_credential.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class FileBasedMetadataConfig(_Message):
    @_property
    def secret_data(self) -> _envoy_config_core_v3.DataSource: ...
    header_key: _str
    header_prefix: _str
    def __init__(_self, *, secret_data: _envoy_config_core_v3.DataSource | None = ..., header_key: _str = ..., header_prefix: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["secret_data"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["secret_data", "header_key", "header_prefix"]) -> None: ...
