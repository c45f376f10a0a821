# envoy.extensions.filters.network.zookeeper_proxy.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.network.zookeeper_proxy.v3 as _envoy_extensions_filters_network_zookeeper_proxy_v3
import crossway.protos.google.protobuf as _google_protobuf

class ZooKeeperProxy(_Message):
    stat_prefix: _str
    access_log: _str
    @_property
    def max_packet_bytes(self) -> _google_protobuf.UInt32Value: ...
    enable_latency_threshold_metrics: _bool
    @_property
    def default_latency_threshold(self) -> _google_protobuf.Duration: ...
    @_property
    def latency_threshold_overrides(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_network_zookeeper_proxy_v3.LatencyThresholdOverride]: ...
    enable_per_opcode_request_bytes_metrics: _bool
    enable_per_opcode_response_bytes_metrics: _bool
    enable_per_opcode_decoder_error_metrics: _bool
    def __init__(_self, *, stat_prefix: _str = ..., access_log: _str = ..., max_packet_bytes: _google_protobuf.UInt32Value | None = ..., enable_latency_threshold_metrics: _bool = ..., default_latency_threshold: _google_protobuf.Duration | _timedelta | None = ..., latency_threshold_overrides: _Iterable[_envoy_extensions_filters_network_zookeeper_proxy_v3.LatencyThresholdOverride] = ..., enable_per_opcode_request_bytes_metrics: _bool = ..., enable_per_opcode_response_bytes_metrics: _bool = ..., enable_per_opcode_decoder_error_metrics: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["max_packet_bytes", "default_latency_threshold"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "access_log", "max_packet_bytes", "enable_latency_threshold_metrics", "default_latency_threshold", "latency_threshold_overrides", "enable_per_opcode_request_bytes_metrics", "enable_per_opcode_response_bytes_metrics", "enable_per_opcode_decoder_error_metrics"]) -> None: ...

class LatencyThresholdOverride(_Message):
    class _Opcode(_EnumTypeWrapper):
        Connect: _Final = 0
        Create: _Final = 1
        Delete: _Final = 2
        Exists: _Final = 3
        GetData: _Final = 4
        SetData: _Final = 5
        GetAcl: _Final = 6
        SetAcl: _Final = 7
        GetChildren: _Final = 8
        Sync: _Final = 9
        Ping: _Final = 10
        GetChildren2: _Final = 11
        Check: _Final = 12
        Multi: _Final = 13
        Create2: _Final = 14
        Reconfig: _Final = 15
        CheckWatches: _Final = 16
        RemoveWatches: _Final = 17
        CreateContainer: _Final = 18
        CreateTtl: _Final = 19
        Close: _Final = 20
        SetAuth: _Final = 21
        SetWatches: _Final = 22
        GetEphemerals: _Final = 23
        GetAllChildrenNumber: _Final = 24
        SetWatches2: _Final = 25
        AddWatch: _Final = 26
    Opcode: _Opcode
    Connect: _Final = 0
    Create: _Final = 1
    Delete: _Final = 2
    Exists: _Final = 3
    GetData: _Final = 4
    SetData: _Final = 5
    GetAcl: _Final = 6
    SetAcl: _Final = 7
    GetChildren: _Final = 8
    Sync: _Final = 9
    Ping: _Final = 10
    GetChildren2: _Final = 11
    Check: _Final = 12
    Multi: _Final = 13
    Create2: _Final = 14
    Reconfig: _Final = 15
    CheckWatches: _Final = 16
    RemoveWatches: _Final = 17
    CreateContainer: _Final = 18
    CreateTtl: _Final = 19
    Close: _Final = 20
    SetAuth: _Final = 21
    SetWatches: _Final = 22
    GetEphemerals: _Final = 23
    GetAllChildrenNumber: _Final = 24
    SetWatches2: _Final = 25
    AddWatch: _Final = 26
    opcode: _int
    @_property
    def threshold(self) -> _google_protobuf.Duration: ...
    def __init__(_self, *, opcode: _int = ..., threshold: _google_protobuf.Duration | _timedelta | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["threshold"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["opcode", "threshold"]) -> None: ...
