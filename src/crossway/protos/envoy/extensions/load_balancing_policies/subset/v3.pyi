# envoy.extensions.load_balancing_policies.subset.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer, RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.cluster.v3 as _envoy_config_cluster_v3
import crossway.protos.envoy.extensions.load_balancing_policies.subset.v3 as _envoy_extensions_load_balancing_policies_subset_v3
import crossway.protos.google.protobuf as _google_protobuf

class Subset(_Message):
    class _LbSubsetFallbackPolicy(_EnumTypeWrapper):
        NO_FALLBACK: _Final = 0
        ANY_ENDPOINT: _Final = 1
        DEFAULT_SUBSET: _Final = 2
    LbSubsetFallbackPolicy: _LbSubsetFallbackPolicy
    NO_FALLBACK: _Final = 0
    ANY_ENDPOINT: _Final = 1
    DEFAULT_SUBSET: _Final = 2
    class _LbSubsetMetadataFallbackPolicy(_EnumTypeWrapper):
        METADATA_NO_FALLBACK: _Final = 0
        FALLBACK_LIST: _Final = 1
    LbSubsetMetadataFallbackPolicy: _LbSubsetMetadataFallbackPolicy
    METADATA_NO_FALLBACK: _Final = 0
    FALLBACK_LIST: _Final = 1
    class LbSubsetSelector(_Message):
        class _LbSubsetSelectorFallbackPolicy(_EnumTypeWrapper):
            NOT_DEFINED: _Final = 0
            NO_FALLBACK: _Final = 1
            ANY_ENDPOINT: _Final = 2
            DEFAULT_SUBSET: _Final = 3
            KEYS_SUBSET: _Final = 4
        LbSubsetSelectorFallbackPolicy: _LbSubsetSelectorFallbackPolicy
        NOT_DEFINED: _Final = 0
        NO_FALLBACK: _Final = 1
        ANY_ENDPOINT: _Final = 2
        DEFAULT_SUBSET: _Final = 3
        KEYS_SUBSET: _Final = 4
        @_property
        def keys(self) -> _RepeatedScalarFieldContainer[_str]: ...
        single_host_per_subset: _bool
        fallback_policy: _int
        @_property
        def fallback_keys_subset(self) -> _RepeatedScalarFieldContainer[_str]: ...
        def __init__(_self, *, keys: _Iterable[_str] = ..., single_host_per_subset: _bool = ..., fallback_policy: _int = ..., fallback_keys_subset: _Iterable[_str] = ...) -> None: ...
        def ClearField(self, field_name: _Literal["keys", "single_host_per_subset", "fallback_policy", "fallback_keys_subset"]) -> None: ...
    fallback_policy: _int
    @_property
    def default_subset(self) -> _google_protobuf.Struct: ...
    @_property
    def subset_selectors(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_load_balancing_policies_subset_v3.Subset.LbSubsetSelector]: ...
    allow_redundant_keys: _bool
    locality_weight_aware: _bool
    scale_locality_weight: _bool
    panic_mode_any: _bool
    list_as_any: _bool
    metadata_fallback_policy: _int
    @_property
    def subset_lb_policy(self) -> _envoy_config_cluster_v3.LoadBalancingPolicy: ...
    def __init__(_self, *, fallback_policy: _int = ..., default_subset: _google_protobuf.Struct | _Mapping[_str, object] | None = ..., subset_selectors: _Iterable[_envoy_extensions_load_balancing_policies_subset_v3.Subset.LbSubsetSelector] = ..., allow_redundant_keys: _bool = ..., locality_weight_aware: _bool = ..., scale_locality_weight: _bool = ..., panic_mode_any: _bool = ..., list_as_any: _bool = ..., metadata_fallback_policy: _int = ..., subset_lb_policy: _envoy_config_cluster_v3.LoadBalancingPolicy | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["default_subset", "subset_lb_policy"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["fallback_policy", "default_subset", "subset_selectors", "allow_redundant_keys", "locality_weight_aware", "scale_locality_weight", "panic_mode_any", "list_as_any", "metadata_fallback_policy", "subset_lb_policy"]) -> None: ...
