# envoy.extensions.load_balancing_policies.ring_hash.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.load_balancing_policies.common.v3 as _envoy_extensions_load_balancing_policies_common_v3
import crossway.protos.google.protobuf as _google_protobuf

class RingHash(_Message):
    class _HashFunction(_EnumTypeWrapper):
        DEFAULT_HASH: _Final = 0
        XX_HASH: _Final = 1
        MURMUR_HASH_2: _Final = 2
    HashFunction: _HashFunction
    DEFAULT_HASH: _Final = 0
    XX_HASH: _Final = 1
    MURMUR_HASH_2: _Final = 2
    hash_function: _int
    @_property
    def minimum_ring_size(self) -> _google_protobuf.UInt64Value: ...
    @_property
    def maximum_ring_size(self) -> _google_protobuf.UInt64Value: ...
    use_hostname_for_hashing: _bool
    @_property
    def hash_balance_factor(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def consistent_hashing_lb_config(self) -> _envoy_extensions_load_balancing_policies_common_v3.ConsistentHashingLbConfig: ...
    @_property
    def locality_weighted_lb_config(self) -> _envoy_extensions_load_balancing_policies_common_v3.LocalityLbConfig.LocalityWeightedLbConfig: ...
    def __init__(_self, *, hash_function: _int = ..., minimum_ring_size: _google_protobuf.UInt64Value | None = ..., maximum_ring_size: _google_protobuf.UInt64Value | None = ..., use_hostname_for_hashing: _bool = ..., hash_balance_factor: _google_protobuf.UInt32Value | None = ..., consistent_hashing_lb_config: _envoy_extensions_load_balancing_policies_common_v3.ConsistentHashingLbConfig | None = ..., locality_weighted_lb_config: _envoy_extensions_load_balancing_policies_common_v3.LocalityLbConfig.LocalityWeightedLbConfig | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["minimum_ring_size", "maximum_ring_size", "hash_balance_factor", "consistent_hashing_lb_config", "locality_weighted_lb_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["hash_function", "minimum_ring_size", "maximum_ring_size", "use_hostname_for_hashing", "hash_balance_factor", "consistent_hashing_lb_config", "locality_weighted_lb_config"]) -> None: ...
