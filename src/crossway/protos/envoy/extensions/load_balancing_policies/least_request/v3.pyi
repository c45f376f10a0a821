# envoy.extensions.load_balancing_policies.least_request.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.load_balancing_policies.common.v3 as _envoy_extensions_load_balancing_policies_common_v3
import crossway.protos.google.protobuf as _google_protobuf

class LeastRequest(_Message):
    class _SelectionMethod(_EnumTypeWrapper):
        N_CHOICES: _Final = 0
        FULL_SCAN: _Final = 1
    SelectionMethod: _SelectionMethod
    N_CHOICES: _Final = 0
    FULL_SCAN: _Final = 1
    @_property
    def choice_count(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def active_request_bias(self) -> _envoy_config_core_v3.RuntimeDouble: ...
    @_property
    def slow_start_config(self) -> _envoy_extensions_load_balancing_policies_common_v3.SlowStartConfig: ...
    @_property
    def locality_lb_config(self) -> _envoy_extensions_load_balancing_policies_common_v3.LocalityLbConfig: ...
    @_property
    def enable_full_scan(self) -> _google_protobuf.BoolValue: ...
    selection_method: _int
    def __init__(_self, *, choice_count: _google_protobuf.UInt32Value | None = ..., active_request_bias: _envoy_config_core_v3.RuntimeDouble | None = ..., slow_start_config: _envoy_extensions_load_balancing_policies_common_v3.SlowStartConfig | None = ..., locality_lb_config: _envoy_extensions_load_balancing_policies_common_v3.LocalityLbConfig | None = ..., enable_full_scan: _google_protobuf.BoolValue | None = ..., selection_method: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["choice_count", "active_request_bias", "slow_start_config", "locality_lb_config", "enable_full_scan"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["choice_count", "active_request_bias", "slow_start_config", "locality_lb_config", "enable_full_scan", "selection_method"]) -> None: ...
