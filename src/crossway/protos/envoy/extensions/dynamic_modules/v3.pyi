# envoy.extensions.dynamic_modules.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class DynamicModuleConfig(_Message):
    name: _str
    do_not_close: _bool
    load_globally: _bool
    metrics_namespace: _str
    @_property
    def module(self) -> _envoy_config_core_v3.AsyncDataSource: ...
    nack_on_cache_miss: _bool
    def __init__(_self, *, name: _str = ..., do_not_close: _bool = ..., load_globally: _bool = ..., metrics_namespace: _str = ..., module: _envoy_config_core_v3.AsyncDataSource | None = ..., nack_on_cache_miss: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["module"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "do_not_close", "load_globally", "metrics_namespace", "module", "nack_on_cache_miss"]) -> None: ...
