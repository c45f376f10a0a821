# envoy.extensions.filters.network.dynamic_modules.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.dynamic_modules.v3 as _envoy_extensions_dynamic_modules_v3
import crossway.protos.google.protobuf as _google_protobuf

class DynamicModuleNetworkFilter(_Message):
    @_property
    def dynamic_module_config(self) -> _envoy_extensions_dynamic_modules_v3.DynamicModuleConfig: ...
    filter_name: _str
    @_property
    def filter_config(self) -> _google_protobuf.Any: ...
    terminal_filter: _bool
    def __init__(_self, *, dynamic_module_config: _envoy_extensions_dynamic_modules_v3.DynamicModuleConfig | None = ..., filter_name: _str = ..., filter_config: _google_protobuf.Any | None = ..., terminal_filter: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["dynamic_module_config", "filter_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["dynamic_module_config", "filter_name", "filter_config", "terminal_filter"]) -> None: ...
